#!/usr/bin/env python3
"""What the dearest requests of strangers cost `heistctl serve` over HTTP: CPU of the whole server process,
in microseconds for each request, and as a multiple of a token's. One connection, loopback.

    cargo build --release && benches/strangers.py target/release/heistctl
"""
import base64
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time

GRANT = "grant_type=client_credentials"
ASSERTION = "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion="
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
# The most values that claims may have, each with an escape.
WIDE = ',"x":[' + '"\\u0041",' * 1000 + "0]"


def part(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def modulus(bits):
    """A number of that size without a small factor, as an RSA key has it."""
    number = (1 << bits) - 1
    while any(number % factor == 0 for factor in range(2, 200)):
        number -= 2
    return number.to_bytes(bits // 8, "big")


# Public keys only, as nothing is signed here: RFC 7515 appendix A.4, the base point, and a large number.
KEYS = {
    "ES512": {"kty": "EC", "crv": "P-521",
              "x": "AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk",
              "y": "ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2"},
    "ES256K": {"kty": "EC", "crv": "secp256k1",
               "x": "eb5mfvncu6xVoGKVzocLBwKb_NstzijZWfKBWxb4F5g", "y": "SDradyajxGVdpPv8DhEIqP0XtEimhVQZnEfQj_sQ1Lg"},
    "PS512": {"kty": "RSA", "e": "AQAB", "n": part(modulus(4096))},
}
LENGTHS = {"ES512": 132, "ES256K": 64, "PS512": 512, "ES256": 64}


def forged(alg, issuer, wide=""):
    claims = {"iss": alg, "sub": alg, "aud": issuer, "jti": "j", "exp": int(time.time()) + 300}
    text = json.dumps(claims)[:-1] + wide + "}"
    return ".".join([part(json.dumps({"alg": alg}).encode()), part(text.encode()), part(bytes([1]) * LENGTHS[alg])])


class Server:
    def __init__(self, binary):
        config = 'trusted_proxies = ["127.0.0.1"]\nstore = "memory:"\n'
        config += '[[client]]\nid = "a"\nsecret_env = "A"\nscopes = ["read"]\n'
        for name, jwk in KEYS.items():
            open(f"{name}.jwk", "w").write(json.dumps(jwk))
            config += f'[[client]]\nid = "{name}"\njwks = "{name}.jwk"\nscopes = ["read"]\n'
        open("heist.toml", "w").write(config)
        command = [binary, "serve", "--config", "heist.toml", "--listen", "127.0.0.1:0", "--ready-file", "ready"]
        env = {"A": "secret-of-the-client", "HOME": os.getcwd(), "PATH": os.environ["PATH"]}
        self.process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=open("log", "w"))
        while not os.path.exists("ready") or not open("ready").read().endswith("\n"):
            if self.process.poll() is not None:
                sys.exit(open("log").read())
            time.sleep(0.02)
        ready = json.load(open("ready"))
        self.host, self.issuer = ready["url"].split("//")[1], ready["issuer"]
        self.sent, self.token = 0, None

    def cpu(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def row(self, name, status, path, headers, body, count=4000):
        connection = http.client.HTTPConnection(self.host)

        def send():
            # Each names another unknown client and comes from another address: the throttle of wrong secrets
            # stops none.
            self.sent += 1
            client = f"{self.sent:06x}"
            fields = {**headers, "X-Forwarded-For": f"{11 + (self.sent >> 16)}.{self.sent >> 8 & 255}.{self.sent & 255}.1"}
            if "Authorization" in fields:
                fields["Authorization"] = fields["Authorization"].replace(encoded("nobody"), encoded(client))
            asked = body and body.replace("nobody", client, 1)
            connection.request("POST" if body else "GET", path, asked, fields)
            answer = connection.getresponse()
            text = answer.read()
            assert answer.status == status, (name, answer.status, text)

        for _ in range(200):
            send()
        before = self.cpu()
        for _ in range(count):
            send()
        each = (self.cpu() - before) / count * 1e6
        self.token = self.token or each
        print(f"{name:32} {each:6.0f} µs {each / self.token:6.1f}", flush=True)


def rows(server):
    token, wide = "/oauth/token", forged("ES256", server.issuer, WIDE)
    server.row("token", 200, token, FORM, f"{GRANT}&client_id=a&client_secret=secret-of-the-client", 20000)
    for name, value in [("escaped", "%C3%A9" * 10800), ("plain", "a" * 65000)]:
        server.row(f"form of 64 KiB, {name}", 401, token, FORM, f"{GRANT}&client_id=nobody&client_secret={value}")
    server.row("form of 64 KiB, 30,000 names", 400, token, FORM, GRANT + "&a" * 30000)
    server.row("JSON of 64 KiB, nested", 413, token, JSON, "[" * 65000)
    escapes = "\\u0041" * 1350
    server.row("JSON of 8 KiB", 401, token, JSON, f'{{"client_id":"nobody","client_secret":"s","x":"{escapes}"}}')
    for alg in LENGTHS:
        for name, more in [("", ""), (", wide", WIDE)]:
            body = f"{GRANT}&{ASSERTION}{forged(alg, server.issuer, more)}"
            server.row(f"forged assertion, {alg}{name}", 401, token, FORM, body)
    server.row("forged bearer token, wide", 401, "/protected-resource", {"Authorization": f"Bearer {wide}"}, None)
    basic = encoded("nobody:" + "a" * 11000)
    server.row("Basic of 15 KiB", 401, token, {**FORM, "Authorization": f"Basic {basic}"}, GRANT)
    server.row("introspection by nobody, wide", 401, "/oauth/introspect", FORM, f"client_id=nobody&client_secret=s&token={wide}")
    server.row("/openapi.json", 200, "/openapi.json", {}, None)


def main():
    binary = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        server = Server(binary)
        try:
            rows(server)
        finally:
            server.process.terminate()
            server.process.wait()
            os.chdir("/")


main()

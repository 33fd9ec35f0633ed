"""Runs OAuth clients against the faults of `heistctl serve --test`, and writes what they do into docs/testing.md."""

import base64
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from api import Api

REPOSITORY = pathlib.Path(os.environ["REPOSITORY"])
HEISTCTL = os.environ["HEISTCTL"]
INTEROP = REPOSITORY / "tests/interop"
INSTALLED = pathlib.Path.cwd()
DOCUMENT = REPOSITORY / "docs/testing.md"
MESSAGES = "<details><summary>The messages of the errors</summary>"
START, END = "<!-- faults: tests/interop/faults/table -->", "<!-- faults end -->"
ID, SECRET = "app", "the-secret-of-app-32-bytes-or-more"
SECRETS = [SECRET, base64.b64encode(f"{ID}:{SECRET}".encode()).decode()]
# Seconds. A client that has not ended by then waits without a limit of its own.
LIMIT = 45
# Bytes. No client needs that much for a token.
MUCH_MEMORY = 400_000_000

# The clients, each with its command. `discovers` finds the token endpoint by metadata, `dpop` has DPoP.
PYTHON = [str(INSTALLED / "venv/bin/python"), "-B", str(INTEROP / "faults/clients.py")]
NODE = ["node", str(INSTALLED / "clients.mjs")]
CLIENTS = [
    {"name": "Authlib", "run": [*PYTHON, "Authlib"], "package": "Authlib", "post": True},
    {"name": "requests-oauthlib", "run": [*PYTHON, "requests-oauthlib"], "package": "requests-oauthlib", "post": True},
    {"name": "simple-oauth2", "run": [*NODE, "simple-oauth2"], "package": "simple-oauth2", "post": True},
    {"name": "openid-client", "run": [*NODE, "openid-client"], "package": "openid-client", "post": True, "discovers": True, "dpop": True},
    {"name": "oauth4webapi", "run": [*NODE, "oauth4webapi"], "package": "oauth4webapi", "post": True, "discovers": True, "dpop": True},
    {"name": "MCP SDK", "run": [*NODE, "MCP SDK"], "package": "@modelcontextprotocol/sdk", "discovers": True},
    {"name": "oauth2 (Rust)", "run": [str(INSTALLED / "debug/oauth2-interop")], "package": "oauth2", "post": True},
    {"name": "heistctl", "run": [HEISTCTL, "call"], "post": True, "discovers": True, "dpop": True},
]

# The faults, as `heistctl test fault -` reads them. {other} is another host.
FAULTS = [
    {"name": "503 with `Retry-After: 1`, once", "on": "token", "times": 1, "status": 503, "retry_after": 1},
    {"name": "no answer", "on": "token", "delay": 600_000},
    {"name": "connection closed before the answer", "on": "token", "close_after": 0},
    {"name": "200 with a web page", "on": "token", "body": "html"},
    {"name": "gzip bomb: 1 MB that are 1 GB", "on": "token", "body": "gzip-bomb", "alone": True},
    {"name": '`expires_in: "3600"`', "on": "token", "set": {"expires_in": "3600"}},
    {"name": "`expires_in: -1`", "on": "token", "set": {"expires_in": -1}},
    {"name": "`expires_in` is missing", "on": "token", "omit": ["expires_in"]},
    {"name": "`access_token` is missing", "on": "token", "omit": ["access_token"]},
    {"name": "`token_type: MAC`", "on": "token", "set": {"token_type": "MAC"}},
    {"name": "307 to another host", "on": "token", "redirect": "{other}"},
    {"name": "307 to another host, secret in the body", "on": "token", "redirect": "{other}", "needs": "post"},
    {"name": "metadata of another issuer", "on": "metadata", "set": {"issuer": "https://other.example"}, "needs": "discovers"},
    {"name": "`use_dpop_nonce`, each time", "on": "token", "nonce": True, "needs": "dpop"},
]

CONFIG = """
[[client]]
id = "app"
secret_env = "APP_SECRET"
scopes = ["a"]
audiences = ["{api}"]
"""
# Faults that need much memory go one at a time.
alone = threading.Lock()


def send(url, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


class Run:
    """One client with one fault, with a server and an API of their own."""

    def __init__(self, client, fault, folder):
        self.client, self.fault, self.folder = client, fault, pathlib.Path(folder)
        self.api = Api()

    def measure(self):
        (self.folder / "heist.toml").write_text(CONFIG.format(api=self.api.url))
        words = [HEISTCTL, "-q", "serve", "--test", "--config", "heist.toml", "--listen", "127.0.0.1:0", "--ready-file", "ready"]
        log = open(self.folder / "server.log", "w")
        server = subprocess.Popen(words, cwd=self.folder, env=self.environment(), stdout=log, stderr=log)
        try:
            ready = self.folder / "ready"
            while not (ready.exists() and ready.read_text().endswith("\n")):
                if server.poll() is not None:
                    raise RuntimeError((self.folder / "server.log").read_text())
                time.sleep(0.05)
            return self.against(json.loads(ready.read_text()))
        finally:
            # It would wait for the requests that the faults keep open.
            server.kill()
            server.wait()

    def environment(self, **more):
        # No cache, profile or proxy of the user is used.
        names = {"PATH", "LANG"}
        env = {name: value for name, value in os.environ.items() if name in names}
        return {**env, "HOME": str(self.folder), "APP_SECRET": SECRET, "RUST_BACKTRACE": "0", **more}

    def against(self, ready):
        self.api.issuer = ready["issuer"]
        rule = {name: value for name, value in self.fault.items() if name not in ("name", "needs", "alone")}
        if "redirect" in rule:
            rule["redirect"] = self.api.other_host
        send(f"{ready['url']}/_test/faults", rule)
        own = {"ISSUER": ready["issuer"], "TOKEN_URL": ready["token_url"], "CLIENT_ID": ID, "CLIENT_SECRET": SECRET}
        env = {**own, **{f"HEISTCTL_{name}": value for name, value in own.items() if name != "TOKEN_URL"}, "API": self.api.url}
        command = list(self.client["run"])
        if self.fault.get("nonce"):
            env["DPOP"] = "1"
        if self.fault.get("needs") == "post":
            env["AUTH"] = "post"
        if command[0] == HEISTCTL:
            command += [self.api.url, "--resource", self.api.url] + (["--dpop"] if "DPOP" in env else [])
            command += ["--auth-method", "client_secret_post"] if "AUTH" in env else []
        found = self.run(command, self.environment(**env))
        asked = send(f"{ready['url']}/_test/requests")["requests"]
        found["requests"] = sum(request["on"] == "token" for request in asked)
        found["tokens"] = self.api.tokens()
        found["used"] = any(token == "of-another-host" or token.count(".") == 2 for token in found["tokens"])
        if command[0] == HEISTCTL and "expires_in" in self.fault["name"]:
            asked = [HEISTCTL, "token", "--json", "--resource", self.api.url]
            answer = subprocess.run(asked, env=self.environment(**env), cwd=self.folder, capture_output=True)
            lifetime = json.loads(answer.stdout)["expires_in"]
            # A second may have passed.
            found["lifetime"] = lifetime and round(lifetime, -1)
        found["followed"], found["leaked"] = self.api.leaks(SECRETS)
        return found

    def run(self, command, env):
        started = time.monotonic()
        out, err = self.folder / "out", self.folder / "err"
        with open(out, "w") as stdout, open(err, "w") as stderr:
            process = subprocess.Popen(command, env=env, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr)
            timer = threading.Timer(LIMIT, process.kill)
            timer.start()
            _, status, usage = os.wait4(process.pid, 0)
            timer.cancel()
            process.returncode = os.waitstatus_to_exitcode(status)
        found = {"seconds": time.monotonic() - started, "memory": usage.ru_maxrss * 1024, "code": process.returncode}
        if command[0] == HEISTCTL:
            lines = [line.split(": ", 1) for line in err.read_text().splitlines() if ": " in line]
            messages = {kind: text for kind, text in lines}
            if found["code"] != 0:
                found["error"] = {"type": f"exit {found['code']}", "message": messages.get("error", "")}
            return found
        try:
            return {**found, **json.loads(out.read_text())}
        except ValueError:
            return {**found, "crash": err.read_text().strip().splitlines()[-1:]}


def error(found):
    return f"error `{found['error']['type']}`"


def cell(fault, client, found):
    """What happened, in words that do not differ from run to run."""
    if found["seconds"] >= LIMIT:
        return f"**waits**, stopped after {LIMIT} s"
    parts = []
    if found["memory"] > MUCH_MEMORY:
        parts.append(f"**needs {found['memory'] / 1e9:.0f} GB**")
    if "crash" in found:
        return ", ".join([*parts, f"**crashes**: {found['code']}"])
    if found["leaked"]:
        parts.append("**sends the secret there**")
    elif found["followed"]:
        parts.append("follows without the secret")
    if found["requests"] > 1:
        parts.append("asks again" if found["requests"] == 2 else f"asks {found['requests']} times")
    if fault.get("delay"):
        parts.append(f"{round(found['seconds'], -1):.0f} s")
    if found["used"]:
        if found["followed"]:
            parts.append("**uses the token from there**")
        else:
            wrong = {"`token_type: MAC`", "metadata of another issuer"}
            parts.append("**uses the token**" if fault["name"] in wrong else "uses the token")
    elif found["tokens"]:
        parts.append(f"**calls with `{found['tokens'][0]}`**")
    elif "error" in found:
        parts.append(error(found) + (" at the call" if found.get("step") == "call" else ""))
    else:
        parts.append("ends without an error")
    if "expires_in" in fault["name"] and found["used"]:
        lifetime = found.get("lifetime")
        parts.append("no lifetime" if lifetime is None else f"lifetime `{json.dumps(lifetime)}`")
    return ", ".join(parts)


def versions():
    packages = json.loads((INTEROP / "package.json").read_text())["dependencies"]
    pinned = dict(line.split("==") for line in (INTEROP / "requirements.txt").read_text().split())
    crate = re.search(r'oauth2 = \{ version = "=([^"]+)"', (INTEROP / "oauth2/Cargo.toml").read_text())[1]
    return {**packages, **pinned, "oauth2": crate}


def matrix():
    def one(at):
        fault, client = at
        if not client.get(fault.get("needs", "name")):
            return None
        with tempfile.TemporaryDirectory() as folder:
            run = Run(client, fault, folder)
            if fault.get("alone"):
                with alone:
                    return run.measure()
            return run.measure()

    pairs = [(fault, client) for fault in FAULTS for client in CLIENTS]
    # The long waits begin first.
    order = sorted(pairs, key=lambda at: not at[0].get("delay"))
    with ThreadPoolExecutor(10) as pool:
        found = dict(zip([(fault["name"], client["name"]) for fault, client in order], pool.map(one, order)))
    return found


def tables(found):
    pinned = versions()
    heads = [f"{client['name']} {pinned[client['package']]}" if "package" in client else client["name"] for client in CLIENTS]
    rows = [["fault", *heads], ["---"] * (len(heads) + 1)]
    for fault in FAULTS:
        row = [fault["name"]]
        for client in CLIENTS:
            one = found[fault["name"], client["name"]]
            row.append("–" if one is None else cell(fault, client, one))
        rows.append(row)
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def messages(found):
    """The messages of the errors. They are not compared: some have positions or addresses that change."""
    rows = ["| fault | client | message |", "| --- | --- | --- |"]
    for (fault, client), one in sorted(found.items(), key=lambda at: [one["name"] for one in FAULTS].index(at[0][0])):
        if one and "error" in one:
            text = " ".join(one["error"]["message"].split())
            text = re.sub(r"(127\.0\.0\.\d):\d+", r"\1:…", text).replace("|", "\\|").replace("`", "'")
            text = "".join(c if c.isprintable() else "." for c in text)
            rows.append(f"| {fault} | {client} | `{text[:160]}{'…' if len(text) > 160 else ''}` |")
    return f"{MESSAGES}\n\n" + "\n".join(rows) + "\n\n</details>"


def main():
    found = matrix()
    if "--raw" in sys.argv:
        for (fault, client), one in found.items():
            print(fault, client, json.dumps(one), sep="\t")
    table = tables(found)
    text = DOCUMENT.read_text()
    before, rest = text.split(START)
    old, after = rest.split(END)
    old, new = old.split(MESSAGES)[0].strip(), table
    if "--check" not in sys.argv:
        DOCUMENT.write_text(f"{before}{START}\n{new}\n\n{messages(found)}\n{END}{after}")
    elif old != new:
        print("docs/testing.md differs from what the clients do now; tests/interop/faults/table writes it:", file=sys.stderr)
        sys.stderr.writelines(f"- {a}\n+ {b}\n" for a, b in zip(old.splitlines(), new.splitlines()) if a != b)
        sys.exit(1)
    else:
        print(f"ok the table of faults: {len(FAULTS)} faults, {len(CLIENTS)} clients")


main()

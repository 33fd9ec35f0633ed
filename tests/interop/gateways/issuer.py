"""Two nodes of an issuer with the `heist.toml` of docs/guard.md: one in plain HTTP, which the gateways ask, and one
with TLS, where a caller shows its certificate to get a token. Both share a store."""

import json
import subprocess

from certificates import key_pair
from processes import Process, free_port

RESOURCE = "https://api.example.com/orders"
SECRET = "0123456789abcdef0123456789abcdef"
CLIENTS = f"""
[[client]]
id = "shop"
secret_file = "secret"
scopes = ["orders:read", "orders:write"]
audiences = ["{RESOURCE}"]
"""


class Issuer:
    def __init__(self, heistctl, folder, document):
        self.heistctl, self.folder = heistctl, folder
        self.secret = folder / "secret"
        self.secret.touch(mode=0o600)
        self.secret.write_text(SECRET)
        address = f"127.0.0.1:{free_port()}"
        document = document.replace("https://tokens.example.com", f"http://{address}")
        (folder / "heist.toml").write_text("dpop_nonce = true\n" + document + CLIENTS)
        self.proof_key, _ = key_pair(folder / "dpop.key")
        self.store = f"sqlite:{folder}/heist.db"
        # A client of the file that needs a certificate would need TLS at every node.
        bound = ["client", "add", "machine", "--tls-bound", "--secret-stdin", "--scope", "orders:read"]
        self.run([*bound, "--audience", RESOURCE, "--store", self.store], SECRET)
        self.node = self.start("node", address)
        certificate = ["--tls-cert", folder / "issuer.example.com.pem", "--tls-key", folder / "issuer.example.com.key"]
        self.tls_node = self.start("tls-node", "127.0.0.1:0", *certificate)

    def start(self, name, address, *more):
        home = self.folder / name
        home.mkdir()
        ready = home / "ready.json"
        node = Process(
            home, self.heistctl, "serve", "--config", self.folder / "heist.toml", "--listen", address,
            "--store", self.store, "--ready-file", ready, *more,
        )
        node.until(f"{name} is ready", lambda: ready.exists() and ready.read_text())
        node.url = json.loads(ready.read_text())["url"]
        return node

    def token(self, scope, client="shop", more=(), node=None):
        asked = ["--resource", RESOURCE, "--scope", scope, "--no-cache", *more]
        return self.as_client(client, node or self.node, asked)

    def dpop_token(self, scope):
        return self.token(scope, more=["--dpop-key", self.folder / "dpop.key", "--dpop"])

    def certificate_token(self, scope, name):
        shown = ["--client-cert", self.folder / f"{name}.pem", "--client-cert-key", self.folder / f"{name}.key"]
        return self.token(scope, "machine", [*shown, *self.trust()], self.tls_node)

    def revoke(self, token):
        """At the node that the gateways do not ask."""
        url = f"{self.tls_node.url}/oauth/revoke"
        self.as_client("shop", self.tls_node, ["--revoke", "-", "--revocation-url", url, *self.trust()], token)

    def trust(self):
        return ["--cacert", self.folder / "issuer.example.com.pem"]

    def as_client(self, client, node, more, stdin=""):
        server = ["--token-url", f"{node.url}/oauth/token", "--client-id", client, "--client-secret-file", self.secret]
        return self.run(["token", *server, *more], stdin)

    def run(self, arguments, stdin):
        command = [str(word) for word in [self.heistctl, "-q", *arguments]]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(command)}: {done.stderr}")
        return done.stdout.strip()

"""An API that takes any token and records it. It is an MCP server, too, and another host for redirects."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOKEN = {"access_token": "of-another-host", "token_type": "Bearer", "expires_in": 3600}
INITIALIZED = {"protocolVersion": "2025-06-18", "capabilities": {}, "serverInfo": {"name": "api", "version": "1"}}


def serve(host, handler):
    server = ThreadingHTTPServer((host, 0), handler)
    server.daemon_threads = True
    # Clients that are stopped leave broken connections.
    server.handle_error = lambda *_: None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_port


class Api:
    """Its requests: the path, the Authorization field and the body."""

    def __init__(self):
        self.seen, self.issuer, api = [], None, self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self, status, body, **fields):
                body = json.dumps(body).encode()
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", "Content-Length": len(body), **fields}.items():
                    self.send_header(name, str(value))
                self.end_headers()
                self.wfile.write(body)

            def do(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                given = self.headers.get("Authorization")
                api.seen.append((self.path, given or "", body))
                if self.path.startswith("/.well-known/oauth-protected-resource"):
                    self.answer(200, {"resource": api.url, "authorization_servers": [api.issuer]})
                elif self.path == "/token":
                    self.answer(200, TOKEN)
                elif self.path != "/api":
                    self.answer(404, {})
                elif not given:
                    self.answer(401, {}, **{"WWW-Authenticate": "Bearer"})
                else:
                    number = json.loads(body).get("id") if body.startswith("{") else None
                    self.answer(200, {"jsonrpc": "2.0", "id": number, "result": INITIALIZED})

            do_GET = do_POST = do_DELETE = do

            def log_message(self, *_):
                pass

        self.url = f"http://127.0.0.1:{serve('127.0.0.1', Handler)}/api"
        self.other_host = f"http://127.0.0.2:{serve('127.0.0.2', Handler)}/token"

    def tokens(self):
        """The tokens that reached the API."""
        return [given.split(" ")[-1] for path, given, _ in self.seen if path == "/api" and given]

    def leaks(self, secrets):
        """Whether a redirected request came here, and whether it had a secret."""
        redirected = [given + body for path, given, body in self.seen if path == "/token"]
        return bool(redirected), any(secret in text for text in redirected for secret in secrets)

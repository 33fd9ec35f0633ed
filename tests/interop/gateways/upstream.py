"""The API behind the gateways: it answers with the request that it got, and remembers it."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Server(ThreadingHTTPServer):
    def handle_error(self, *_):
        """A gateway may reset its connection."""


class Upstream:
    def __init__(self):
        self.seen = []
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Otherwise each body waits 40 ms for the acknowledgement of its head.
            disable_nagle_algorithm = True

            def answer(self):
                # Envoy sends bodies of unknown length.
                body = self.chunks() if self.headers.get("Transfer-Encoding") else self.whole()
                upstream.seen.append({
                    "method": self.command,
                    "path": self.path,
                    "fields": [(name.lower(), value) for name, value in self.headers.items()],
                    "body": body.decode(),
                })
                text = json.dumps({"message": "from the API"}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(text)

            do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = answer

            def whole(self):
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))

            def chunks(self):
                body = b""
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body

            def log_message(self, *_):
                pass

        server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.port = server.server_port

    def take(self):
        """The requests since the last call."""
        seen, self.seen = self.seen, []
        return seen

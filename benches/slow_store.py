"""The two ends of benches/slow_store.sh: a proxy that delays what a database says, and callers that ask
whether it is answered or not, at a fixed rate. Standard library only.

    slow_store.py proxy TARGET_PORT MILLISECONDS PORT_FILE
    slow_store.py callers URL ID SECRET SECONDS
"""

import asyncio
import base64
import gc
import hashlib
import hmac
import json
import sys
import time
import urllib.parse

# Requests a second of each kind; where each comes from.
RATES = {"known": 50, "jwks": 50, "health": 50, "assertions": 60, "invented": 500}
FROM = {"invented": "127.0.0.2"}
ASSERTION_SECRET = b"0123456789abcdef0123456789abcdef"
PATIENCE = 20


async def proxy(target, delay, port_file):
    async def carry(reader, writer, delay):
        # Each piece is delayed by itself: what follows it closely does not wait once more.
        loop, queue = asyncio.get_running_loop(), asyncio.Queue()

        async def send():
            while True:
                due, piece = await queue.get()
                await asyncio.sleep(max(0, due - loop.time()))
                if not piece:
                    return writer.close()
                writer.write(piece)

        sender = asyncio.create_task(send())
        try:
            while piece := await reader.read(65536):
                queue.put_nowait((loop.time() + delay, piece))
        except ConnectionError:
            pass
        queue.put_nowait((0, b""))
        await sender

    async def meet(reader, writer):
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", target)
        await asyncio.gather(
            carry(reader, far_writer, 0), carry(far_reader, writer, delay), return_exceptions=True
        )

    server = await asyncio.start_server(meet, "127.0.0.1", 0)
    with open(port_file, "w") as file:
        file.write(str(server.sockets[0].getsockname()[1]))
    await server.serve_forever()


def part(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def assertion(url, number):
    claims = {"iss": "caller", "sub": "caller", "aud": "https://bench.example", "jti": str(number)}
    claims["exp"] = int(time.time()) + 60
    head = part(b'{"alg":"HS256","typ":"JWT"}') + "." + part(json.dumps(claims).encode())
    return head + "." + part(hmac.new(ASSERTION_SECRET, head.encode(), hashlib.sha256).digest())


def request(kind, url, client, number):
    if kind in ("jwks", "health"):
        path = {"jwks": "/.well-known/jwks.json", "health": "/health"}[kind]
        return f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    form = {"grant_type": "client_credentials"}
    if kind == "known":
        form |= client
    elif kind == "invented":
        form |= {"client_id": f"invented-{time.time_ns()}", "client_secret": "guess"}
    else:
        form["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        form["client_assertion"] = assertion(url, f"{time.time_ns()}-{number}")
    body = urllib.parse.urlencode(form)
    head = f"POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
    return (head + f"Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}").encode()


class Callers:
    """Callers of one kind: they ask at their rate, each on a connection that is free, or a new one."""

    def __init__(self, kind, url, client):
        self.kind, self.url, self.client = kind, url, client
        self.free, self.took, self.statuses = [], [], {}

    async def ask(self, due, loop):
        # From when it was due: a caller that is late because others are not answered counts, too.
        try:
            status = await asyncio.wait_for(self.exchange(request(self.kind, self.url, self.client, due)), PATIENCE)
        except (OSError, EOFError, asyncio.TimeoutError):
            status = 0
        self.took.append(loop.time() - due)
        self.statuses[status] = self.statuses.get(status, 0) + 1

    async def exchange(self, data):
        if self.free:
            reader, writer = self.free.pop()
        else:
            parsed = urllib.parse.urlsplit(self.url)
            local = (FROM.get(self.kind, "127.0.0.1"), 0)
            reader, writer = await asyncio.open_connection(parsed.hostname, parsed.port, local_addr=local)
        writer.write(data)
        head = await reader.readuntil(b"\r\n\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
        await reader.readexactly(int(fields.get(b"content-length", 0)))
        if fields.get(b"connection") == b"close":
            writer.close()
        else:
            self.free.append((reader, writer))
        return int(head.split()[1])

    async def run(self, seconds):
        loop, pause, asked = asyncio.get_running_loop(), 1 / RATES[self.kind], []
        begun = loop.time()
        for number in range(int(seconds * RATES[self.kind])):
            due = begun + number * pause
            await asyncio.sleep(max(0, due - loop.time()))
            asked.append(asyncio.create_task(self.ask(due, loop)))
        await asyncio.gather(*asked)

    def row(self):
        took = sorted(self.took)
        at = lambda share: took[min(len(took) - 1, int(share * len(took)))] * 1000
        told = {0: "none"}
        statuses = ", ".join(f"{told.get(s, s)}: {n}" for s, n in sorted(self.statuses.items()))
        return f"{self.kind:11} {at(0.5):9.1f} {at(0.99):9.1f} {took[-1] * 1000:9.1f}   {statuses}"


async def callers(url, client_id, secret, seconds):
    client = {"client_id": client_id, "client_secret": secret}
    warm = Callers("known", url, client)
    await warm.ask(asyncio.get_running_loop().time(), asyncio.get_running_loop())
    kinds = [Callers(kind, url, client) for kind in RATES]
    gc.disable()
    await asyncio.gather(*(kind.run(seconds) for kind in kinds))
    print(f"{'':11} {'p50 ms':>9} {'p99 ms':>9} {'max ms':>9}   answers")
    for kind in kinds:
        print(kind.row())


if __name__ == "__main__":
    mode, *rest = sys.argv[1:]
    if mode == "proxy":
        asyncio.run(proxy(int(rest[0]), float(rest[1]) / 1000, rest[2]))
    else:
        asyncio.run(callers(rest[0], rest[1], rest[2], float(rest[3])))

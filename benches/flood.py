#!/usr/bin/env python3
"""Load on a server from loopback addresses of its own; used by benches/handshakes.sh and fairness.sh.

flood.py honest HOST:PORT FROM SECONDS   a token on a new connection and one on a kept one, in turn;
                                         prints p50, p99 and what failed
flood.py idle HOST:PORT FROM COUNT SECONDS   keeps idle connections, prints how many the server closed
flood.py hellos HOST:PORT FROM A_SECOND      replays one ClientHello on new connections, until killed
flood.py pipeline HOST:PORT FROM COUNT       connections that pipeline /health, until killed
flood.py bodies HOST:PORT FROM COUNT         connections with unfinished bodies, until killed
flood.py updates HOST:PORT FROM COUNT        TLS connections that send records of one byte, until killed

HOST:PORT with https:// before it is TLS, whose certificate is not checked.
"""

import resource
import selectors
import socket
import ssl
import sys
import time

BODY = b"grant_type=client_credentials&client_id=hacker-client&client_secret=hacker-secret-123"
TOKEN = (
    b"POST /oauth/token HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY
)
HEALTH = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
PART = b"POST /oauth/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\n" + b"x" * 50000


def context():
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    tls.check_hostname = False
    tls.verify_mode = ssl.CERT_NONE
    return tls


class Target:
    def __init__(self, url):
        self.tls = context() if url.startswith("https://") else None
        host, port = url.split("://")[-1].split("/")[0].rsplit(":", 1)
        self.address = ("127.0.0.1" if host == "localhost" else host, int(port))

    def connect(self, source, timeout=10):
        plain = socket.create_connection(self.address, timeout, (source, 0))
        return self.tls.wrap_socket(plain, server_hostname="localhost") if self.tls else plain


def ask(connection):
    connection.sendall(TOKEN)
    answer = b""
    while b"\r\n\r\n" not in answer:
        more = connection.recv(65536)
        if not more:
            raise ConnectionError("closed")
        answer += more
    head, body = answer.split(b"\r\n\r\n", 1)
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65536)
    if b" 200 " not in head.split(b"\r\n")[0] + b" ":
        raise ConnectionError(head.split(b"\r\n")[0].decode())


def figures(name, times):
    times.sort()
    at = lambda part: 1000 * times[min(len(times) - 1, int(part * len(times)))] if times else float("nan")
    return f"{name}: {len(times)} answered, p50 {at(0.5):.1f} ms, p99 {at(0.99):.1f} ms"


def honest(target, source, seconds):
    fresh, kept, failed, connection = [], [], 0, None
    until = time.monotonic() + float(seconds)
    while time.monotonic() < until:
        for times in (fresh, kept):
            begun = time.monotonic()
            try:
                if times is fresh or connection is None:
                    one = target.connect(source)
                    ask(one)
                    connection, old = one, connection
                    if old:
                        old.close()
                else:
                    ask(connection)
                times.append(time.monotonic() - begun)
            except OSError:
                failed, connection = failed + 1, None
        time.sleep(0.02)
    print(f"{figures('new connections', fresh)}; {figures('kept', kept)}; {failed} failed", flush=True)


def idle(target, source, count, seconds):
    connections = [target.connect(source) for _ in range(int(count))]
    for one in connections:
        ask(one)
    time.sleep(float(seconds))
    lost = 0
    for one in connections:
        try:
            ask(one)
        except OSError:
            lost += 1
    print(f"idle connections of the client: {lost} of {len(connections)} were closed", flush=True)


def hello():
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    try:
        session.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


def hellos(target, source, a_second):
    message, opened, begun = hello(), [], time.monotonic()
    sent = 0
    while True:
        due = int((time.monotonic() - begun) * float(a_second))
        while sent < due:
            one = socket.socket()
            one.bind((source, 0))
            one.setblocking(False)
            try:
                one.connect(target.address)
            except BlockingIOError:
                pass
            try:
                one.send(message)
            except OSError:
                pass
            opened.append(one)
            sent += 1
        # Each is left open for a while, so that it is not over before it is looked at.
        while len(opened) > 1500:
            opened.pop(0).close()
        time.sleep(0.002)


def many(target, source, count):
    found = []
    while len(found) < int(count):
        try:
            found.append(target.connect(source))
        except OSError:
            time.sleep(0.01)
    return found


def send_on(target, source, count, bytes_):
    """Sends on all as fast as they take it, and opens what is closed anew."""
    waits = selectors.DefaultSelector()

    def add():
        try:
            one = target.connect(source, 2)
        except OSError:
            return
        one.setblocking(False)
        waits.register(one, selectors.EVENT_READ | selectors.EVENT_WRITE)

    for _ in range(int(count)):
        add()
    while True:
        if len(waits.get_map()) < int(count):
            add()
        for key, events in waits.select(0.1):
            try:
                if events & selectors.EVENT_WRITE:
                    key.fileobj.send(bytes_)
                if events & selectors.EVENT_READ and not key.fileobj.recv(65536):
                    raise ConnectionError
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                pass
            except OSError:
                waits.unregister(key.fileobj)
                key.fileobj.close()


def bodies(target, source, count):
    """Unfinished bodies; each that is closed is replaced by another."""
    opened = []
    while True:
        while len(opened) < int(count):
            try:
                one = target.connect(source, 2)
                one.sendall(PART)
                one.setblocking(False)
                opened.append(one)
            except OSError:
                break
        left = []
        for one in opened:
            try:
                closed = one.recv(4096) == b""
            except (BlockingIOError, ssl.SSLWantReadError):
                closed = False
            except OSError:
                closed = True
            if closed:
                one.close()
            else:
                left.append(one)
        opened = left
        time.sleep(0.05)


def main():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    kind, url, source, *rest = sys.argv[1:]
    target = Target(url)
    if kind == "pipeline":
        send_on(target, source, *rest, HEALTH * 50)
    elif kind == "updates":
        send_on(target, source, *rest, b"x")
    else:
        {"honest": honest, "idle": idle, "hellos": hellos, "bodies": bodies}[kind](target, source, *rest)


main()

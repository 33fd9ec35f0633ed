#!/usr/bin/env python3
"""Restarts a server under load, as systemd does with heistctl.socket: restarts.py HEISTCTL [serve's flags]

This process holds the socket. Clients connect all the time; each connection must get its answer, also while
one server stops and the next one starts.
"""

import os
import signal
import socket
import sys
import threading
import time

RESTARTS = 5
# Between a client's connection and its request, in seconds: some are caught with one and not the other.
PAUSES = [0, 0, 0, 0, 0.02, 0.02, 0.02, 0.02]
REQUEST = b"GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def start(opened, command):
    """Starts a server on the socket, and returns its process id once it is ready."""
    told, tells = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(opened.fileno(), 3)
        os.set_inheritable(3, True)
        os.dup2(tells, 1)
        os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
        os.execv(command[0], command)
    os.close(tells)
    with os.fdopen(told) as log:
        first = log.readline()
    if '"ready"' not in first:
        sys.exit(f"the server is not ready: {first}")
    return child


def answer(address, pause):
    with socket.create_connection(address) as client:
        time.sleep(pause)
        client.sendall(REQUEST)
        got = b""
        while part := client.recv(4096):
            got += part
    return got


def load(address, pause, enough, counted, wrong):
    while not enough.is_set():
        try:
            got = answer(address, pause)
            if not got.startswith(b"HTTP/1.1 200 "):
                wrong.append(got.split(b"\r\n")[0].decode())
        except OSError as error:
            wrong.append(str(error))
        counted.append(1)


def main():
    command = [sys.argv[1], "serve", "--log", "json", *sys.argv[2:]]
    opened = socket.create_server(("127.0.0.1", 0), backlog=4096)
    enough, counted, wrong = threading.Event(), [], []
    server = start(opened, command)
    clients = [threading.Thread(target=load, args=(opened.getsockname(), pause, enough, counted, wrong))
               for pause in PAUSES]
    for client in clients:
        client.start()
    for _ in range(RESTARTS):
        seen = len(counted)
        while len(counted) < seen + 200 and not wrong:
            enough.wait(0.01)
        os.kill(server, signal.SIGTERM)
        code = os.waitstatus_to_exitcode(os.waitpid(server, 0)[1])
        if code != 0:
            wrong.append(f"the server ended with {code}")
        server = start(opened, command)
    enough.set()
    for client in clients:
        client.join()
    os.kill(server, signal.SIGTERM)
    os.waitpid(server, 0)
    print(f"{RESTARTS} restarts, {len(wrong)} of all requests failed")
    for why in sorted(set(wrong)):
        print(f"{wrong.count(why)} times: {why}")
    sys.exit(1 if wrong else 0)


main()

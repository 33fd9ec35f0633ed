"""Programs that the test starts, and ports for them. They end with the test."""

import atexit
import os
import pathlib
import shutil
import socket
import subprocess
import time

PATIENCE = 60


def program(name):
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise SystemExit(f"there is no {name}; .ci/run installs it")
    return found


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Process:
    """A program whose output goes to a log in its folder."""

    def __init__(self, folder, *command, **environment):
        self.folder = pathlib.Path(folder)
        self.log = self.folder / "log"
        with open(self.log, "wb") as log:
            self.child = subprocess.Popen(
                [str(word) for word in command], cwd=folder, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, env={**os.environ, **environment},
            )
        atexit.register(self.stop)

    def until(self, what, is_true):
        """Waits for a condition; fails at once if the program ends."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            found = is_true()
            if found:
                return found
            if self.child.poll() is not None:
                raise SystemExit(f"{what}: {self.child.args[0]} ended\n{self.shown()}")
            time.sleep(0.05)
        raise SystemExit(f"waited in vain: {what}\n{self.shown()}")

    def shown(self):
        return self.log.read_text(errors="replace")[-6000:]

    def stop(self):
        self.child.terminate()
        try:
            self.child.wait(10)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False

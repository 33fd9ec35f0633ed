"""The guard behind five gateways with the configurations of docs/guard.md: one table of cases, each at each gateway.
Arguments: the repository, the binary, and the names of gateways where not all are meant."""

import atexit
import pathlib
import shutil
import signal
import sys
import tempfile

from caller import HOST, Caller
from cases import CASES, Session
from certificates import self_signed
from changes import away, hanging, revoked
from gateways import GATEWAYS, Document
from issuer import Issuer
from upstream import Upstream


def main(repository, heistctl, *only):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="gateways-"))
    # Registered first, so it runs after the programs have ended.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name in [HOST, "issuer.example.com", "machine", "stranger"]:
        self_signed(folder, name)
    document = Document(pathlib.Path(repository) / "docs/guard.md")
    issuer = Issuer(pathlib.Path(heistctl).resolve(), folder, document.block("test: heist.toml"))
    upstream = Upstream()
    ports = {"guard": int(issuer.node.url.rsplit(":", 1)[1]), "upstream": upstream.port}
    unknown = set(only) - {of.name for of in GATEWAYS}
    if unknown:
        raise SystemExit(f"no such gateway: {', '.join(unknown)}")
    gateways = [of(folder, document, ports) for of in GATEWAYS if not only or of.name in only]
    session = Session(issuer, Caller(folder, issuer.proof_key), upstream)
    for gateway in gateways:
        gateway.wait()
    found = {gateway.name: [] for gateway in gateways}
    for case in CASES:
        for gateway in gateways:
            if wrong := session.run(case, gateway):
                found[gateway.name].append(f"{case.name}: {wrong}")
    for change in [revoked, hanging, away]:
        for name, wrong in change(session, gateways):
            found[name].append(wrong)
    for name, wrong in found.items():
        print(f"{'FAILED' if wrong else 'ok'} {name}: {len(CASES)} requests, a revoked token, a guard that hangs, no guard")
        print("".join(f"  {text}\n" for text in wrong), end="")
    failed = any(found.values())
    if failed:
        for process in [issuer.node, *(gateway.process for gateway in gateways)]:
            print(f"--- {process.child.args[0]}:\n{process.shown()}", file=sys.stderr)
    return 1 if failed else 0


# An end by a signal ends the programs, too.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
sys.exit(main(*sys.argv[1:]))

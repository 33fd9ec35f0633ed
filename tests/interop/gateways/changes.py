"""What changes while the gateways run: a token is revoked at another node, and the guard hangs and goes away."""

import signal
import time

# A request that is sent later than this after the revocation must not be granted.
WITHIN = 2.0
# The snippets give up on a guard after about 2 seconds; the rest is for slow machines.
PATIENCE = 6.0


def revoked(session, gateways):
    """What is wrong, by gateway, after a token has been revoked."""
    token = session.issuer.token("orders:read")
    fields = [("Authorization", f"Bearer {token}")]
    ask = lambda gateway: session.caller.ask(gateway.port, "GET", "/orders/1", fields)
    before = {gateway.name: ask(gateway)[0] for gateway in gateways}
    wrong = [(name, f"{status} before the revocation") for name, status in before.items() if status != 200]
    session.issuer.revoke(token)
    since = time.monotonic()
    for gateway in gateways:
        sent = time.monotonic() - since
        status, found, _ = ask(gateway)
        while status == 200 and sent <= WITHIN:
            time.sleep(0.05)
            sent = time.monotonic() - since
            status, found, _ = ask(gateway)
        if (status, "invalid_token" in found.get("WWW-Authenticate", "")) != (401, True):
            wrong.append((gateway.name, f"{status} for a revoked token, {sent:.1f} s later: {found.items()}"))
    return wrong


def hanging(session, gateways):
    """What is wrong, by gateway, while the guard takes connections and does not answer."""
    session.issuer.node.child.send_signal(signal.SIGSTOP)
    wrong = []
    fields = [("Authorization", f"Bearer {session.token('read')}")]
    for gateway in gateways:
        session.upstream.take()
        since = time.monotonic()
        status, _, text = session.caller.ask(gateway.port, "GET", "/orders/1", fields)
        took = time.monotonic() - since
        if status not in (502, 503, 504) or session.upstream.take() or took > PATIENCE:
            wrong.append((gateway.name, f"{status} after {took:.1f} s from a guard that hangs: {text[:300]!r}"))
    session.issuer.node.child.send_signal(signal.SIGCONT)
    return wrong


def away(session, gateways):
    """What is wrong, by gateway, while nothing answers for the guard: each must refuse."""
    session.issuer.node.stop()
    wrong = []
    fields = [("Authorization", f"Bearer {session.token('read')}")]
    for gateway in gateways:
        session.upstream.take()
        for path in ["/orders/1", "/health"]:
            status, _, text = session.caller.ask(gateway.port, "GET", path, fields)
            if status not in (502, 503) or session.upstream.take():
                wrong.append((gateway.name, f"{status} for {path} without a guard: {text[:300]!r}"))
    return wrong

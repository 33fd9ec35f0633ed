"""The table of cases, and what is judged about each: the answer to the caller, and what reached the API."""

import base64
import json
from dataclasses import dataclass, field

from caller import HOST
from certificates import key_pair

URL = f"https://{HOST}"
METADATA = f'resource_metadata="{URL}/.well-known/oauth-protected-resource/orders"'
FIELDS = ["x-auth-client", "x-auth-subject", "x-auth-scope", "x-auth-actor", "x-auth-token-id", "x-auth-expires"]
REFUSED = (400, 401, 403, 404, 421)
FORGED_IDENTITY = [(name, "forged") for name in ["X-Auth-Client", "x-auth-subject", "X-Auth-Scope", "X-Auth-Actor"]]
FORGED_IDENTITY += [(name, "forged") for name in ["X_Auth_Client", "X-Auth_Actor", "x_auth_actor", "X_AUTH_SCOPE"]]
FORGED_IDENTITY += [("X-Auth-Client", "forged twice")]


def forged_target(method, path):
    """The fields that tell a guard what is asked, as a caller would forge them."""
    fields = [(name, method) for name in ["X-Forwarded-Method", "X-Original-Method"]]
    fields += [(name, path) for name in ["X-Forwarded-Uri", "X-Original-URI", "X-Original-URL"]]
    fields += [("X-Forwarded-Proto", "http"), ("X-Forwarded-Host", "evil.example")]
    return [*fields, ("X-Forwarded-For", "127.0.0.1")]


@dataclass(frozen=True)
class Proof:
    """A DPoP proof; what is not said is as the request is."""

    method: str | None = None
    url: str | None = None
    nonce: bool = True
    other_key: bool = False


@dataclass(frozen=True)
class Case:
    name: str
    method: str
    path: str
    # read, write, none, garbage, dpop or certificate
    token: str
    # The status, or statuses of which one is right. Of several requests with the same fields, the last one's.
    status: int | tuple
    challenge: tuple = ()
    fields: tuple = ()
    body: bytes = b""
    proof: Proof | None = None
    scheme: str = "Bearer"
    certificate: str | None = None
    host: str = HOST
    times: int = 1


CASES = [
    Case("the right scope", "GET", "/orders/1?page=2&x=a%20b", "read", 200),
    Case("HEAD is GET", "HEAD", "/orders/1", "read", 200),
    Case("a body", "POST", "/orders", "write", 200, body=b'{"item": 7}'),
    Case("an escaped path", "GET", "/orders/caf%C3%A9%20a", "read", 200),
    Case("no scope is needed", "GET", "/health", "read", 200),
    Case("the wrong scope", "POST", "/orders", "read", 403,
         ('error="insufficient_scope"', 'scope="orders:write"', METADATA), body=b"{}"),
    Case("no route", "DELETE", "/orders", "write", 403),
    Case("no token", "GET", "/orders/1", "none", 401, ("Bearer", 'scope="orders:read"', METADATA)),
    Case("not a token", "GET", "/orders/1", "garbage", 401, ('error="invalid_token"', METADATA)),
    Case("two tokens", "GET", "/orders/1", "read", REFUSED, fields=(("Authorization", "Bearer garbage"),)),
    Case("no token, with a body", "POST", "/orders", "none", 401, (METADATA,), body=b"{}" * 1000),
    Case("metadata of the resource", "GET", "/.well-known/oauth-protected-resource/orders", "none", 200),
    # What a caller forges.
    Case("forged identity", "GET", "/orders/1", "read", 200, fields=tuple(FORGED_IDENTITY)),
    Case("forged identity, no token", "GET", "/orders/1", "none", 401, fields=tuple(FORGED_IDENTITY)),
    Case("forged target, granted all the same", "GET", "/orders/1", "read", 200,
         fields=tuple(forged_target("PUT", "/x"))),
    Case("forged target, wrong scope", "POST", "/orders", "read", 403, fields=tuple(forged_target("GET", "/health")),
         body=b"{}"),
    Case("forged target, no token", "GET", "/orders/1", "none", 401, fields=tuple(forged_target("GET", "/health"))),
    Case("fields named in Connection", "GET", "/orders/1", "read", (200, 400),
         fields=(("Connection", "close, X-Auth-Client, X-Auth-Scope, X-Auth-Token-Id"),)),
    Case("forwarded fields named in Connection", "POST", "/orders", "read", REFUSED, body=b"{}",
         fields=(("Connection", "X-Forwarded-Method, X-Forwarded-Uri, X-Original-Method, X-Original-URI"),)),
    # Paths that programs read differently.
    Case("dot segments", "GET", "/health/../admin", "read", REFUSED),
    Case("encoded dot segments", "GET", "/health/%2e%2e/admin", "read", REFUSED),
    Case("an encoded slash", "GET", "/orders%2f..%2fadmin", "read", REFUSED),
    Case("two slashes", "GET", "//orders/1", "read", REFUSED),
    Case("a semicolon", "GET", "/orders/..;/admin", "read", REFUSED),
    Case("another case", "GET", "/Orders/1", "read", REFUSED),
    Case("a whole URL", "GET", f"{URL}/orders/1", "read", (200, *REFUSED)),
    Case("a whole URL without a route", "GET", f"{URL}/admin", "read", REFUSED),
    Case("a path that leaves the metadata", "GET", "/.well-known/oauth-protected-resource/../../orders/1", "none",
         REFUSED),
    # DPoP. The first one makes the issuer name its nonce.
    Case("a proof without nonce", "GET", "/orders/1", "dpop", 401, ('error="use_dpop_nonce"',),
         proof=Proof(nonce=False), scheme="DPoP"),
    Case("a proof", "GET", "/orders/1?page=2", "dpop", 200, proof=Proof(url=f"{URL}/orders/1"), scheme="DPoP"),
    Case("a proof for POST", "POST", "/orders", "dpop", 200, proof=Proof(), scheme="DPoP", body=b"{}"),
    Case("a replayed proof", "GET", "/orders/1", "dpop", 401, ('error="invalid_dpop_proof"',), proof=Proof(),
         scheme="DPoP", times=2),
    Case("a proof for another path", "GET", "/orders/1", "dpop", 401, ("invalid_dpop_proof",),
         proof=Proof(url=f"{URL}/orders/2"), scheme="DPoP"),
    Case("a proof for another method", "POST", "/orders", "dpop", 401, ("invalid_dpop_proof",),
         proof=Proof(method="GET"), scheme="DPoP", body=b"{}"),
    Case("a proof by another key", "GET", "/orders/1", "dpop", 401, ("DPoP",), proof=Proof(other_key=True),
         scheme="DPoP"),
    Case("a proof for a forged host", "GET", "/orders/1", "dpop", 401, ("invalid_dpop_proof",),
         proof=Proof(url="http://evil.example/orders/1"), scheme="DPoP",
         fields=tuple(forged_target("GET", "/orders/1"))),
    Case("a proof for a forged Host", "GET", "/orders/1", "dpop", REFUSED,
         proof=Proof(url="https://evil.example/orders/1"), scheme="DPoP", host="evil.example"),
    Case("no proof", "GET", "/orders/1", "dpop", 401, ("DPoP",), scheme="DPoP"),
    Case("a bound token as bearer token", "GET", "/orders/1", "dpop", 401, ("DPoP", 'error="invalid_token"')),
    # Certificates.
    Case("a certificate", "GET", "/orders/1", "certificate", 200, certificate="machine"),
    Case("a certificate without use", "GET", "/orders/1", "read", 200, certificate="machine"),
    Case("no certificate", "GET", "/orders/1", "certificate", 401, ('error="invalid_token"',)),
    Case("another certificate", "GET", "/orders/1", "certificate", 401, ('error="invalid_token"',),
         certificate="stranger"),
    Case("a forged certificate", "GET", "/orders/1", "certificate", 401, ('error="invalid_token"',),
         fields=(("Client-Cert", "machine"),)),
    Case("a forged certificate beside another", "GET", "/orders/1", "certificate", 401, ('error="invalid_token"',),
         certificate="stranger", fields=(("Client-Cert", "machine"), ("X-Forwarded-Client-Cert", "machine"))),
]


def der(folder, name):
    lines = (folder / f"{name}.pem").read_text().splitlines()
    return ":" + "".join(line for line in lines if "-----" not in line) + ":"


def claims(token):
    if token is None or "." not in token:
        return None
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


@dataclass
class Session:
    issuer: object
    caller: object
    upstream: object
    tokens: dict = field(default_factory=dict)

    def token(self, kind):
        makers = {
            "read": lambda: self.issuer.token("orders:read"),
            "write": lambda: self.issuer.token("orders:write"),
            "dpop": lambda: self.issuer.dpop_token("orders:read orders:write"),
            "certificate": lambda: self.issuer.certificate_token("orders:read", "machine"),
            "garbage": lambda: "garbage",
            "none": lambda: None,
        }
        if kind not in self.tokens:
            self.tokens[kind] = makers[kind]()
        return self.tokens[kind]

    def run(self, case, gateway):
        """What is wrong with a case at a gateway, or nothing."""
        token = self.token(case.token)
        fields = [
            (name, der(self.issuer.folder, value) if name == "Client-Cert" else value) for name, value in case.fields
        ]
        if token is not None:
            fields.append(("Authorization", f"{case.scheme} {token}"))
        if case.proof is not None:
            fields.append(("DPoP", self.proof(case, token)))
        for _ in range(case.times):
            self.upstream.take()
            answer = self.caller.ask(
                gateway.port, case.method, case.path, fields, case.body, case.certificate, case.host
            )
        return judge(case, claims(token), answer, self.upstream.take())

    def proof(self, case, token):
        proof = case.proof
        key = key_pair(self.issuer.folder / "other.key")[0] if proof.other_key else None
        url = proof.url or URL + case.path
        return self.caller.proof(token, proof.method or case.method, url, proof.nonce, key)


def judge(case, holder, answer, seen):
    status, fields, text = answer
    if status not in (case.status if isinstance(case.status, tuple) else (case.status,)):
        return f"{status} instead of {case.status}: {fields.items()} {text[:300]!r}"
    if status == 200 and case.path.startswith("/.well-known/"):
        return None if json.loads(text).get("resource") == f"{URL}/orders" else text
    if status == 200:
        return granted(case, holder, seen)
    challenge = ", ".join(fields.get_all("WWW-Authenticate", []))
    missing = [part for part in case.challenge if part not in challenge]
    if missing:
        return f"{missing} is not in the challenge: {challenge}"
    if "use_dpop_nonce" in challenge and not fields["DPoP-Nonce"]:
        return f"no DPoP-Nonce: {fields.items()}"
    return f"it reached the API: {seen}" if seen else None


def granted(case, holder, seen):
    if len(seen) != 1:
        return f"{len(seen)} requests at the API"
    [request] = seen
    wanted = [holder["client_id"], holder["sub"], holder["scope"], "", holder["jti"], str(holder["exp"])]
    found = {}
    for name, value in request["fields"]:
        found.setdefault(name.replace("_", "-"), []).append(value.strip())
    for name, value in zip(FIELDS, wanted):
        # A gateway may leave out an empty field.
        if found.get(name, [""]) != [value]:
            return f"the API saw {name}: {found.get(name)}, not {value!r}"
    dropped = [value for value in found.get("connection", []) if "x-auth" in value.lower()]
    if dropped:
        return f"the API saw Connection: {dropped}"
    sent = (request["method"], request["path"].removeprefix(URL), request["body"].encode())
    return None if sent == (case.method, case.path.removeprefix(URL), case.body) else f"the API saw {sent}"

"""A caller of the API: requests as they are written, DPoP proofs, and a certificate where it shows one."""

import base64
import hashlib
import http.client
import json
import secrets
import socket
import ssl
import time

import jwt
from jwt.algorithms import ECAlgorithm

HOST = "api.example.com"


class Caller:
    def __init__(self, folder, proof_key):
        self.folder, self.proof_key = folder, proof_key
        # The issuer's nonce, from the last answer that named one.
        self.nonce = None

    def ask(self, port, method, path, fields=(), body=b"", certificate=None, host=HOST):
        """Status, header fields and body of an answer. The path and the fields are sent as they are."""
        context = ssl.create_default_context(cafile=self.folder / f"{HOST}.pem")
        if certificate is not None:
            context.load_cert_chain(self.folder / f"{certificate}.both")
        connection = http.client.HTTPConnection("127.0.0.1", port)
        plain = socket.create_connection(("127.0.0.1", port), 30)
        connection.sock = context.wrap_socket(plain, server_hostname=HOST)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in [("Host", host), *fields]:
            connection.putheader(name, value)
        if body:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body or None)
        response = connection.getresponse()
        answer = (response.status, response.headers, response.read().decode(errors="replace"))
        connection.close()
        self.nonce = response.headers.get("DPoP-Nonce") or self.nonce
        return answer

    def proof(self, token, method, url, nonce=True, key=None):
        key = key or self.proof_key
        jwk = json.loads(ECAlgorithm.to_jwk(key.public_key()))
        digest = base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest())
        claims = {
            "jti": secrets.token_urlsafe(16), "htm": method, "htu": url, "iat": int(time.time()),
            "ath": digest.rstrip(b"=").decode(), **({"nonce": self.nonce} if nonce and self.nonce else {}),
        }
        return jwt.encode(claims, key, algorithm="ES256", headers={"typ": "dpop+jwt", "jwk": jwk})

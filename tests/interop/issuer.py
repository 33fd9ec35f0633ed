"""A token server of Authlib and Flask, as Authlib's documentation builds one, with its store in memory.
Writes authlib.json once it listens."""

import json
import os
import time

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import ClientMixin, grants
from authlib.oauth2.rfc6749.errors import InvalidScopeError
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from flask import Flask, jsonify
from joserfc.jwk import KeySet
from werkzeug.serving import make_server

with open("client.jwks") as file:
    KEYS = KeySet.import_key_set(json.load(file))
SCOPES = {"a", "b"}
METHODS = ["client_secret_basic", "client_secret_post", "private_key_jwt"]
TOKENS = {}
SEEN = set()


class Client(ClientMixin):
    def __init__(self, client_id, method, secret=None):
        self.client_id, self.method, self.secret = client_id, method, secret

    def get_client_id(self):
        return self.client_id

    def get_allowed_scope(self, scope):
        return " ".join(word for word in (scope or "").split() if word in SCOPES)

    def check_client_secret(self, secret):
        return secret == self.secret

    def check_endpoint_auth_method(self, method, endpoint):
        return method == self.method or endpoint != "token"

    def check_grant_type(self, grant_type):
        return grant_type == "client_credentials"


class Token(dict):
    def check_client(self, client):
        return client.client_id == self["client_id"]

    def is_expired(self):
        return time.time() > self["expires"]

    def is_revoked(self):
        return self["revoked"]


CLIENTS = {
    "basic": Client("basic", "client_secret_basic", "plain-secret"),
    "body": Client("body", "client_secret_post", "plain-secret"),
    "assertion": Client("assertion", "private_key_jwt"),
}


class Grant(grants.ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def validate_token_request(self):
        super().validate_token_request()
        if not set((self.request.payload.scope or "").split()) <= SCOPES:
            raise InvalidScopeError()


class Assertion(JWTBearerClientAssertion):
    CLIENT_AUTH_METHOD = "private_key_jwt"

    def get_audiences(self):
        return [ISSUER]

    def validate_jti(self, claims, jti):
        fresh = jti not in SEEN
        SEEN.add(jti)
        return fresh

    def resolve_client_public_key(self, client):
        return KEYS


class Revocation(RevocationEndpoint):
    CLIENT_AUTH_METHODS = METHODS

    def query_token(self, token, hint):
        return TOKENS.get(token)

    def revoke_token(self, token, request):
        token["revoked"] = True


class Introspection(IntrospectionEndpoint):
    CLIENT_AUTH_METHODS = METHODS

    def query_token(self, token, hint):
        return TOKENS.get(token)

    def check_permission(self, token, client, request):
        return True

    def introspect_token(self, token):
        return {"active": True, "client_id": token["client_id"], "scope": token["scope"]}


def save(token, request):
    expires = time.time() + token["expires_in"]
    kept = Token(client_id=request.client.client_id, scope=token.get("scope", ""), expires=expires, revoked=False)
    TOKENS[token["access_token"]] = kept


app = Flask(__name__)
server = AuthorizationServer(app, query_client=CLIENTS.get, save_token=save)
server.register_grant(Grant)
server.register_client_auth_method(Assertion.CLIENT_AUTH_METHOD, Assertion())
server.register_endpoint(Revocation)
server.register_endpoint(Introspection)


@app.get("/.well-known/oauth-authorization-server")
def metadata():
    return jsonify(
        issuer=ISSUER,
        token_endpoint=f"{ISSUER}/token",
        revocation_endpoint=f"{ISSUER}/revoke",
        introspection_endpoint=f"{ISSUER}/introspect",
        token_endpoint_auth_methods_supported=METHODS,
    )


app.post("/token", endpoint="token")(server.create_token_response)
app.post("/revoke", endpoint="revoke")(lambda: server.create_endpoint_response("revocation"))
app.post("/introspect", endpoint="introspect")(lambda: server.create_endpoint_response("introspection"))

listening = make_server("127.0.0.1", 0, app, threaded=True)
ISSUER = f"http://127.0.0.1:{listening.port}"
with open("authlib.json.new", "w") as file:
    json.dump({"issuer": ISSUER, "introspection": f"{ISSUER}/introspect"}, file)
os.rename("authlib.json.new", "authlib.json")
listening.serve_forever()

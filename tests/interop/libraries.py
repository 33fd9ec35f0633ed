"""Standard libraries of Python against a running server, each as its own documentation shows."""

import json
import os
import time

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"

import jwt
import requests
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from oauthlib.oauth2 import BackendApplicationClient
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session as RequestsSession

with open("ready.json") as file:
    READY = json.load(file)
URL, ISSUER = READY["url"], READY["issuer"]
METADATA = requests.get(f"{ISSUER}/.well-known/oauth-authorization-server", timeout=5).json()
TOKEN_URL = METADATA["token_endpoint"]
API = "https://api.example.com"


def authlib_basic_with_introspection_and_revocation():
    session = OAuth2Session("basic", "basic-secret", scope="a b")
    token = session.fetch_token(TOKEN_URL, grant_type="client_credentials")
    assert token["scope"] == "a b" and session.get(f"{URL}/protected-resource").json()["client"] == "basic"
    api = OAuth2Session("api", "api-secret", token_endpoint_auth_method="client_secret_post")
    ask = lambda: api.introspect_token(METADATA["introspection_endpoint"], token=token["access_token"]).json()
    assert ask()["active"] is True
    revoked = session.revoke_token(METADATA["revocation_endpoint"], token=token["access_token"])
    assert revoked.status_code == 200 and ask() == {"active": False}


def authlib_private_key_jwt_of_an_older_library():
    with open("older.pem") as file:
        session = OAuth2Session("older", file.read(), token_endpoint_auth_method="private_key_jwt")
    # Its own default is an hour; ten minutes is what we take.
    soon = {"exp": int(time.time()) + 300}
    session.register_client_auth_method(PrivateKeyJWT(TOKEN_URL, claims=soon))
    assert session.fetch_token(TOKEN_URL, grant_type="client_credentials")["access_token"]


def requests_oauthlib_basic_and_body():
    for auth in ({"auth": HTTPBasicAuth("basic", "basic-secret")}, {"client_secret": "basic-secret", "include_client_id": True}):
        session = RequestsSession(client=BackendApplicationClient(client_id="basic"))
        token = session.fetch_token(TOKEN_URL, **auth)
        assert token["token_type"] == "Bearer"
        assert session.get(f"{URL}/protected-resource").status_code == 200


def pyjwt_verifies_by_the_published_keys():
    session = OAuth2Session("basic", "basic-secret")
    token = session.fetch_token(TOKEN_URL, grant_type="client_credentials", resource=API)["access_token"]
    key = jwt.PyJWKClient(METADATA["jwks_uri"]).get_signing_key_from_jwt(token)
    claims = jwt.decode(token, key, algorithms=["ES256"], audience=API, issuer=ISSUER)
    assert claims["client_id"] == "basic"
    plain = session.fetch_token(TOKEN_URL, grant_type="client_credentials")["access_token"]
    assert "aud" not in jwt.decode(plain, key, algorithms=["ES256"], issuer=ISSUER)


TESTS = [
    authlib_basic_with_introspection_and_revocation,
    authlib_private_key_jwt_of_an_older_library,
    requests_oauthlib_basic_and_body,
    pyjwt_verifies_by_the_published_keys,
]
for test in TESTS:
    test()
    print(f"ok {test.__name__}")
print(f"{len(TESTS)} passed, 0 failed")

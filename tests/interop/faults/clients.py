"""One token and one call of an API with a library of Python, as its own documentation shows. Prints a line of JSON:
the last step that was begun, the lifetime that the library sees, and the error."""

import json
import os
import sys

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"

POST = os.environ.get("AUTH") == "post"
ID, SECRET = os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"]
TOKEN_URL, API = os.environ["TOKEN_URL"], os.environ["API"]
report = {"step": "token"}


def use(session, token):
    report["lifetime"] = token.get("expires_in")
    report["step"] = "call"
    session.get(API)


def authlib():
    from authlib.integrations.requests_client import OAuth2Session

    method = "client_secret_post" if POST else "client_secret_basic"
    session = OAuth2Session(ID, SECRET, scope="a", token_endpoint_auth_method=method)
    use(session, session.fetch_token(TOKEN_URL, grant_type="client_credentials"))


def requests_oauthlib():
    from oauthlib.oauth2 import BackendApplicationClient
    from requests_oauthlib import OAuth2Session

    session = OAuth2Session(client=BackendApplicationClient(client_id=ID), scope=["a"])
    credentials = {"include_client_id": True} if POST else {"client_id": ID}
    use(session, session.fetch_token(token_url=TOKEN_URL, client_secret=SECRET, **credentials))


try:
    {"Authlib": authlib, "requests-oauthlib": requests_oauthlib}[sys.argv[1]]()
except Exception as error:
    report["error"] = {"type": type(error).__name__, "message": str(error)}
print(json.dumps(report))

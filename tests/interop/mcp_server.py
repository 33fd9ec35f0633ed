"""An MCP server of fastmcp that verifies tokens by the issuer's published keys, as fastmcp's documentation shows."""

import os

from fastmcp import FastMCP
from fastmcp.server.auth import RemoteAuthProvider
from fastmcp.server.auth.providers.jwt import JWTVerifier
from fastmcp.server.dependencies import get_access_token

ISSUER, MCP = os.environ["ISSUER"], os.environ["MCP"]
verifier = JWTVerifier(
    jwks_uri=f"{ISSUER}/.well-known/jwks.json", issuer=ISSUER, audience=MCP, algorithm="ES256", required_scopes=["a"]
)
auth = RemoteAuthProvider(
    token_verifier=verifier, authorization_servers=[ISSUER], base_url=MCP.removesuffix("/mcp")
)
server = FastMCP("interop", auth=auth)


@server.tool
def caller() -> str:
    token = get_access_token()
    return f"{token.client_id}: {' '.join(token.scopes)}"


server.run(transport="http", host="127.0.0.1", port=int(os.environ["PORT"]), show_banner=False)

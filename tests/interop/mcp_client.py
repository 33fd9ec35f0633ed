"""The MCP SDK for Python with each of its ways to authenticate as a machine."""

import asyncio
import os

import httpx2
from mcp import Client
from mcp.client.auth.extensions.client_credentials import (
    ClientCredentialsOAuthProvider,
    PrivateKeyJWTOAuthProvider,
    SignedJWTParameters,
)
from mcp.client.streamable_http import streamable_http_client

ISSUER, MCP = os.environ["ISSUER"], os.environ["MCP"]


class Storage:
    tokens = client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client


def by_secret(method):
    return ClientCredentialsOAuthProvider(
        server_url=MCP,
        storage=Storage(),
        client_id="basic",
        client_secret=os.environ["BASIC"],
        token_endpoint_auth_method=method,
        scope="a",
        issuer=ISSUER,
    )


def by_key():
    signed = SignedJWTParameters(
        issuer="assertion", subject="assertion", signing_key=os.environ["KEY"], signing_algorithm="ES256"
    )
    return PrivateKeyJWTOAuthProvider(
        server_url=MCP,
        storage=Storage(),
        client_id="assertion",
        assertion_provider=signed.create_assertion_provider(),
        scope="a",
        issuer=ISSUER,
    )


async def call(auth):
    async with (
        httpx2.AsyncClient(auth=auth, timeout=30) as http,
        Client(streamable_http_client(MCP, http_client=http)) as client,
    ):
        return (await client.call_tool("caller", {})).content[0].text


async def main():
    for method in ("client_secret_basic", "client_secret_post"):
        assert await call(by_secret(method)) == "basic: a"
    assert await call(by_key()) == "assertion: a"
    print(f"ok MCP for Python: basic, post, private_key_jwt, issuer {ISSUER}")


asyncio.run(main())

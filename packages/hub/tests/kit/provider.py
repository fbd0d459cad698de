"""An OpenID Connect provider that lies as it is told, on a free port of this machine."""

import base64
import contextlib
import functools
import hashlib
import time
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from packages.hub.tests.kit.hub import RunningHub, served

CLIENT_ID = "opsentrix-hub"
CLIENT_SECRET = "a secret: with / and +"
LOGIN = "/api/v1/auth/oidc/login"
CALLBACK = "/api/v1/auth/oidc/callback"
Claims = dict[str, Any]


@functools.cache
def key(kid: str = "first") -> RSAKey:
    """Return a private key: making one takes longer than most tests."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"})


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


class FakeProvider:
    """A provider.

    Attributes:
        claims: of who logs in next.
        metadata: what it says of itself beyond the usual, or instead.
        published: the keys that it shows.
        sign: makes the ID token of claims.
        userinfo: what it tells at userinfo.
        asked: paths that were asked for.
        forms: what came to the token endpoint, with the Authorization header.
        answer: takes the place of every answer, when set.
    """

    def __init__(self) -> None:
        self.issuer = ""
        self.claims: Claims = {"sub": "u-1", "preferred_username": "ann", "groups": ["sre"]}
        self.metadata: Claims = {}
        self.published = [key()]
        self.sign: Callable[[Claims], str] = signed
        self.userinfo: Claims = {}
        self.asked: list[str] = []
        self.forms: list[dict[str, str]] = []
        self.answer: Callable[[str], Response | None] = lambda _: None
        self._granted: dict[str, tuple[Claims, str]] = {}

    def app(self) -> Starlette:
        routes = {
            "/.well-known/openid-configuration": self._discovery, "/keys": self._keys, "/token": self._token,
            "/userinfo": self._userinfo,
        }  # fmt: skip
        return Starlette(routes=[Route(path, one, methods=["GET", "POST"]) for path, one in routes.items()])

    def grant(self, url: str) -> dict[str, str]:
        """Let somebody log in who was sent to a URL; return what the browser brings back."""
        query = query_of(url)
        code = f"code-{len(self._granted)}"
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": CLIENT_ID, "nonce": query["nonce"], "iat": now, "exp": now + 300,
            "auth_time": now, **self.claims,
        }  # fmt: skip
        self._granted[code] = claims, query["code_challenge"]
        return {"code": code, "state": query["state"], "iss": self.issuer}

    async def _discovery(self, request: Request) -> Response:
        document = {
            "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo", "end_session_endpoint": f"{self.issuer}/end",
            "authorization_response_iss_parameter_supported": True, "code_challenge_methods_supported": ["S256"],
        }  # fmt: skip
        return self._say(request, {**document, **self.metadata})

    async def _keys(self, request: Request) -> Response:
        return self._say(request, {"keys": [one.as_dict(private=False) for one in self.published]})

    async def _token(self, request: Request) -> Response:
        form = query_of(f"?{(await request.body()).decode()}")
        self.forms.append(form | {"authorization": request.headers.get("authorization", "")})
        claims, challenge = self._granted.pop(form.get("code", ""), ({}, ""))
        digest = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if not claims or digest.rstrip(b"=").decode() != challenge:
            return JSONResponse({"error": "invalid_grant"}, 400)
        return self._say(request, {"id_token": self.sign(claims), "access_token": "at", "token_type": "Bearer"})

    async def _userinfo(self, request: Request) -> Response:
        assert request.headers["authorization"] == "Bearer at"
        return self._say(request, self.userinfo)

    def _say(self, request: Request, content: Claims) -> Response:
        self.asked.append(request.url.path)
        return self.answer(request.url.path) or JSONResponse(content)


def signed(claims: Claims, with_key: RSAKey | None = None, **header: object) -> str:
    """Return a token, by default one that can be trusted."""
    whole = {"alg": "RS256", "kid": "first", **header}
    return jwt.encode(whole, claims, with_key or key(), algorithms=[str(whole["alg"])])


@contextlib.asynccontextmanager
async def running() -> AsyncIterator[FakeProvider]:
    """Run a provider."""
    provider = FakeProvider()
    config = uvicorn.Config(provider.app(), lifespan="off", log_config=None, access_log=False, ws="none")
    async with served(config) as address:
        provider.issuer = f"http://{address}"
        yield provider


def settings(provider: FakeProvider, **more: object) -> dict[str, Any]:
    """Return the settings of a hub with this provider."""
    return {
        "oidc_issuer": provider.issuer, "oidc_client_id": CLIENT_ID, "oidc_client_secret": CLIENT_SECRET,
        "oidc_role_map": {"sre": "admin", "dev": "operator", "guest": "viewer"}, "oidc_name": "Example ID", **more,
    }  # fmt: skip


async def begin(client: httpx.AsyncClient, **query: str) -> str:
    """Begin a login and return where the browser is sent."""
    answer = await client.get(LOGIN, params=query)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def log_in(client: httpx.AsyncClient, provider: FakeProvider, **query: str) -> httpx.Response:
    """Log in at the provider and come back."""
    return await client.get(CALLBACK, params=provider.grant(await begin(client, **query)))


async def audited(hub: RunningHub, action: str) -> list[dict[str, Any]]:
    """Return what the audit log says of an action, oldest first."""
    rows = await hub.fetch(
        "SELECT actor, target, result, before, after, detail FROM audit_log WHERE action = $1 ORDER BY id", action
    )
    return [{**row, **row["detail"]} for row in rows]

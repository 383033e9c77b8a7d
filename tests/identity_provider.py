"""A small OpenID Connect provider on loopback: says of whoever comes what a test wants it to say.

Signed with PyJWT, so that what Authlib checks is somebody else's reading of the standard.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

ROOT = Path(__file__).resolve().parents[1]
CLIENT, SECRET = "the-dashboard", "the-provider-secret-of-this-test"
KEY_ID = "one"


@dataclass
class Provider:
    """What it says next, and what it was asked; `asks`: it shows a page with a button first."""

    issuer: str
    claims: dict[str, Any] = field(default_factory=dict)
    asks: bool = False
    refuses: bool = False
    forges: bool = False
    visits: int = 0
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))

    def says(self, email: str, verified: object = True, **claims: Any) -> None:
        """From now on, who comes is this person."""
        self.claims = {"sub": f"subject of {email}", "email": email, "email_verified": verified}
        self.claims |= claims
        if verified is None:
            del self.claims["email_verified"]
        self.asks = self.refuses = self.forges = False

    def auth(self, redirect_uri: str) -> dict[str, str]:
        """The `[auth]` section that leads here."""
        return {
            "redirect_uri": redirect_uri,
            "cookie_secret": "".join(chr(97 + n % 26) for n in range(40)),
            "client_id": CLIENT,
            "client_secret": SECRET,
            "server_metadata_url": f"{self.issuer}/.well-known/openid-configuration",
        }

    def discovery(self, _: Request) -> Response:
        """Where everything is."""
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "end_session_endpoint": f"{self.issuer}/end",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    def authorize(self, request: Request) -> Response:
        """The person comes by, and goes back with a code."""
        self.visits += 1
        asked = dict(request.query_params)
        assert asked["client_id"] == CLIENT
        assert asked["response_type"] == "code"
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        answer = {"error": "access_denied"} if self.refuses else {"code": code}
        back = f"{asked['redirect_uri']}?{urlencode(answer | {'state': asked['state']})}"
        if self.asks:  # what comes of a click here is the provider's doing, not the dashboard's
            return HTMLResponse(f'<h1>Provider</h1><a href="{escape(back)}">Continue</a>')
        return RedirectResponse(back, status_code=302)

    async def token(self, request: Request) -> Response:
        """The code for the token, once, to whoever began."""
        form = await request.form()
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        asked = self.codes.pop(str(form["code"]), None)
        digest = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if (
            asked is None
            or request.headers["authorization"] != f"Basic {basic}"
            or asked["redirect_uri"] != form["redirect_uri"]
            or asked["code_challenge"] != challenge
        ):
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        now = int(time.time())
        said = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300}
        said |= {"nonce": asked["nonce"], **self.claims}
        key = rsa.generate_private_key(65537, 2048) if self.forges else self.key
        token = jwt.encode(said, key, algorithm="RS256", headers={"kid": KEY_ID})
        return JSONResponse(
            {"access_token": "the-access-token", "token_type": "Bearer", "id_token": token}
        )

    def keys(self, _: Request) -> Response:
        """The public half of the key."""
        public = json.loads(RSAAlgorithm.to_jwk(self.key.public_key()))
        return JSONResponse({"keys": [public | {"kid": KEY_ID, "use": "sig", "alg": "RS256"}]})


@contextmanager
def identity_provider() -> Iterator[Provider]:
    """A provider that listens until the block ends."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    provider = Provider(f"http://127.0.0.1:{listening.getsockname()[1]}")
    routes = [
        Route("/.well-known/openid-configuration", provider.discovery),
        Route("/authorize", provider.authorize),
        Route("/token", provider.token, methods=["POST"]),
        Route("/keys", provider.keys),
    ]
    server = uvicorn.Server(
        uvicorn.Config(Starlette(routes=routes), log_level="error", lifespan="off")
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    until = time.monotonic() + 20
    while not server.started:
        assert time.monotonic() < until, "the provider did not start"
        time.sleep(0.02)
    try:
        yield provider
    finally:
        server.should_exit = True
        thread.join(20)
        listening.close()


def installed(place: Path, auth: dict[str, Any] | None) -> Path:
    """The product copied to a place of its own, with this `[auth]` in its secrets.toml."""
    for room in ("pages", "ownli_api"):
        shutil.copytree(ROOT / room, place / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "app.py", place)
    (place / ".streamlit").mkdir()
    shutil.copy(ROOT / ".streamlit" / "config.toml", place / ".streamlit")
    if auth is not None:
        lines = ["[auth]"]
        for key, value in sorted(auth.items(), key=lambda pair: isinstance(pair[1], dict)):
            if isinstance(value, dict):
                lines += [f"[auth.{key}]", *(f"{k} = {json.dumps(v)}" for k, v in value.items())]
            else:
                lines.append(f"{key} = {json.dumps(value)}")
        (place / ".streamlit" / "secrets.toml").write_text("\n".join(lines) + "\n")
    return place


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]

"""Asks the hub over HTTP, with the standard library: to enroll, to see whether it is well, to fetch a release."""

import json
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from hashlib import sha256
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from opsentrix_agent.errors import HubError
from opsentrix_agent.tls import client_context, explain, show

_TIMEOUT_S = 15.0
_MAX_BODY_BYTES = 1 << 20
_CHUNK_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Answer:
    """What the hub answered: status, headers and the JSON body, empty when it was none."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)

    def detail(self) -> str:
        """Return the problem's text for people (RFC 9457), or nothing."""
        text = self.body.get("detail") or self.body.get("title") or ""
        return str(text)[:300]


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would hand the token to whoever it names."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        """Never follow."""


def ask(
    server_url: str,
    path: str,
    *,
    bearer: str = "",
    body: Mapping[str, Any] | None = None,
    tls_ca: Path | None = None,
    shown: tuple[Path, Path] | None = None,
) -> Answer:
    """Send a GET, or a POST when there is a body, and return the answer whatever its status.

    Only authorities in `tls_ca` are trusted if it is given; `shown` is a certificate to show, and its key. Proxies are
    taken from the environment (`https_proxy`, `no_proxy`).

    Raises:
        HubError: no answer: not reachable, TLS failed, or not HTTP.
        SettingsError: the CA file cannot be used.
    """
    headers = {"Accept": "application/json"}
    if bearer:
        headers["Authorization"] = f"Bearer {bearer}"
    data = None
    if body is not None:
        data = json.dumps(body).encode()
        headers["Content-Type"] = "application/json"
    # Settings allow http and https only, so no other scheme reaches this.
    request = urllib.request.Request(f"{server_url}{path}", data=data, headers=headers)  # noqa: S310
    try:
        with _opener(server_url, tls_ca, shown).open(request, timeout=_TIMEOUT_S) as response:
            return _answer(response.status, response.headers, response.read(_MAX_BODY_BYTES))
    except urllib.error.HTTPError as error:
        with error:
            return _answer(error.code, error.headers, error.read(_MAX_BODY_BYTES))
    except urllib.error.URLError as error:
        raise HubError(_why_unreachable(server_url, error.reason)) from None
    except (OSError, HTTPException, ValueError) as error:
        raise HubError(_why_unreachable(server_url, error)) from None


def download(server_url: str, path: str, target: Path, *, size: int, within_s: float, tls_ca: Path | None) -> str:
    """Write what the hub answers to a GET into a file of this user, and return its SHA-256 in hexadecimal.

    Args:
        server_url: the hub's.
        path: of the resource, with its query.
        target: the file; what it held is lost.
        size: bytes that there must be, no more and no less.
        within_s: seconds after which it is given up, however steadily it comes.
        tls_ca: the only authorities to trust.

    Raises:
        HubError: the hub did not answer, not with that, or not in time.
        OSError: the file cannot be written.
        SettingsError: the CA file cannot be used.
    """
    until, digest = time.monotonic() + within_s, sha256()
    request = urllib.request.Request(f"{server_url}{path}")  # noqa: S310 - settings allow http and https only
    with target.open("wb") as file:
        try:
            with _opener(server_url, tls_ca).open(request, timeout=_TIMEOUT_S) as response:
                left = size + 1
                # What is there, not a whole piece: a hub that sends a byte now and then would hold us up for hours.
                while left and (data := response.read1(min(left, _CHUNK_BYTES))):
                    if time.monotonic() > until:
                        raise HubError(f"{server_url}{path} did not come within {within_s:.0f} s.")
                    left -= len(data)
                    file.write(data)
                    digest.update(data)
        except urllib.error.HTTPError as error:
            with error:
                said = _answer(error.code, error.headers, error.read(_MAX_BODY_BYTES)).detail()
            raise HubError(f"The hub answered HTTP {error.code} to {path}. {said}".rstrip()) from None
        except urllib.error.URLError as error:
            raise HubError(_why_unreachable(server_url, error.reason)) from None
        except (HTTPException, TimeoutError, ConnectionError, ssl.SSLError) as error:
            raise HubError(_why_unreachable(server_url, error)) from None
    if left != 1:
        raise HubError(f"{server_url}{path} has not the {size} bytes that it should have.")
    return digest.hexdigest()


def _opener(
    server_url: str, tls_ca: Path | None, shown: tuple[Path, Path] | None = None
) -> urllib.request.OpenerDirector:
    handlers: list[urllib.request.BaseHandler] = [_NoRedirect()]
    if urlsplit(server_url).scheme == "https":
        context = client_context(tls_ca)
        if shown:
            show(context, *shown)
        handlers.append(urllib.request.HTTPSHandler(context=context))
    return urllib.request.build_opener(*handlers)


def _answer(status: int, headers: Message, data: bytes) -> Answer:
    try:
        body = json.loads(data) if data else {}
    except (ValueError, RecursionError):
        body = {}
    lower = {key.lower(): value for key, value in headers.items()}
    return Answer(status, lower, body if isinstance(body, dict) else {})


def _why_unreachable(server_url: str, reason: object) -> str:
    if isinstance(reason, ssl.SSLCertVerificationError):
        fix = "" if reason.verify_code in {62, 64} else " Name its CA with tls_ca, or pin it with tls_pin."
        return f"{server_url} cannot be trusted: {explain(reason)}.{fix}"
    if isinstance(reason, ssl.SSLError):
        return f"No TLS with {server_url}: {explain(reason)}."
    if isinstance(reason, OSError) and reason.strerror:
        return f"The hub at {server_url} cannot be reached: {reason.strerror}."
    return f"The hub at {server_url} cannot be reached: {reason}."

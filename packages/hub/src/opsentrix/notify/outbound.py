"""HTTP to providers, past the guard: one look-up, that very address, no redirects, a bounded answer."""

import functools
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import httpx
import orjson

from opsentrix.notify.guard import Reach, Resolver, addresses, look_up
from opsentrix.notify.messages import Message
from opsentrix.notify.receipts import DeliveryError, Receipt, cut

ANSWER_LIMIT = 16_384
"""Bytes that are read of an answer."""
_REFUSED = frozenset((400, 413, 415, 422))
"""The provider understood and does not want this message; all other errors can pass, or an admin can mend them."""
_RETRY_LIMIT_S = 86_400.0


async def _no_push(people: Sequence[str], message: Message, outbound: "Outbound") -> Receipt:
    raise DeliveryError("This hub pushes to no browsers.", permanent=True)


@functools.cache
def trusted() -> ssl.SSLContext:
    """Return what certificates of providers are checked with: those that the system trusts, read once."""
    return ssl.create_default_context()


@dataclass(frozen=True, slots=True)
class Outbound:
    """The way out.

    Attributes:
        reach: what may be reached beyond public addresses.
        resolve: looks names up.
        tls: what certificates are checked with.
        proxy: URL of a proxy through which all HTTP goes; it looks names up then, and is trusted with what it reaches.
        push: sends to the browsers of people, by the way out that it is given.
    """

    reach: Reach
    tls: ssl.SSLContext
    resolve: Resolver = look_up
    proxy: str = ""
    push: Callable[[Sequence[str], Message, "Outbound"], Awaitable[Receipt]] = _no_push

    def reaching(self, reach: Reach) -> "Outbound":
        """Return the same way out with another reach."""
        return replace(self, reach=reach)

    async def post_json(
        self, url: str, body: object, headers: Mapping[str, str] | None = None, accepted: tuple[int, ...] = ()
    ) -> Receipt:
        """Send JSON; see `post`."""
        return await self.post(
            url, orjson.dumps(body), {"Content-Type": "application/json", **(headers or {})}, accepted
        )

    async def post(
        self, url: str, content: bytes, headers: Mapping[str, str], accepted: tuple[int, ...] = ()
    ) -> Receipt:
        """Send a POST request.

        Args:
            url: http or https.
            content: the body.
            headers: of the request.
            accepted: statuses that mean success; all from 200 to 299 when empty.

        Raises:
            DeliveryError: not taken, or not reached.
        """
        return await self._request("POST", url, content, headers, accepted)

    async def get(self, url: str) -> Receipt:
        """Send a GET request; all from 200 to 299 is success.

        Raises:
            DeliveryError: refused, or not reached.
        """
        return await self._request("GET", url, b"", {}, ())

    async def _request(
        self, method: str, url: str, content: bytes, headers: Mapping[str, str], accepted: tuple[int, ...]
    ) -> Receipt:
        try:
            asked = httpx.URL(url)
        except (httpx.InvalidURL, ValueError) as error:
            raise DeliveryError(f"The URL is not valid: {error}.", permanent=True) from None
        if asked.scheme not in ("http", "https") or not asked.host:
            raise DeliveryError("The URL must begin with http:// or https://.", permanent=True)
        found = await self._targets(asked)
        try:
            return await self._exchange(method, asked, found, content, headers, accepted)
        except httpx.HTTPError as error:
            raise DeliveryError(f"{asked.host}: {_words(error)}") from None

    async def _targets(self, asked: httpx.URL) -> list[str]:
        port = asked.port or (443 if asked.scheme == "https" else 80)
        if self.proxy:
            # Only what is written as an address can be checked: names are the proxy's to look up.
            literal = asked.host.replace(".", "").isdigit() or ":" in asked.host or asked.host == "localhost"
            if literal:
                await addresses(asked.host, port, self.reach, self.resolve)
            return [asked.host]
        return await addresses(asked.host, port, self.reach, self.resolve)

    async def _exchange(
        self, method: str, asked: httpx.URL, found: list[str], content: bytes, headers: Mapping[str, str],
        accepted: tuple[int, ...],
    ) -> Receipt:  # fmt: skip
        sent = {"Host": asked.netloc.decode("ascii").rpartition("@")[2], "User-Agent": "opsentrix",
                "Accept-Encoding": "identity", **headers}  # fmt: skip
        async with httpx.AsyncClient(
            verify=self.tls, trust_env=False, proxy=self.proxy or None, follow_redirects=False, timeout=10
        ) as client:
            request = client.build_request(method, asked.copy_with(host=found[0]), content=content, headers=sent)
            # The certificate is that of the name, though the connection goes to the address.
            request.extensions["sni_hostname"] = asked.host
            for other in found[1:]:
                try:
                    return await _answer(client, request, accepted)
                except httpx.ConnectError:
                    request.url = asked.copy_with(host=other)
            return await _answer(client, request, accepted)


async def _answer(client: httpx.AsyncClient, request: httpx.Request, accepted: tuple[int, ...]) -> Receipt:
    response = await client.send(request, stream=True)
    try:
        body = bytearray()
        async for chunk in response.aiter_raw(4096):
            body += chunk
            if len(body) >= ANSWER_LIMIT:
                break
    finally:
        await response.aclose()
    text = cut(bytes(body[:ANSWER_LIMIT]).decode("utf-8", "replace")) or response.reason_phrase
    status = response.status_code
    if status in accepted if accepted else response.is_success:
        return Receipt(status, text)
    if response.is_redirect:
        raise DeliveryError("It answers with a redirect, which is not followed: give the final URL.", status)
    raise DeliveryError(text, status, permanent=status in _REFUSED, retry_after_s=_retry_after(response))


def _retry_after(response: httpx.Response) -> float | None:
    value = response.headers.get("retry-after", "")
    try:
        return min(max(float(value), 0.0), _RETRY_LIMIT_S)
    except ValueError:
        return None  # a date, or nothing


def _words(error: httpx.HTTPError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "no answer in time."
    return f"{str(error) or type(error).__name__}."


def fields(text: str) -> dict[str, Any]:
    """Return an answer that is a JSON object; empty when it is not."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}

"""HTTP to providers that redirect, flood, stall, lie about their name, or move between two look-ups."""

import asyncio
import ssl
from pathlib import Path

import pytest
from opsentrix.notify.guard import Reach
from opsentrix.notify.outbound import ANSWER_LIMIT, Outbound
from opsentrix.notify.receipts import ANSWER_BYTES, DeliveryError

from packages.hub.tests.kit.receiver import Answer, Got, receiving
from packages.hub.tests.kit.selfsigned import certify

ANYWHERE = Reach(everything=True)


def outbound(reach: Reach = ANYWHERE, tls: ssl.SSLContext | None = None, **names: list[str]) -> Outbound:
    """Return a way out that knows these names, with dots for underscores."""

    async def resolve(host: str, port: int) -> list[str]:
        return names.get(host.replace(".", "_"), [host])

    return Outbound(reach, tls or ssl.create_default_context(), resolve)


async def test_the_answer_is_kept_as_the_provider_gave_it() -> None:
    async with receiving() as provider:
        provider.answer = Answer(201, b"created \xff\x00 it")
        receipt = await outbound().post_json(provider.url, {"a": 1}, {"X-Key": "v"})
        assert (receipt.status, receipt.answer) == (201, "created \ufffd  it")
        [got] = provider.got
        assert (got.path, got.json, got.headers["x-key"]) == ("/hook", {"a": 1}, "v")
        assert got.headers["host"] == f"127.0.0.1:{provider.port}"


@pytest.mark.parametrize(
    ("status", "permanent"),
    [(500, False), (503, False), (404, False), (401, False), (429, False), (400, True), (413, True)],
)
async def test_what_a_provider_refuses_for_good_is_told_from_what_may_pass(status: int, permanent: bool) -> None:
    async with receiving() as provider:
        provider.answer = Answer(status, b"no", {"Retry-After": "17"})
        with pytest.raises(DeliveryError) as caught:
            await outbound().post_json(provider.url, {})
    assert (caught.value.status, caught.value.permanent, caught.value.retry_after_s) == (status, permanent, 17)


async def test_redirects_are_not_followed() -> None:
    async with receiving() as inside, receiving() as provider:
        provider.answer = Answer(302, b"", {"Location": inside.url})
        with pytest.raises(DeliveryError, match="redirect"):
            await outbound().post_json(provider.url, {})
        assert inside.got == []


async def test_of_a_large_answer_little_is_read() -> None:
    async with receiving() as provider:
        provider.answer = Answer(200, b"x" * 50_000_000)
        receipt = await outbound().post_json(provider.url, {})
        assert len(receipt.answer) == ANSWER_BYTES < ANSWER_LIMIT
    assert provider.read_to_the_end == 0


async def test_a_name_is_looked_up_once_and_what_was_found_is_connected_to() -> None:
    """DNS rebinding: the first look-up finds a public address, the next one an inner service."""
    looked_up = []

    async def rebinding(host: str, port: int) -> list[str]:
        looked_up.append(host)
        return ["93.184.216.34"] if len(looked_up) == 1 else ["127.0.0.1"]

    async with receiving() as inside:
        way = Outbound(Reach(), ssl.create_default_context(), rebinding)
        # Nothing answers at that address here; what counts is that nobody asked for another.
        with pytest.raises((DeliveryError, TimeoutError)):
            async with asyncio.timeout(0.5):
                await way.post_json(f"http://evil.example:{inside.port}/", {})
        assert looked_up == ["evil.example"]
        assert inside.got == []
        with pytest.raises(DeliveryError, match="refused"):
            await way.post_json(f"http://evil.example:{inside.port}/", {})
        assert inside.got == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0"])
async def test_the_hub_itself_cannot_be_reached(host: str) -> None:
    async with receiving() as inside:
        way = Outbound(Reach(private=True), ssl.create_default_context())
        with pytest.raises(DeliveryError):
            await way.post_json(f"http://{host}:{inside.port}/", {})
        assert inside.got == []


@pytest.mark.parametrize("url", ["ftp://example.com/", "file:///etc/passwd", "https://", "nonsense", "http://[::1/"])
async def test_what_is_no_url_of_http_is_refused_for_good(url: str) -> None:
    with pytest.raises(DeliveryError) as caught:
        await outbound().post_json(url, {})
    assert caught.value.permanent


async def test_the_certificate_is_that_of_the_name_though_the_address_is_connected_to(tmp_path: Path) -> None:
    server, trusting = certify(tmp_path, "hooks.example")
    async with receiving(server) as provider:
        way = outbound(tls=trusting, hooks_example=["127.0.0.1"], other_example=["127.0.0.1"])
        receipt = await way.post_json(f"https://hooks.example:{provider.port}/x", {})
        assert receipt.status == 200
        assert provider.got[0].headers["host"] == f"hooks.example:{provider.port}"
        with pytest.raises(DeliveryError, match=r"(?i)certificate|hostname"):
            await way.post_json(f"https://other.example:{provider.port}/x", {})
        with pytest.raises(DeliveryError, match=r"(?i)certificate"):
            await outbound(hooks_example=["127.0.0.1"]).post_json(f"https://hooks.example:{provider.port}/x", {})
        with pytest.raises(DeliveryError):
            await way.post_json(f"http://hooks.example:{provider.port}/x", {})
    assert len(provider.got) == 1


async def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    async with receiving() as provider:
        way = outbound(two_example=["127.0.0.2", "127.0.0.1"])
        assert (await way.post_json(f"http://two.example:{provider.port}/", {})).status == 200


async def test_who_hangs_up_is_told_as_such() -> None:
    async def hang_up(got: Got) -> Answer:
        raise ConnectionError

    async with receiving() as provider:
        provider.react = hang_up
        with pytest.raises(DeliveryError, match=r"127\.0\.0\.1: "):
            await outbound().post_json(provider.url, {})


async def test_a_proxy_gets_the_name_and_addresses_are_still_checked() -> None:
    async with receiving() as proxy:
        way = Outbound(Reach(), ssl.create_default_context(), proxy=f"http://127.0.0.1:{proxy.port}")
        assert (await way.post_json("http://hooks.example/x", {"a": 1})).status == 200
        assert proxy.got[0].path == "http://hooks.example/x"
        for host in ("127.0.0.1", "localhost", "[::1]", "169.254.169.254"):
            with pytest.raises(DeliveryError, match="refused"):
                await way.post_json(f"http://{host}/", {})
    assert len(proxy.got) == 1

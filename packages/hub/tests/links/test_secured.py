"""Each link over TLS, with certificates of agents: who shows which one, and what ends with it."""

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import websockets
from cryptography.x509 import load_pem_x509_certificates
from opsentrix.model.agents import TokenRequest
from opsentrix.pki import authority
from opsentrix_protocol import opsentrix_pb2 as pb

from packages.hub.tests.kit import certificates as kit
from packages.hub.tests.kit import hub as hubs
from packages.hub.tests.kit.agent import FakeAgent, full_frame
from packages.hub.tests.kit.certificates import Shown
from packages.hub.tests.kit.hub import Enrolled, RunningHub, measured, until
from packages.hub.tests.kit.links import ENDED, RefusedError, Way, context_of

TURNED_AWAY = (RefusedError, ssl.SSLError, httpx.TransportError, websockets.WebSocketException, ConnectionError, *ENDED)


@pytest.fixture
async def hub(dsn: str, tmp_path: Path) -> AsyncIterator[RunningHub]:
    """A hub that takes agents with a certificate only."""
    async with hubs.running(dsn, tmp_path, with_grpc=True, tls="self-signed", mtls="required") as running:
        yield running


@pytest.fixture
async def optional(dsn: str, tmp_path: Path) -> AsyncIterator[RunningHub]:
    async with hubs.running(dsn, tmp_path, with_grpc=True, tls="self-signed", mtls="optional") as running:
        yield running


async def issue(hub: RunningHub, agent: Enrolled, shown: Shown | None = None) -> httpx.Response:
    """Ask for a certificate with the credential, and with a certificate if one is given."""
    body = {"csr": kit.request(authority.new_key())}
    context = context_of(hub, shown)
    assert context is not None
    async with httpx.AsyncClient(base_url=hub.url, verify=context, trust_env=False) as client:
        return await client.post(f"/api/v1/agents/{agent.id}/certificate", json=body, headers=agent.headers)


async def certified(hub: RunningHub, agent: Enrolled, folder: Path) -> Shown:
    """Have the hub issue a certificate to an agent."""
    key = authority.new_key()
    async with hub.client() as client:
        answer = await client.post(
            f"/api/v1/agents/{agent.id}/certificate", json={"csr": kit.request(key)}, headers=agent.headers
        )
    assert answer.status_code == 201, answer.text
    return Shown.of(folder, key, *load_pem_x509_certificates(answer.json()["certificate"].encode()))


def sessions(way: Way) -> float:
    return measured("opsentrix_agent_sessions", link=way.link)


async def turned_away(way: Way, enrolled: Enrolled, shown: Shown | None = None) -> None:
    with pytest.raises(TURNED_AWAY):
        async with way.greeted(enrolled, shown):
            pass


async def works_by_certificate_alone(way: Way, enrolled: Enrolled, shown: Shown) -> None:
    async with way.connect({}, enrolled.id, shown) as socket:
        agent = FakeAgent(socket)  # type: ignore[arg-type]  # of the same face
        assert (await agent.hello()).agent_id == enrolled.id


async def works(way: Way, enrolled: Enrolled, shown: Shown | None, seq: int) -> None:
    async with way.greeted(enrolled, shown) as agent:
        await agent.send(frame=full_frame(seq))
        await agent.acked(seq)


async def test_samples_come_in_with_the_certificate_and_not_without(way: Way, hub: RunningHub, tmp_path: Path) -> None:
    enrolled, other = await hub.enroll("one"), await hub.enroll("other")
    shown, others = await certified(hub, enrolled, tmp_path), await certified(hub, other, tmp_path)
    await works(way, enrolled, shown, 1)
    await turned_away(way, enrolled)
    await turned_away(way, enrolled, others)
    await turned_away(way, enrolled, kit.own_ca_shown(tmp_path, kit.new_authority(), enrolled.id))
    await turned_away(way, Enrolled(enrolled.id, "oxa_wrong"), shown)
    await works(way, enrolled, shown, 2)
    rows = await hub.fetch("SELECT agent_id, seq FROM agent_metrics ORDER BY seq")
    assert [(row["agent_id"], row["seq"]) for row in rows] == [(enrolled.id, 1), (enrolled.id, 2)]


async def test_a_revoked_certificate_ends_its_session_within_a_second(
    way: Way, hub: RunningHub, tmp_path: Path
) -> None:
    enrolled = await hub.enroll()
    shown = await certified(hub, enrolled, tmp_path)
    before = sessions(way)
    async with way.greeted(enrolled, shown) as agent, hub.client(await hub.session()) as client:
        serial = (await client.get("/api/v1/certificates")).json()["items"][0]["serial"]
        assert (await client.delete(f"/api/v1/certificates/{serial}")).status_code == 204
        await until(lambda: sessions(way) == before, 1.0)
        assert "revoked" in await agent.closed()
    await turned_away(way, enrolled, shown)
    assert (await issue(hub, enrolled)).status_code == 403, "the credential alone gets another one"


async def test_with_the_agent_its_certificates_are_revoked_and_enrolling_again_begins_anew(
    way: Way, hub: RunningHub, tmp_path: Path
) -> None:
    enrolled = await hub.enroll()
    shown = await certified(hub, enrolled, tmp_path)
    await works(way, enrolled, shown, 1)
    await works_by_certificate_alone(way, enrolled, shown)
    async with hub.client(await hub.session()) as client:
        assert (await client.post(f"/api/v1/agents/{enrolled.id}/revoke")).status_code == 200
        await turned_away(way, enrolled, shown)
        with pytest.raises(TURNED_AWAY):
            await works_by_certificate_alone(way, enrolled, shown)
        listed = (await client.get("/api/v1/certificates")).json()["items"]
        assert [one["state"] for one in listed] == ["revoked"]
        token = (await client.post("/api/v1/enrollment-tokens", json={"agent_id": enrolled.id})).json()["token"]
        answer = await client.post(
            "/api/v1/agents/register",
            json={"name": "web-1", "type": "server", "host": "h"},
            headers={"Authorization": f"Bearer {token}"},
        )
    await hub.hub._sweep_certificates()  # what runs twice a second
    again = Enrolled(answer.json()["id"], answer.json()["credential"])
    assert again.id == enrolled.id
    await turned_away(way, again, shown)
    await works(way, again, await certified(hub, again, tmp_path), 2)


async def test_who_waits_for_approval_gets_a_certificate_and_is_told_to_wait(
    way: Way, hub: RunningHub, tmp_path: Path
) -> None:
    waiting = await hub.enroll("waiting", TokenRequest(approval=True))
    shown = await certified(hub, waiting, tmp_path)
    async with way.agent(waiting, shown) as agent:
        await agent.say_hello()
        assert (await agent.noticed()).kind == pb.IdentityNotice.KIND_PENDING


async def test_connections_are_made_with_the_certificate_that_the_hub_has_now(
    way: Way, hub: RunningHub, tmp_path: Path
) -> None:
    enrolled = await hub.enroll()
    shown = await certified(hub, enrolled, tmp_path)
    async with way.greeted(enrolled, shown) as old:
        present = hub.hub.tls.material
        assert present is not None
        assert hub.hub.tls.authority is not None
        (hub.hub.settings.tls_dir / "server.pem").unlink()
        await hub.hub.tls.reload()
        assert hub.hub.tls.material != present
        await old.send(frame=full_frame(1))
        await old.acked(1)
    await works(way, enrolled, shown, 2)


async def test_nobody_speaks_plain_text(way: Way, hub: RunningHub) -> None:
    enrolled = await hub.enroll()
    front, hub.hub.tls.front = hub.hub.tls.front, None  # so that the client does not encrypt
    try:
        with pytest.raises((*TURNED_AWAY, AssertionError, TimeoutError)):
            async with way.greeted(enrolled):
                pass
    finally:
        hub.hub.tls.front = front


@pytest.mark.parametrize("link", ["websocket", "grpc", "socketio", "rest"])
async def test_where_certificates_are_optional_the_credential_serves(
    link: str, optional: RunningHub, tmp_path: Path
) -> None:
    way, enrolled = Way(link, optional), await optional.enroll()
    await works(way, enrolled, None, 1)
    await works(way, enrolled, await certified(optional, enrolled, tmp_path), 2)
    if link != "grpc":  # whose library asks all clients for one or none
        await turned_away(way, enrolled, kit.own_ca_shown(tmp_path, kit.new_authority(), enrolled.id))

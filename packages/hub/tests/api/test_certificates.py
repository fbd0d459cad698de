"""Agents that show certificates, on real sockets: issued, renewed, revoked, and every kind that is refused."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509 import load_pem_x509_certificates
from opsentrix.model.users import Role
from opsentrix.pki import authority

from packages.hub.tests.kit import certificates as kit
from packages.hub.tests.kit import hub as hubs
from packages.hub.tests.kit.certificates import Shown
from packages.hub.tests.kit.hub import Enrolled, RunningHub, measured, until


@asynccontextmanager
async def running(dsn: str, folder: Path, mtls: str, **settings: Any) -> AsyncIterator[RunningHub]:  # noqa: ANN401 - settings have any type
    async with hubs.running(dsn, folder, tls="self-signed", mtls=mtls, **settings) as hub:
        yield hub


@pytest.fixture(params=["optional", "required"])
async def hub(request: pytest.FixtureRequest, dsn: str, tmp_path: Path) -> AsyncIterator[RunningHub]:
    async with running(dsn, tmp_path, request.param) as running_hub:
        yield running_hub


@pytest.fixture
async def strict(dsn: str, tmp_path: Path) -> AsyncIterator[RunningHub]:
    async with running(dsn, tmp_path, "required") as running_hub:
        yield running_hub


def client(hub: RunningHub, shown: Shown | None = None, **headers: str) -> httpx.AsyncClient:
    context = kit.client(hub.hub.tls.anchor, shown)
    return httpx.AsyncClient(base_url=hub.url, headers=headers, trust_env=False, timeout=30, verify=context)


async def ask(hub: RunningHub, agent: Enrolled, csr: str, shown: Shown | None = None) -> httpx.Response:
    async with client(hub, shown, **agent.headers) as connected:
        return await connected.post(f"/api/v1/agents/{agent.id}/certificate", json={"csr": csr})


async def certified(hub: RunningHub, agent: Enrolled, folder: Path, shown: Shown | None = None) -> Shown:
    """Have the hub issue a certificate to an agent."""
    key = authority.new_key()
    answer = await ask(hub, agent, kit.request(key), shown)
    assert answer.status_code == 201, answer.text
    return Shown.of(folder, key, *load_pem_x509_certificates(answer.json()["certificate"].encode()))


async def beat(
    hub: RunningHub, agent: int, shown: Shown | None, headers: dict[str, str] | None = None
) -> httpx.Response:
    async with client(hub, shown, **(headers or {})) as connected:
        return await connected.post(f"/api/v1/agents/{agent}/heartbeat", json={"status": "online"})


async def test_a_certificate_lets_its_agent_in_with_and_without_the_credential(hub: RunningHub, tmp_path: Path) -> None:
    agent = await hub.enroll()
    shown = await certified(hub, agent, tmp_path)
    assert (await beat(hub, agent.id, shown, agent.headers)).status_code == 204
    assert (await beat(hub, agent.id, shown)).status_code == 204


async def test_without_a_certificate_the_mode_decides(hub: RunningHub) -> None:
    agent = await hub.enroll()
    answer = await beat(hub, agent.id, None, agent.headers)
    if hub.hub.settings.mtls == "required":
        assert answer.status_code == 401
        assert "certificate only" in answer.json()["detail"]
        assert measured("opsentrix_refused_certificates_total", reason="missing") > 0
    else:
        assert answer.status_code == 204


async def test_another_agents_certificate_is_refused(hub: RunningHub, tmp_path: Path) -> None:
    one, other = await hub.enroll("one"), await hub.enroll("other")
    shown = await certified(hub, other, tmp_path)
    answer = await beat(hub, one.id, shown, one.headers)
    assert answer.status_code == 401
    assert "another agent" in answer.json()["detail"]
    assert (await beat(hub, one.id, shown)).status_code == 403  # alone it is the other agent, at a path not its own
    assert (await ask(hub, one, kit.request(), shown)).status_code == 401
    await until(lambda: _audited(hub, "certificate.refuse"))


async def _audited(hub: RunningHub, action: str) -> bool:
    return bool(await hub.fetch("SELECT 1 FROM audit_log WHERE action = $1", action))


async def test_a_certificate_of_another_ca_fails_in_the_handshake(hub: RunningHub, tmp_path: Path) -> None:
    agent = await hub.enroll()
    forged = kit.own_ca_shown(tmp_path, kit.new_authority(), agent.id)
    with pytest.raises(ssl.SSLError, match="UNKNOWN_CA"):
        await kit.status(hub.address, kit.client(hub.hub.tls.anchor, forged))
    assert measured("opsentrix_tls_refused_handshakes_total", reason="client_certificate") > 0


async def test_an_expired_certificate_fails_in_the_handshake(hub: RunningHub, tmp_path: Path) -> None:
    agent = await hub.enroll()
    assert hub.hub.tls.authority is not None
    expired = kit.own_ca_shown(tmp_path, hub.hub.tls.authority, agent.id, life=-kit.LIFE / 10_000)
    with pytest.raises(ssl.SSLError, match="CERTIFICATE_EXPIRED"):
        await kit.status(hub.address, kit.client(hub.hub.tls.anchor, expired))


async def test_a_certificate_that_the_hub_did_not_write_down_is_refused(hub: RunningHub, tmp_path: Path) -> None:
    agent = await hub.enroll()
    assert hub.hub.tls.authority is not None
    unknown = kit.own_ca_shown(tmp_path, hub.hub.tls.authority, agent.id)
    assert (await beat(hub, agent.id, unknown, agent.headers)).status_code == 401


async def test_the_hubs_own_server_certificate_is_no_agents(hub: RunningHub, tmp_path: Path) -> None:
    agent = await hub.enroll()
    server = Shown(tmp_path / "tls/server.pem")
    with pytest.raises(ssl.SSLError, match="ALERT"):
        await kit.status(hub.address, kit.client(hub.hub.tls.anchor, server), f"/api/v1/agents/{agent.id}")


async def test_a_revoked_certificate_ends_the_session_and_lets_nobody_in(hub: RunningHub, tmp_path: Path) -> None:
    agent = await hub.enroll()
    shown = await certified(hub, agent, tmp_path)
    context = kit.client(hub.hub.tls.anchor, shown)
    serial = shown.file.stem
    async with hub.agent(agent, context) as session:
        await session.hello()
        async with client(hub, Cookie=f"opsentrix_session={await hub.session(Role.OPERATOR)}") as operator:
            listed = (await operator.get(f"/api/v1/certificates?agent={agent.id}")).json()["items"]
            assert [(one["serial"], one["state"]) for one in listed] == [(serial, "valid")]
            assert (await operator.delete(f"/api/v1/certificates/{serial}")).status_code == 204
            assert (await operator.delete(f"/api/v1/certificates/{serial}")).status_code == 404
            listed = (await operator.get("/api/v1/certificates")).json()["items"]
            assert listed[0]["state"] == "revoked"
        assert "revoked" in await session.closed()
    assert "revoked" in (await beat(hub, agent.id, shown, agent.headers)).json()["detail"]
    assert (await ask(hub, agent, kit.request(), shown)).status_code == 401


async def test_what_another_process_revokes_is_followed(hub: RunningHub, tmp_path: Path) -> None:
    agent = await hub.enroll()
    shown = await certified(hub, agent, tmp_path)
    async with hub.agent(agent, kit.client(hub.hub.tls.anchor, shown)) as session:
        await session.hello()
        await hub.fetch(
            "UPDATE certificates SET revoked_at = clock_timestamp(), changed_at = clock_timestamp() RETURNING serial"
        )
        assert "revoked" in await session.closed()


async def test_a_session_ends_with_its_certificate(strict: RunningHub, tmp_path: Path) -> None:
    agent = await strict.enroll()
    shown = await certified(strict, agent, tmp_path)
    async with strict.agent(agent, kit.client(strict.hub.tls.anchor, shown)) as session:
        await session.hello()
        held = strict.hub.certificates._held[agent.id]
        strict.hub.certificates._held[agent.id] = type(held)(held.agent_id, held.serial, kit.now())
        assert "expired" in await session.closed()


async def test_the_credential_alone_gets_no_second_certificate(strict: RunningHub, tmp_path: Path) -> None:
    agent = await strict.enroll()
    lost = await ask(strict, agent, kit.request())  # the answer is lost: the agent shows no certificate, and asks again
    assert lost.status_code == 201
    shown = await certified(strict, agent, tmp_path)
    assert (await beat(strict, agent.id, shown, agent.headers)).status_code == 204
    await until(lambda: _used(strict))
    assert (await ask(strict, agent, kit.request())).status_code == 403
    renewed = await certified(strict, agent, tmp_path, shown)
    assert (await beat(strict, agent.id, renewed, agent.headers)).status_code == 204


async def _used(hub: RunningHub) -> bool:
    return bool(await hub.fetch("SELECT 1 FROM certificates WHERE used_at IS NOT NULL"))


async def test_after_all_expired_the_credential_serves_again_unless_one_was_revoked(
    strict: RunningHub, tmp_path: Path
) -> None:
    agent = await strict.enroll()
    shown = await certified(strict, agent, tmp_path)
    assert (await beat(strict, agent.id, shown, agent.headers)).status_code == 204
    await until(lambda: _used(strict))
    await strict.fetch("UPDATE certificates SET not_after = now() - interval '1 s' RETURNING 1")
    assert (await ask(strict, agent, kit.request())).status_code == 201
    await strict.fetch("UPDATE certificates SET revoked_at = now(), not_after = now() - interval '1 s' RETURNING 1")
    answer = await ask(strict, agent, kit.request())
    assert answer.status_code == 403
    assert "revoked" in answer.json()["detail"]


EMPTY = "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"


@pytest.mark.parametrize("csr", ["", "x", EMPTY, "é" * 100, "A" * 9000], ids=range(5))
async def test_no_request_is_422(strict: RunningHub, csr: str) -> None:
    assert (await ask(strict, await strict.enroll(), csr)).status_code == 422


async def test_weak_and_forged_requests_are_422(strict: RunningHub) -> None:
    agent = await strict.enroll()
    weak = rsa.generate_private_key(65537, 1024)  # noqa: S505 - that is what is refused
    for key, said in ((weak, "1024 bits is weak"), (ec.generate_private_key(ec.SECP192R1()), "weak")):
        answer = await ask(strict, agent, kit.request(key))  # type: ignore[arg-type]  # a kind that is not made usually
        assert answer.status_code == 422
        assert said in answer.text
    lines = kit.request().splitlines()
    other = kit.request().splitlines()
    forged = "\n".join([*lines[:-2], other[-2], lines[-1]])
    assert (await ask(strict, agent, forged)).status_code == 422


async def test_an_agent_that_lost_its_way_gets_no_more(strict: RunningHub) -> None:
    agent = await strict.enroll()
    answers = [(await ask(strict, agent, kit.request())).status_code for _ in range(11)]
    assert answers == [201] * 10 + [429]


async def test_a_hub_without_mtls_issues_none(dsn: str, tmp_path: Path) -> None:
    async with running(dsn, tmp_path, "off") as hub:
        assert (await ask(hub, await hub.enroll(), kit.request())).status_code == 409


async def test_only_the_agent_itself_gets_its_certificate(strict: RunningHub) -> None:
    one, other = await strict.enroll("one"), await strict.enroll("other")
    assert (await ask(strict, Enrolled(one.id, other.credential), kit.request())).status_code == 403
    assert (await ask(strict, Enrolled(one.id, "oxa_nobodys"), kit.request())).status_code == 401


@pytest.mark.parametrize("field", ["cn", "dns"])
async def test_certificates_of_a_company_name_the_agent(dsn: str, tmp_path: Path, field: str) -> None:
    company = kit.new_authority("example")
    (tmp_path / "company.pem").write_bytes(company.pem)
    settings = {"client_ca": str(tmp_path / "company.pem"), "client_cert_name": field}
    async with running(dsn, tmp_path, "required", **settings) as hub:
        agent, other = await hub.enroll("web-1.example"), await hub.enroll("web-2.example")
        shown = kit.named(tmp_path, company, "WEB-1.example" if field == "cn" else "x", "web-1.example")
        assert (await beat(hub, agent.id, shown, agent.headers)).status_code == 204
        assert (await beat(hub, agent.id, shown)).status_code == 204
        assert (await beat(hub, other.id, shown, other.headers)).status_code == 401
        nobody = kit.named(tmp_path, company, "nobody", "nobody.example")
        assert (await beat(hub, agent.id, nobody)).status_code == 401
        twin = await hub.enroll("web-1.example")
        assert (await beat(hub, agent.id, shown)).status_code == 401  # by name alone it is two agents
        assert (await beat(hub, agent.id, shown, agent.headers)).status_code == 204
        assert (await beat(hub, twin.id, shown, twin.headers)).status_code == 204


async def test_a_company_cannot_name_agents_as_the_hub_does(dsn: str, tmp_path: Path) -> None:
    company = kit.new_authority()
    (tmp_path / "company.pem").write_bytes(company.pem)
    async with running(dsn, tmp_path, "required", client_ca=str(tmp_path / "company.pem")) as hub:
        agent = await hub.enroll()
        shown = kit.own_ca_shown(tmp_path, company, agent.id)
        assert (await beat(hub, agent.id, shown, agent.headers)).status_code == 401


async def test_welcome_offers_certificates(hub: RunningHub, tmp_path: Path) -> None:
    agent = await hub.enroll()
    shown = await certified(hub, agent, tmp_path)
    async with hub.agent(agent, kit.client(hub.hub.tls.anchor, shown)) as session:
        assert "certificates" in (await session.hello()).capabilities


async def test_a_header_is_no_certificate(strict: RunningHub, tmp_path: Path) -> None:
    agent = await strict.enroll()
    shown = await certified(strict, agent, tmp_path)
    pem = shown.file.read_text().partition("-----BEGIN CERT")[2].replace("\n", "%0A")
    headers = {"X-Client-Cert": pem, "X-SSL-Client-Verify": "SUCCESS", "X-Forwarded-Client-Cert": pem}
    assert (await beat(strict, agent.id, None, agent.headers | headers)).status_code == 401

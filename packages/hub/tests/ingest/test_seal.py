"""Sealed sessions on a real hub: what opens, what does not, and that nothing plain passes where it must be sealed."""

import base64

import httpx
import pytest
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.sealing import Sealer, info_of, key_id

from packages.hub.tests.kit.agent import BOOT, FakeAgent, bare_frame, full_frame
from packages.hub.tests.kit.hub import Enrolled, RunningHub, measured


class SealingAgent:
    """An agent's end of a sealed session."""

    def __init__(self, agent: FakeAgent, sealer: Sealer) -> None:
        self.agent = agent
        self._sealer = sealer
        self._enc = sealer.enc

    @classmethod
    async def begun(cls, agent: FakeAgent, enrolled: Enrolled, public: bytes) -> "SealingAgent":
        """Ask for a seal and begin it."""
        await agent.send(seal_request=pb.SealRequest(key_id=key_id(public)))
        offer = (await agent.receive("seal_offer")).seal_offer
        return cls(agent, Sealer(public, info_of(enrolled.id, public, offer.nonce)))

    def seal(self, message: pb.AgentMessage) -> pb.Sealed:
        """Return the next message, sealed."""
        enc, self._enc = self._enc, b""
        return pb.Sealed(enc=enc, ciphertext=self._sealer.seal(message.SerializeToString()))

    async def send(self, **body: pb.Hello | pb.Frame | pb.Sealed) -> None:
        """Seal and send one message."""
        await self.agent.send(sealed=self.seal(pb.AgentMessage(**body)))  # type: ignore[arg-type]  # one of the kinds

    async def greet(self) -> "SealingAgent":
        """Say hello."""
        await self.send(hello=pb.Hello(boot_ids=[BOOT], step_ms=1000, frame_ticks=5))
        await self.agent.receive("welcome")
        return self


def refused(reason: str) -> float:
    return measured("opsentrix_ingest_rejects_total", reason=reason)


async def public_key(client: httpx.AsyncClient) -> bytes:
    return base64.b64decode((await client.get("/api/v1/payload-keys")).json()["items"][0]["public_key"])


async def require(client: httpx.AsyncClient, agent_id: int, *, required: bool = True) -> dict[str, object]:
    answer = await client.put(f"/api/v1/agents/{agent_id}/payload-encryption", json={"required": required})
    assert answer.status_code == 200, answer.text
    told: dict[str, object] = answer.json()
    return told


async def test_a_sealed_session_is_a_session_like_any_other(
    hub: RunningHub, enrolled: Enrolled, client: httpx.AsyncClient
) -> None:
    async with hub.agent(enrolled) as agent:
        sealing = await (await SealingAgent.begun(agent, enrolled, await public_key(client))).greet()
        await sealing.send(frame=full_frame(1))
        await sealing.send(frame=bare_frame(2))
        await agent.acked(1, 2)
        assert (await client.get(f"/api/v1/agents/{enrolled.id}")).json()["payload"] == {
            "required": False, "sealed": True,
        }  # fmt: skip
    assert await hub.fetch("SELECT seq FROM agent_metrics WHERE agent_id = $1 ORDER BY seq", enrolled.id)


async def test_registering_tells_the_key(hub: RunningHub, client: httpx.AsyncClient) -> None:
    token = (await client.post("/api/v1/enrollment-tokens", json={})).json()["token"]
    answer = await client.post(
        "/api/v1/agents/register", json={"name": "a", "type": "host", "host": "a"},
        headers={"Authorization": f"Bearer {token}"},
    )  # fmt: skip
    assert base64.b64decode(answer.json()["payload_key"]) == await public_key(client)


class TestRefused:
    async def ends(self, agent: FakeAgent, reason: pb.RejectReason) -> pb.Reject:
        reject = await agent.rejected()
        assert (reject.reason, reject.permanent) == (reason, False)
        assert await agent.closed() == pb.RejectReason.Name(reason).removeprefix("REJECT_REASON_").lower()
        return reject

    async def test_a_message_that_comes_twice(
        self, hub: RunningHub, enrolled: Enrolled, client: httpx.AsyncClient
    ) -> None:
        before = refused("seal_broken")
        async with hub.agent(enrolled) as agent:
            sealing = await (await SealingAgent.begun(agent, enrolled, await public_key(client))).greet()
            sealed = sealing.seal(pb.AgentMessage(frame=full_frame(1)))
            await agent.send(sealed=sealed)
            await agent.acked(1)
            await agent.send(sealed=sealed)
            await self.ends(agent, pb.REJECT_REASON_SEAL_BROKEN)
        assert refused("seal_broken") == before + 1

    async def test_a_whole_session_that_was_recorded(
        self, hub: RunningHub, enrolled: Enrolled, client: httpx.AsyncClient
    ) -> None:
        public = await public_key(client)
        async with hub.agent(enrolled) as agent:
            sealing = await SealingAgent.begun(agent, enrolled, public)
            hello = sealing.seal(pb.AgentMessage(hello=pb.Hello(boot_ids=[BOOT], step_ms=1000, frame_ticks=5)))
            await agent.send(sealed=hello)
            await agent.receive("welcome")
        async with hub.agent(enrolled) as agent:
            await agent.send(seal_request=pb.SealRequest(key_id=key_id(public)))
            await agent.receive("seal_offer")
            await agent.send(sealed=hello)
            await self.ends(agent, pb.REJECT_REASON_SEAL_BROKEN)

    async def test_messages_in_another_order(
        self, hub: RunningHub, enrolled: Enrolled, client: httpx.AsyncClient
    ) -> None:
        async with hub.agent(enrolled) as agent:
            sealing = await (await SealingAgent.begun(agent, enrolled, await public_key(client))).greet()
            sealing.seal(pb.AgentMessage(frame=full_frame(1)))
            await agent.send(sealed=sealing.seal(pb.AgentMessage(frame=full_frame(2))))
            await self.ends(agent, pb.REJECT_REASON_SEAL_BROKEN)

    @pytest.mark.parametrize("field", ["enc", "ciphertext"])
    @pytest.mark.parametrize("change", ["flipped", "cut", "empty"])
    async def test_one_that_was_changed(
        self, field: str, change: str, hub: RunningHub, enrolled: Enrolled, client: httpx.AsyncClient
    ) -> None:
        async with hub.agent(enrolled) as agent:
            sealing = await SealingAgent.begun(agent, enrolled, await public_key(client))
            sealed = sealing.seal(pb.AgentMessage(hello=pb.Hello(boot_ids=[BOOT])))
            was = bytearray(getattr(sealed, field))
            was[3] ^= 4
            setattr(sealed, field, {"flipped": bytes(was), "cut": bytes(was[:-1]), "empty": b""}[change])
            await agent.send(sealed=sealed)
            await self.ends(agent, pb.REJECT_REASON_SEAL_BROKEN)
        async with hub.greeted(enrolled) as agent:
            await agent.send(frame=full_frame(1))
            await agent.acked(1)

    async def test_a_key_that_the_hub_does_not_have(self, hub: RunningHub, enrolled: Enrolled) -> None:
        async with hub.agent(enrolled) as agent:
            await agent.send(seal_request=pb.SealRequest(key_id=bytes(8)))
            assert "enroll again" in (await self.ends(agent, pb.REJECT_REASON_SEAL_BROKEN)).detail

    async def test_a_seal_nobody_asked_for(self, hub: RunningHub, enrolled: Enrolled) -> None:
        async with hub.agent(enrolled) as agent:
            await agent.send(sealed=pb.Sealed(enc=bytes(32), ciphertext=bytes(40)))
            await self.ends(agent, pb.REJECT_REASON_SEAL_BROKEN)

    async def test_asking_twice(self, hub: RunningHub, enrolled: Enrolled, client: httpx.AsyncClient) -> None:
        request = pb.SealRequest(key_id=key_id(await public_key(client)))
        async with hub.agent(enrolled) as agent:
            await agent.send(seal_request=request)
            await agent.receive("seal_offer")
            await agent.send(seal_request=request)
            await self.ends(agent, pb.REJECT_REASON_SEAL_BROKEN)

    async def test_a_seal_within_a_seal(self, hub: RunningHub, enrolled: Enrolled, client: httpx.AsyncClient) -> None:
        async with hub.agent(enrolled) as agent:
            sealing = await (await SealingAgent.begun(agent, enrolled, await public_key(client))).greet()
            await sealing.send(sealed=pb.Sealed(ciphertext=b"x"))
            assert (await agent.rejected()).reason == pb.REJECT_REASON_MALFORMED

    async def test_a_plain_message_after_a_sealed_one(
        self, hub: RunningHub, enrolled: Enrolled, client: httpx.AsyncClient
    ) -> None:
        async with hub.agent(enrolled) as agent:
            await (await SealingAgent.begun(agent, enrolled, await public_key(client))).greet()
            await agent.send(frame=full_frame(1))
            await self.ends(agent, pb.REJECT_REASON_NOT_SEALED)

    async def test_plain_messages_of_an_agent_that_must_seal(
        self, hub: RunningHub, enrolled: Enrolled, client: httpx.AsyncClient
    ) -> None:
        async with hub.greeted(enrolled) as agent:
            assert await require(client, enrolled.id) == {"required": True, "sealed": False}
            assert await agent.closed() == "it must seal what it sends"
        async with hub.agent(enrolled) as agent:
            await agent.send(hello=pb.Hello(boot_ids=[BOOT]))
            assert "payload_encryption" in (await self.ends(agent, pb.REJECT_REASON_NOT_SEALED)).detail
        posted = await client.post(
            f"/api/v1/agents/{enrolled.id}/metrics", json={"metrics": {"a": 1}}, headers=enrolled.headers
        )
        assert posted.status_code == 403
        async with hub.agent(enrolled) as agent:
            sealing = await (await SealingAgent.begun(agent, enrolled, await public_key(client))).greet()
            await sealing.send(frame=full_frame(1))
            await agent.acked(1)
        await require(client, enrolled.id, required=False)
        async with hub.greeted(enrolled) as agent:
            await agent.send(frame=full_frame(2))
            await agent.acked(2)


class TestKeys:
    async def test_an_older_key_is_good_until_it_is_removed(
        self, hub: RunningHub, enrolled: Enrolled, client: httpx.AsyncClient
    ) -> None:
        older = await public_key(client)
        made = (await client.post("/api/v1/payload-keys")).json()
        assert base64.b64decode(made["public_key"]) == await public_key(client) != older
        async with hub.agent(enrolled) as agent:
            await (await SealingAgent.begun(agent, enrolled, older)).greet()
        gone = await client.delete(f"/api/v1/payload-keys/{key_id(older).hex()}")
        assert gone.status_code == 204
        async with hub.agent(enrolled) as agent:
            await agent.send(seal_request=pb.SealRequest(key_id=key_id(older)))
            assert (await agent.rejected()).reason == pb.REJECT_REASON_SEAL_BROKEN

    async def test_the_newest_cannot_be_removed_and_others_must_exist(self, client: httpx.AsyncClient) -> None:
        newest = key_id(await public_key(client)).hex()
        assert (await client.delete(f"/api/v1/payload-keys/{newest}")).status_code == 409
        assert (await client.delete(f"/api/v1/payload-keys/{'0' * 16}")).status_code == 404
        assert (await client.delete("/api/v1/payload-keys/nokey")).status_code == 422

    async def test_the_private_key_is_nowhere_in_clear(self, hub: RunningHub, client: httpx.AsyncClient) -> None:
        public = await public_key(client)
        private = await hub.hub.services.payload_keys.private(key_id(public))
        assert private is not None
        (row,) = await hub.fetch("SELECT private_key FROM payload_keys WHERE public_key = $1", public)
        assert private not in row["private_key"]
        assert base64.b64encode(private).decode() not in (await client.get("/api/v1/payload-keys")).text

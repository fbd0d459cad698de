"""What holds for an agent's session whichever link carries it."""

import asyncio
import contextlib
import hashlib

import pytest
from opsentrix.api.links import carrier, rest
from opsentrix.ingest import writer
from opsentrix.model.agents import TokenRequest
from opsentrix_protocol import opsentrix_pb2 as pb

from packages.hub.tests.kit.agent import BOOT, OTHER_BOOT, FakeAgent, bare_frame, full_frame, now_ms
from packages.hub.tests.kit.hub import Enrolled, RunningHub, measured, until
from packages.hub.tests.kit.links import ENDED, EndedError, RefusedError, Way
from packages.hub.tests.kit.postgres import Postgres

KIND = pb.IdentityNotice


async def stored(hub: RunningHub, agent: Enrolled) -> list[int]:
    rows = await hub.fetch("SELECT seq FROM agent_metrics WHERE agent_id = $1 ORDER BY boot, seq", agent.id)
    return [row["seq"] for row in rows]


def sessions(way: Way) -> float:
    return measured("opsentrix_agent_sessions", link=way.link)


async def still_works(agent: FakeAgent, seq: int = 1000) -> None:
    await agent.send(frame=full_frame(seq))
    await agent.acked(seq)


class TestSession:
    async def test_the_welcome_and_acks_come_and_each_session_is_counted(
        self, way: Way, hub: RunningHub, enrolled: Enrolled
    ) -> None:
        before = measured("opsentrix_ingest_frames_total", link=way.link), sessions(way)
        async with way.agent(enrolled) as agent:
            welcome = await agent.hello()
            assert (welcome.agent_id, welcome.committed[0].boot_id) == (enrolled.id, BOOT)
            assert sessions(way) == before[1] + 1
            for seq in range(1, 6):
                await agent.send(frame=full_frame(seq, first_ms=now_ms() - seq * 5000))
            await agent.acked(*range(1, 6))
        assert measured("opsentrix_ingest_frames_total", link=way.link) == before[0] + 5
        assert await stored(hub, enrolled) == [1, 2, 3, 4, 5]

    async def test_an_agent_that_comes_back_learns_what_is_committed(
        self, way: Way, hub: RunningHub, enrolled: Enrolled
    ) -> None:
        async with way.greeted(enrolled) as agent:
            for seq in (1, 2, 5):
                await agent.send(frame=full_frame(seq, first_ms=now_ms() - seq * 5000))
            await agent.acked(1, 2, 5)
        async with way.agent(enrolled) as agent:
            welcome = await agent.hello(layout_ids=[full_frame(1).layout_id])
            assert [(span.first, span.last) for span in welcome.committed[0].ranges] == [(1, 2), (5, 5)]
            assert len(welcome.known_layout_ids) == 1
            await agent.send(frame=bare_frame(2))
            await agent.send(frame=bare_frame(3))
            await agent.acked(2, 3)
        assert await stored(hub, enrolled) == [1, 2, 3, 5]

    async def test_the_hub_speaks_first_when_it_has_something_to_say(
        self, way: Way, hub: RunningHub, enrolled: Enrolled
    ) -> None:
        async with way.greeted(enrolled) as agent:
            hub.hub.sessions.pace(enrolled.id, 1)
            assert await agent.paced() == 1
            hub.hub.sessions.pace(enrolled.id, 0)
            assert await agent.paced() == 0

    async def test_configuration_and_restart_reach_the_agent(
        self, way: Way, hub: RunningHub, enrolled: Enrolled
    ) -> None:
        async with way.agent(enrolled) as agent, hub.client(await hub.session()) as client:
            await agent.send(
                hello=pb.Hello(boot_ids=[BOOT], step_ms=1000, frame_ticks=5, capabilities=["configuration"])
            )
            await agent.receive("welcome")
            url = f"/api/v1/agents/{enrolled.id}"
            assert (
                await client.put(f"{url}/config", json={"content": {"paused": True}, "based_on": 0})
            ).status_code == 200
            pushed = (await agent.receive("configuration")).configuration
            assert (pushed.version, "paused" in pushed.content_json) == (1, True)
            assert (await client.post(f"{url}/restart")).status_code == 202
            assert (await agent.receive("control")).control.action == pb.Control.ACTION_RESTART

    async def test_a_heartbeat_makes_the_agent_online_and_a_goodbye_offline(
        self, way: Way, hub: RunningHub, enrolled: Enrolled
    ) -> None:
        def status() -> str:
            known = hub.hub.registry.get(enrolled.id)
            return known.status if known else ""

        async with way.greeted(enrolled) as agent:
            await until(lambda: status() == "online")
            await agent.send(heartbeat=pb.Heartbeat(status=pb.AGENT_STATUS_OFFLINE))
            await until(lambda: status() == "offline")

    async def test_it_is_over_when_the_agent_is_gone(
        self, way: Way, enrolled: Enrolled, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rest, "IDLE_S", 0.1)
        before = sessions(way)
        async with way.greeted(enrolled):
            assert sessions(way) == before + 1
        await until(lambda: sessions(way) == before)


class TestRefusals:
    @pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer oxa_wrong"}, {"Authorization": "Basic eA=="}])
    async def test_nobody_unknown_gets_in(self, headers: dict[str, str], way: Way) -> None:
        counted = measured("opsentrix_agent_sessions_refused_total", link=way.link, reason="credential")
        before = sessions(way)
        with pytest.raises(RefusedError, match=r"40[13]|UNAUTHENTICATED"):
            async with way.connect(headers):
                pass
        assert sessions(way) == before
        if way.link != "rest":  # whose requests are counted as such
            assert measured("opsentrix_agent_sessions_refused_total", link=way.link, reason="credential") == counted + 1

    async def test_a_credential_does_not_open_another_agents_session(self, way: Way, hub: RunningHub) -> None:
        one, two = await hub.enroll("one"), await hub.enroll("two")
        async with way.greeted(one) as agent:
            await still_works(agent)
            async with way.connect(two.headers, two.id) as socket:
                other = FakeAgent(socket)  # type: ignore[arg-type]  # of the same face
                assert (await other.hello()).agent_id == two.id
            await still_works(agent, 1001)
        assert await stored(hub, two) == []

    async def test_over_the_most_agents_nobody_else_gets_in(
        self, way: Way, hub: RunningHub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        one, two = await hub.enroll("one"), await hub.enroll("two")
        counted = measured("opsentrix_agent_sessions_refused_total", link=way.link, reason="capacity")
        monkeypatch.setattr(hub.hub.sessions, "_most", 1)
        async with way.greeted(one):
            with pytest.raises((RefusedError, *ENDED)):
                async with way.greeted(two):
                    pass
            async with way.greeted(one) as again:  # it is in already
                await still_works(again)
        assert measured("opsentrix_agent_sessions_refused_total", link=way.link, reason="capacity") == counted + 1

    @pytest.mark.parametrize("message", [b"\xff\xff\xff", b"", b"\x12\x05ab"])
    async def test_what_is_no_message_is_refused_and_the_session_goes_on(
        self, message: bytes, way: Way, enrolled: Enrolled
    ) -> None:
        before = measured("opsentrix_ingest_rejects_total", reason="malformed")
        async with way.greeted(enrolled) as agent:
            await agent.socket.send(message)
            assert (await agent.rejected()).reason == pb.REJECT_REASON_MALFORMED
            await still_works(agent)
        assert measured("opsentrix_ingest_rejects_total", reason="malformed") == before + 1

    async def test_a_bad_frame_is_named(self, way: Way, enrolled: Enrolled) -> None:
        async with way.greeted(enrolled) as agent:
            await agent.send(frame=bare_frame(1))
            reject = await agent.rejected()
            assert (reject.reason, reject.permanent) == (pb.REJECT_REASON_UNKNOWN_LAYOUT, False)
            await still_works(agent, 1)

    async def test_too_large_a_message_harms_nobody_else(self, way: Way, hub: RunningHub) -> None:
        one, two = await hub.enroll("one"), await hub.enroll("two")
        event = pb.Event(message="x" * (hub.hub.settings.max_body_bytes + 1))
        async with way.greeted(one) as agent, way.greeted(two) as other:
            with contextlib.suppress(*ENDED):
                await agent.send(event=event)
                assert (await agent.rejected()).reason == pb.REJECT_REASON_TOO_LARGE
            await still_works(other)
        async with way.greeted(one) as agent:
            await still_works(agent)


class TestEnd:
    async def test_of_two_sessions_of_one_agent_the_older_is_closed(self, way: Way, enrolled: Enrolled) -> None:
        before = sessions(way)
        async with way.greeted(enrolled) as old, way.greeted(enrolled) as new:
            assert "newer" in await old.closed()
            await still_works(new)
            await until(lambda: sessions(way) == before + 1)

    async def test_a_session_on_another_link_is_closed_too(self, way: Way, hub: RunningHub, enrolled: Enrolled) -> None:
        async with way.greeted(enrolled) as old, hub.greeted(enrolled) as new:
            assert "newer session" in await old.closed()
            await still_works(new)

    async def test_an_agent_that_is_deleted_is_cut_off_at_once(
        self, way: Way, hub: RunningHub, enrolled: Enrolled
    ) -> None:
        before = sessions(way)
        async with way.greeted(enrolled) as agent:
            async with hub.client(await hub.session()) as client:
                assert (await client.delete(f"/api/v1/agents/{enrolled.id}")).status_code == 204
            await until(lambda: sessions(way) == before, 1.0)
            await agent.closed()
        with pytest.raises((RefusedError, *ENDED)):
            async with way.greeted(enrolled):
                pass

    async def test_who_says_nothing_is_not_kept(
        self, way: Way, enrolled: Enrolled, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(carrier, "HELLO_WITHIN_S", 0.05)
        before = sessions(way)
        async with way.agent(enrolled) as agent:
            if way.link != "rest":  # where nothing is open before Hello
                assert "said no hello" in await agent.closed()
            await until(lambda: sessions(way) == before)

    async def test_an_agent_that_never_reads_is_cut_off(
        self, way: Way, enrolled: Enrolled, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(carrier, "MAX_UNSENT_BYTES", 500_000)
        monkeypatch.setattr(carrier, "MAX_UNSENT", 1 << 30)  # so that it is the bytes that end it
        monkeypatch.setattr(carrier, "CLOSE_WITHIN_S", 0.1)
        before = sessions(way)
        bad = full_frame(1)
        bad.boot_id = bytes(60_000)  # comes back in each Reject, so that the way back is soon full
        async with way.greeted(enrolled) as agent:
            if way.link in {"websocket", "socketio"}:
                socket = agent.socket if way.link == "websocket" else agent.socket._socket  # type: ignore[attr-defined]  # of SocketIoSocket
                socket.transport.pause_reading()
            async with asyncio.timeout(10):
                while sessions(way) > before:
                    with contextlib.suppress(TimeoutError, *ENDED):
                        await asyncio.wait_for(agent.send(frame=bad), 0.1)
            if way.link in {"websocket", "socketio"}:
                socket.transport.abort()


class TestIdentity:
    async def test_a_credential_is_renewed_and_the_one_before_still_lets_in(
        self, way: Way, hub: RunningHub, enrolled: Enrolled
    ) -> None:
        new = Enrolled(enrolled.id, "oxa_" + "n" * 43)
        hashed = hashlib.sha256(new.credential.encode()).digest()
        async with way.greeted(enrolled, capabilities=["identity"]) as agent, hub.client(await hub.session()) as client:
            url = f"/api/v1/agents/{enrolled.id}"
            assert (await client.post(f"{url}/credential/rotate")).status_code == 202
            assert (await agent.noticed()).kind == KIND.KIND_ROTATE
            await agent.send(credential_offer=pb.CredentialOffer(sha256=hashed))
            notice = await agent.noticed()
            assert (notice.kind, notice.sha256) == (KIND.KIND_ACCEPTED, hashed)
            await still_works(agent, 1)

            async def states() -> list[str]:
                shown = (await client.get(f"{url}/identity")).json()
                return [one["state"] for one in shown["credentials"]]

            async def settled() -> bool:
                return await states() == ["active", "retiring"]

            async with way.greeted(new) as renewed:
                await until(settled)
                await still_works(renewed, 2)
            async with way.greeted(enrolled) as restored:  # its disk was put back
                await still_works(restored, 3)
        assert await stored(hub, enrolled) == [1, 2, 3]

    async def test_who_is_revoked_is_told_and_cut_off_within_a_second_and_not_let_in_again(
        self, way: Way, hub: RunningHub, enrolled: Enrolled
    ) -> None:
        before = sessions(way)
        async with way.greeted(enrolled) as agent, hub.client(await hub.session()) as client:
            body = {"reason": "stolen"}
            assert (await client.post(f"/api/v1/agents/{enrolled.id}/revoke", json=body)).status_code == 200
            if way.link == "rest":  # where each request is judged anew
                with pytest.raises(EndedError, match=r"403.*revoked"):
                    await agent.noticed()
            else:
                notice = await agent.noticed()
                assert (notice.kind, notice.detail) == (KIND.KIND_REVOKED, "stolen")
            await until(lambda: sessions(way) == before, 1.0)
            with contextlib.suppress(RefusedError, *ENDED):
                await agent.send(frame=full_frame(1))
                await agent.closed()
        with pytest.raises(RefusedError, match=r"revoked"):
            async with way.greeted(enrolled):
                pass
        assert await stored(hub, enrolled) == []

    async def test_who_waits_for_approval_is_told_so_and_is_let_in_once_approved(
        self, way: Way, hub: RunningHub
    ) -> None:
        waiting = await hub.enroll("waiting", TokenRequest(approval=True))
        async with way.agent(waiting) as agent, hub.client(await hub.session()) as client:
            await agent.say_hello(host={"os.type": "linux"})
            assert (await agent.noticed()).kind == KIND.KIND_PENDING
            await agent.send(frame=full_frame(1))
            assert (await agent.rejected()).reason == pb.REJECT_REASON_MALFORMED
            url = f"/api/v1/agents/{waiting.id}"
            assert (await client.get(url)).json()["facts"]["os.type"] == "linux"
            assert (await client.post(f"{url}/approve")).status_code == 200
            assert "approved" in await agent.closed()
        async with way.greeted(waiting) as agent:
            await still_works(agent, 2)
        assert await stored(hub, waiting) == [2]

    async def test_two_hosts_that_share_an_identity_are_noticed_and_one_is_kept(
        self, way: Way, hub: RunningHub, enrolled: Enrolled
    ) -> None:
        async with hub.client(await hub.session()) as client:
            url = f"/api/v1/agents/{enrolled.id}"
            for _ in range(2):
                for boot in (BOOT, OTHER_BOOT):
                    async with way.agent(enrolled) as agent:
                        await agent.say_hello(boot)
                        await agent.receive("welcome")
            clone = (await client.get(f"{url}/identity")).json()["clone"]
            assert {one["run"] for one in clone["hosts"]} == {BOOT.hex(), OTHER_BOOT.hex()}
            assert (await client.post(f"{url}/clone/keep", json={"run": BOOT.hex()})).status_code == 200
        async with way.agent(enrolled) as agent:
            await agent.say_hello(OTHER_BOOT)
            assert (await agent.noticed()).kind == KIND.KIND_REVOKED
        async with way.agent(enrolled) as agent:
            await agent.say_hello(BOOT, capabilities=["identity"])
            await agent.receive("welcome")
            assert (await agent.noticed()).kind == KIND.KIND_ROTATE


class TestDatabase:
    async def test_frames_are_kept_while_it_is_away_and_acked_later(
        self, way: Way, hub: RunningHub, enrolled: Enrolled, postgres: Postgres
    ) -> None:
        async with way.greeted(enrolled) as agent:
            await still_works(agent, 1)
            async with postgres.away(hub.dsn):
                for seq in (2, 3, 4):
                    await agent.send(frame=bare_frame(seq))
            await agent.acked(2, 3, 4)
        assert await stored(hub, enrolled) == [1, 2, 3, 4]

    async def test_an_agent_that_connects_meanwhile_is_told_to_try_again(
        self, way: Way, hub: RunningHub, enrolled: Enrolled, postgres: Postgres
    ) -> None:
        async with postgres.away(hub.dsn), way.agent(enrolled) as agent:
            with contextlib.suppress(*ENDED):
                await agent.send(hello=pb.Hello(boot_ids=[BOOT]))
                await agent.closed()
            assert "database" in (agent.socket.close_reason or "")
        async with way.greeted(enrolled) as agent:
            await still_works(agent)

    async def test_a_full_queue_holds_the_sender_up_and_loses_nothing(
        self, way: Way, hub: RunningHub, enrolled: Enrolled, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(writer, "_MAX_WAITING", 2)
        async with way.greeted(enrolled) as agent:
            await still_works(agent, 1)
            for seq in range(2, 12):
                await agent.send(frame=bare_frame(seq, first_ms=now_ms() - seq * 5000))
            await agent.acked(*range(2, 12))

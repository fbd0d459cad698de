"""The WebSocket that carries a session: who gets in, who replaces whom, and what happens while something is away."""

import asyncio
import contextlib

import pytest
import websockets
from opsentrix.api.links import carrier
from opsentrix_protocol import opsentrix_pb2 as pb

from packages.hub.tests.kit.agent import BOOT, SERIES, FakeAgent, bare_frame, full_frame
from packages.hub.tests.kit.hub import Enrolled, RunningHub, measured, until
from packages.hub.tests.kit.postgres import Postgres

from .test_session import still_works, stored


class TestLink:
    @pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer oxa_wrong"}, {"Authorization": "Basic eA=="}])
    async def test_nobody_unknown_gets_in(self, headers: dict[str, str], hub: RunningHub) -> None:
        with pytest.raises(websockets.InvalidStatus) as refused:
            async with FakeAgent.connected(f"ws://{hub.address}/api/v1/agents/connect", headers):
                pass
        assert refused.value.response.status_code == 401

    async def test_of_two_sessions_of_one_agent_the_older_is_closed(self, hub: RunningHub, enrolled: Enrolled) -> None:
        before = measured("opsentrix_agent_sessions", link="websocket")
        async with hub.greeted(enrolled) as old, hub.greeted(enrolled) as new:
            assert "newer session" in await old.closed()
            await still_works(new)
            await until(lambda: measured("opsentrix_agent_sessions", link="websocket") == before + 1)
        await until(lambda: measured("opsentrix_agent_sessions", link="websocket") == before)
        async with hub.greeted(enrolled) as again:
            await still_works(again, 1001)

    async def test_frames_are_kept_while_the_database_is_away_and_acked_later(
        self, hub: RunningHub, enrolled: Enrolled, postgres: Postgres
    ) -> None:
        async with hub.greeted(enrolled) as agent:
            await still_works(agent, 1)
            async with postgres.away(hub.dsn):
                for seq in (2, 3, 4):
                    await agent.send(frame=bare_frame(seq))
                await agent.quiet(0.5)
            await agent.acked(2, 3, 4)
        assert await stored(hub, enrolled) == [1, 2, 3, 4]

    async def test_a_new_layout_while_the_database_is_away_is_asked_for_later(
        self, hub: RunningHub, enrolled: Enrolled, postgres: Postgres
    ) -> None:
        async with hub.greeted(enrolled) as agent:
            async with postgres.away(hub.dsn):
                await agent.send(frame=full_frame(1))
                reject = await agent.rejected()
                assert (reject.reason, reject.permanent) == (pb.REJECT_REASON_BUSY, False)
                assert reject.retry_after_ms > 0
            await still_works(agent, 1)

    async def test_an_agent_that_connects_while_the_database_is_away_is_told_to_try_again(
        self, hub: RunningHub, enrolled: Enrolled, postgres: Postgres
    ) -> None:
        async with postgres.away(hub.dsn), hub.agent(enrolled) as agent:
            await agent.send(hello=pb.Hello(boot_ids=[BOOT]))
            await agent.closed()
            assert agent.socket.close_code == 1013
        async with hub.greeted(enrolled) as agent:
            await still_works(agent)

    async def test_an_agent_that_never_reads_is_cut_off(
        self, hub: RunningHub, enrolled: Enrolled, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(carrier, "MAX_UNSENT", 50)
        monkeypatch.setattr(carrier, "CLOSE_WITHIN_S", 0.1)
        before = measured("opsentrix_agent_sessions", link="websocket")
        bad = full_frame(1)
        bad.boot_id = bytes(60_000)  # comes back in each Reject, so that the way back is soon full
        async with hub.greeted(enrolled) as agent:
            agent.socket.transport.pause_reading()
            async with asyncio.timeout(10):
                while measured("opsentrix_agent_sessions", link="websocket") > before:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(agent.send(frame=bad), 0.1)
            agent.socket.transport.abort()

    async def test_the_series_of_all_agents_with_one_layout_are_held_once(self, hub: RunningHub) -> None:
        one, two = await hub.enroll("one"), await hub.enroll("two")
        for enrolled in (one, two):
            async with hub.greeted(enrolled) as agent:
                await still_works(agent)
        layouts = [await hub.hub.layouts.get(one.id, bare_frame(1).layout_id) for one in (one, two)]
        assert layouts[0] is not None
        assert layouts[1] is not None
        assert layouts[0].layout.series is layouts[1].layout.series
        assert layouts[0].layout.series == SERIES

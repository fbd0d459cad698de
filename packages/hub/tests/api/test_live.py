"""The live feed as a browser sees it."""

import contextlib
import math
import struct
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import websockets
from opsentrix.live.outbox import IN_FLIGHT, QUEUED
from opsentrix_protocol import opsentrix_pb2 as pb

from packages.hub.tests.kit.agent import FakeAgent, bare_frame, full_frame, now_ms
from packages.hub.tests.kit.hub import Enrolled, RunningHub, measured, until
from packages.hub.tests.kit.live import Browser, RefusedError


async def refusal(hub: RunningHub, cookie: str) -> str:
    try:
        async with hub.browser(cookie):
            return ""
    except RefusedError as error:
        return str(error)


class TestConnecting:
    async def test_only_who_is_logged_in_gets_in(self, hub: RunningHub) -> None:
        token = await hub.session()
        assert await refusal(hub, token) == ""
        assert await refusal(hub, "wrong") == "unauthorized"
        assert await refusal(hub, "") == "unauthorized"
        async with hub.database.connection() as connection:
            await connection.execute("UPDATE user_sessions SET expires_at = now()")
        assert await refusal(hub, token) == "unauthorized"

    async def test_cookies_of_other_programs_do_not_matter(self, hub: RunningHub) -> None:
        token = await hub.session()
        assert await refusal(hub, f'x; theirs={{"a": [1]}}; opsentrix_session={token}; b') == ""

    async def test_pages_of_other_sites_are_refused(self, hub: RunningHub) -> None:
        with pytest.raises(websockets.InvalidStatus):
            async with hub.browser(await hub.session(), Origin="http://evil.example"):
                pass

    async def test_browsers_are_counted(self, hub: RunningHub) -> None:
        before = measured("opsentrix_live_subscribers")
        async with hub.browser(await hub.session()):
            assert measured("opsentrix_live_subscribers") == before + 1
        await until(lambda: measured("opsentrix_live_subscribers") == before)


@contextlib.asynccontextmanager
async def watching(hub: RunningHub, agent: Enrolled) -> AsyncIterator[Browser]:
    async with hub.browser(await hub.session()) as browser:
        assert await browser.ask("watch_agent", {"agent": agent.id}) == {"ok": True}
        yield browser


class TestAgent:
    async def test_samples_come_after_their_layout(self, hub: RunningHub, enrolled: Enrolled) -> None:
        frame = full_frame(1, ticks=2, values=[1, 2, 3, 4, 5, 6], first_ms=now_ms() - 5000)
        async with hub.greeted(enrolled) as agent, watching(hub, enrolled) as browser:
            await agent.send(frame=frame)
            layout = await browser.event("layout")
            samples = await browser.event("samples")
            assert layout.data["agent"] == samples.data["agent"] == enrolled.id
            assert layout.data["layout"] == samples.data["layout"] == f"{frame.layout_id:016x}"
            assert [(one["metric"], one["labels"]) for one in layout.data["series"]] == [
                ("test.gauge", {"name": "a"}), ("test.gauge", {"name": "b"}), ("test.rate", {}),
            ]  # fmt: skip
            assert samples.data["t"] == [frame.first_tick_ms / 1000, frame.first_tick_ms / 1000 + 1]
            assert struct.unpack("<6d", samples.data["v"]) == (1, 2, 3, 4, 5, 6)
            assert samples.ack

    async def test_absent_samples_are_nan(self, hub: RunningHub, enrolled: Enrolled) -> None:
        frame = full_frame(1, ticks=1)
        frame.MergeFrom(pb.Frame(absent=bare_frame(1, ticks=1, absent=b"\x02").absent))
        async with hub.greeted(enrolled) as agent, watching(hub, enrolled) as browser:
            await agent.send(frame=frame)
            values = struct.unpack("<3d", (await browser.event("samples")).data["v"])
        assert [math.isnan(value) for value in values] == [False, True, False]

    async def test_status_reaches_the_watcher_by_itself(self, hub: RunningHub, enrolled: Enrolled) -> None:
        async with watching(hub, enrolled) as browser, hub.greeted(enrolled) as agent:
            online = await browser.event("status")
            assert (online.data["agent"], online.data["status"]) == (enrolled.id, "online")
            assert online.data["last_heartbeat"]
            await agent.send(heartbeat=pb.Heartbeat(status=pb.AGENT_STATUS_OFFLINE))
            assert (await browser.event("status")).data["status"] == "offline"

    async def test_an_agent_that_falls_silent_is_offline_within_two_intervals(self, hub: RunningHub) -> None:
        enrolled = await hub.enroll(reporting_interval=1)
        async with hub.browser(await hub.session()) as browser, hub.client() as client:
            await browser.ask("watch_agent", {"agent": enrolled.id})
            await client.post(f"/api/v1/agents/{enrolled.id}/heartbeat", json={}, headers=enrolled.headers)
            silent = time.monotonic()
            assert (await browser.event("status")).data["status"] == "online"
            assert (await browser.event("status")).data["status"] == "offline"
            # Two intervals of a second, and the sweeps after it; the rest is for a busy machine.
            assert 1.9 <= time.monotonic() - silent < 3

    async def test_processes_come_too_and_at_once_when_known(self, hub: RunningHub, enrolled: Enrolled) -> None:
        frame = full_frame(1)
        frame.processes.time_ms = 5000
        frame.processes.processes.add(pid=7, name="postgres")
        async with hub.greeted(enrolled) as agent:
            async with watching(hub, enrolled) as browser:
                await agent.send(frame=frame)
                processes = (await browser.event("processes")).data
                assert (processes["agent"], processes["time"]) == (enrolled.id, 5.0)
                assert processes["items"][0]["name"] == "postgres"
            async with watching(hub, enrolled) as late:
                assert (await late.event("processes")).data == processes

    async def test_the_agent_is_asked_for_every_second_while_it_is_watched(
        self, hub: RunningHub, enrolled: Enrolled
    ) -> None:
        async with hub.greeted(enrolled) as agent:
            async with watching(hub, enrolled) as browser:
                assert await agent.paced() == 1
                async with watching(hub, enrolled):
                    await agent.quiet(0.1)
                await agent.quiet(0.1)
                await browser.ask("unwatch_agent", {"agent": enrolled.id})
                assert await agent.paced() == 0
            async with watching(hub, enrolled):
                assert await agent.paced() == 1
            assert await agent.paced() == 0, "a browser that is gone watches no more"

    async def test_an_agent_that_connects_later_learns_that_it_is_watched(
        self, hub: RunningHub, enrolled: Enrolled
    ) -> None:
        async with watching(hub, enrolled), hub.agent(enrolled) as agent:
            assert (await agent.hello()).frame_ticks == 1
        async with hub.agent(enrolled) as agent:
            assert (await agent.hello()).frame_ticks == 0

    @pytest.mark.parametrize(
        "data", [None, {}, [], "x", {"agent": "1"}, {"agent": 77}, {"agent": True}, {"agent": 1e300}, {"agent": 2**70}]
    )
    async def test_what_is_no_agent_cannot_be_watched(self, data: object, hub: RunningHub, enrolled: Enrolled) -> None:
        async with hub.browser(await hub.session()) as browser:
            answer = await browser.ask("watch_agent", data)
            assert (answer["ok"], bool(answer["error"])) == (False, True)
            assert await browser.ask("unwatch_agent", data) == {"ok": True}
            assert await browser.ask("watch_fleet") == {"ok": True}


class TestBackPressure:
    async def send(self, agent: FakeAgent, first: int, count: int) -> None:
        begin = now_ms() - 200_000
        for seq in range(first, first + count):
            await agent.send(frame=full_frame(seq, ticks=1, first_ms=begin + seq * 1000))
        await agent.acked(*range(first, first + count))

    async def test_who_never_confirms_gets_the_window_and_then_learns_what_it_missed(
        self, hub: RunningHub, enrolled: Enrolled
    ) -> None:
        total = IN_FLIGHT + QUEUED + 10
        dropped = measured("opsentrix_live_dropped_batches_total")
        async with hub.greeted(enrolled) as agent, watching(hub, enrolled) as browser:
            browser.confirms = False
            await agent.paced()
            await self.send(agent, 1, total)
            events = [one for one in await browser.all_within(0.3) if one.ack]
            assert [one.name for one in events] == ["layout"] + ["samples"] * (IN_FLIGHT - 1)
            lost = measured("opsentrix_live_dropped_batches_total") - dropped
            assert lost == total - (IN_FLIGHT - 1) - QUEUED
            await browser.confirm(events[0])
            missed = (await browser.event("dropped")).data
            assert missed == {"agent": enrolled.id, "batches": lost}
            browser.confirms = True
            for one in events[1:]:
                await browser.confirm(one)
            late = [one for one in await browser.all_within(0.3) if one.name == "samples"]
            times = [one.data["t"][0] for one in late]
            assert times == sorted(times)
            assert len(late) >= QUEUED - 1
            await self.send(agent, total + 1, 1)
            assert (await browser.event("samples")).data["t"]

    async def test_a_slow_browser_holds_nobody_up(self, hub: RunningHub, enrolled: Enrolled) -> None:
        async with (
            hub.greeted(enrolled) as agent,
            watching(hub, enrolled) as slow,
            watching(hub, enrolled) as quick,
        ):
            slow.confirms = False
            await agent.paced()
            begin = now_ms() - 200_000
            for seq in range(1, 61):
                frame = full_frame(seq, ticks=1, first_ms=begin + seq * 1000)
                await agent.send(frame=frame)
                assert (await quick.event("samples")).data["t"] == [frame.first_tick_ms / 1000]


class TestFleet:
    async def test_changes_of_the_fleet_are_told_together(self, hub: RunningHub, client: httpx.AsyncClient) -> None:
        old = await hub.enroll("old")
        async with hub.browser(await hub.session()) as browser:
            await browser.ask("watch_fleet", {})
            new = await hub.enroll("new")
            posted = await client.post(
                f"/api/v1/agents/{old.id}/metrics", json={"metrics": {"cpu_usage": 25}}, headers=old.headers
            )
            assert posted.status_code == 200
            added: set[int] = set()
            agents: dict[int, Any] = {}
            while new.id not in added or agents.get(old.id, {}).get("status") != "online":
                fleet = (await browser.event("fleet")).data
                added |= set(fleet["added"])
                agents |= {one["id"]: one for one in fleet["agents"]}
            assert agents[old.id]["summary"]["cpu"] == 0.25
            assert agents[old.id]["last_heartbeat"]
            await client.delete(f"/api/v1/agents/{new.id}")
            while new.id not in (await browser.event("fleet")).data["removed"]:
                pass
            await browser.ask("unwatch_fleet", {})
            await hub.enroll("later")
            assert [one.name for one in await browser.all_within(0.5)] == []

    async def test_a_renamed_agent_is_to_be_fetched_again(self, hub: RunningHub, client: httpx.AsyncClient) -> None:
        enrolled = await hub.enroll()
        async with hub.browser(await hub.session()) as browser:
            await browser.ask("watch_fleet", {})
            await client.patch(f"/api/v1/agents/{enrolled.id}", json={"name": "renamed"})
            while enrolled.id not in (await browser.event("fleet")).data["added"]:
                pass

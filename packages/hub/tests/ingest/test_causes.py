"""Why frames are missing, from what agents and the hub itself know, to what the series API says."""

import time
from typing import Any

import httpx
import pytest
from opsentrix_protocol import opsentrix_pb2 as pb

from packages.hub.tests.kit.agent import bare_frame, full_frame, now_ms
from packages.hub.tests.kit.hub import Enrolled, RunningHub, measured, until

BEGIN = now_ms() // 60_000 * 60_000 - 600_000


async def answer(client: httpx.AsyncClient, agent: Enrolled, first_s: int = 0, last_s: int = 40) -> dict[str, Any]:
    begin = BEGIN // 1000
    got = await client.get("/api/v1/series", params={"agent": agent.id, "from": begin + first_s, "to": begin + last_s})
    assert got.status_code == 200, got.text
    content: dict[str, Any] = got.json()
    return content


async def gaps(client: httpx.AsyncClient, agent: Enrolled, last_s: int = 40) -> list[tuple[float, float, str, int]]:
    begin = BEGIN // 1000
    found = (await answer(client, agent, last_s=last_s))["gaps"]
    return [(one["from"] - begin, one["to"] - begin, one["reason"], one["lost_frames"]) for one in found]


async def test_a_frame_that_the_hub_rejected_is_in_the_ledger(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    async with hub.greeted(enrolled) as agent:
        await agent.send(frame=full_frame(1, first_ms=BEGIN))
        for seq in (2, 3):
            await agent.send(frame=full_frame(seq, first_ms=BEGIN + 5000, values=[float("nan")] * 15))
        await agent.send(frame=full_frame(4, first_ms=BEGIN + 15_000))
        for _ in range(2):
            assert (await agent.rejected()).permanent
        await agent.acked(1, 4)
    assert await gaps(client, enrolled) == [(4, 15, "rejected", 2)]


async def test_what_the_spool_dropped_is_in_the_ledger_with_its_count(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    async with hub.greeted(enrolled) as agent:
        await agent.send(frame=full_frame(1, first_ms=BEGIN))
        frame = full_frame(5, first_ms=BEGIN + 20_000)
        frame.lost_before = 3
        await agent.send(frame=frame)
        await agent.acked(1, 5)
    assert await gaps(client, enrolled) == [(4, 20, "spool overflow", 3)]


async def test_a_clock_that_was_set_is_in_the_ledger(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    async with hub.greeted(enrolled) as agent:
        await agent.send(frame=full_frame(1, first_ms=BEGIN))
        forward = full_frame(2, first_ms=BEGIN + 20_000, values=[2.0] * 15)
        forward.clock_step_ms = 15_000
        back = full_frame(3, first_ms=BEGIN + 22_000, values=[3.0] * 15)
        back.clock_step_ms = -3000
        for frame in (forward, back):
            await agent.send(frame=frame)
        await agent.acked(1, 2, 3)
    begin = BEGIN // 1000
    found = await answer(client, enrolled)
    assert await gaps(client, enrolled) == [(4, 20, "clock set forward", 0)]
    assert found["overlaps"] == [{"agent": enrolled.id, "from": begin + 22, "to": begin + 25}]
    assert found["series"][0]["v"][5:] == [2, 2, 3, 3, 3, 3, 3]


async def test_what_cannot_be_true_is_kept_within_bounds(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    dropped = measured("opsentrix_ledger_dropped_causes_total")
    async with hub.greeted(enrolled) as agent:
        for seq, step in ((1, 2**63 - 1), (3, -(2**63))):
            frame = full_frame(seq, first_ms=BEGIN + seq * 5000)
            frame.lost_before, frame.clock_step_ms = 2**64 - 1, step
            await agent.send(frame=frame)
        await agent.acked(1, 3)
        for n in range(1100):
            await agent.send(frame=bare_frame(2**63 - 1 - 2 * n, ticks=0))
        for seq in (0, 2**64 - 1):
            await agent.send(frame=bare_frame(seq))
        for _ in range(1102):
            assert (await agent.rejected()).permanent
        await agent.send(frame=full_frame(4, first_ms=BEGIN + 30_000))
        await agent.acked(4)
    await hub.hub.writer.write_causes()
    [row] = await hub.fetch("SELECT count(*) AS kept, max(last_seq) AS highest FROM frame_causes")
    # Room is looked for before what comes at once is kept, so one commit may go over it.
    assert row["kept"] + measured("opsentrix_ledger_dropped_causes_total") - dropped == 1100 + 2 + 2 - 1
    assert row["highest"] == 2**63 - 1
    async with hub.greeted(enrolled) as agent:
        kept = row["kept"]
        for n in range(1100, 1200):
            await agent.send(frame=bare_frame(2**63 - 1 - 2 * n, ticks=0))
            await agent.rejected()
    await hub.hub.writer.write_causes()
    [row] = await hub.fetch("SELECT count(*) AS kept FROM frame_causes")
    assert row["kept"] == max(kept, 1000)
    assert (await answer(client, enrolled))["series"]


async def test_a_frame_that_the_database_refuses_is_rejected_for_good(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    await hub.fetch(
        """
        CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN IF NEW.seq = 2 THEN RAISE EXCEPTION 'made up' USING ERRCODE = '22000'; END IF; RETURN NEW; END $$
        """
    )
    await hub.fetch("CREATE TRIGGER fail BEFORE INSERT ON agent_metrics FOR EACH ROW EXECUTE FUNCTION fail()")
    async with hub.greeted(enrolled) as agent:
        await agent.send(frame=full_frame(1, first_ms=BEGIN))
        await agent.acked(1)
        await agent.send(frame=full_frame(2, first_ms=BEGIN + 5000))
        reject = await agent.rejected()
        assert (reject.reason, reject.seq, reject.permanent) == (pb.REJECT_REASON_UNSTORABLE, 2, True)
        await agent.send(frame=full_frame(3, first_ms=BEGIN + 10_000))
        await agent.acked(3)
    assert await gaps(client, enrolled) == [(4, 10, "rejected", 1)]
    frame = full_frame(2, first_ms=BEGIN + 5000, boot=bytes(16))
    got = await client.post(
        f"/api/v1/agents/{enrolled.id}/metrics", content=frame.SerializeToString(),
        headers=enrolled.headers | {"Content-Type": "application/x-protobuf"},
    )  # fmt: skip
    assert (got.status_code, "unstorable" in got.text) == (422, True)


async def test_a_post_that_is_refused_leaves_no_hole(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    async def post(offset: int, **over: object) -> int:
        sample = {"metric": "a", "value": 1, "time": BEGIN // 1000 + offset} | over
        got = await client.post(
            f"/api/v1/agents/{enrolled.id}/metrics", json={"samples": [sample]}, headers=enrolled.headers
        )
        return got.status_code

    assert [await post(0), await post(5, time=time.time() + 4000), await post(300)] == [200, 422, 200]
    assert await gaps(client, enrolled, 400) == [(0, 300, "not sampled", 0)]


@pytest.mark.parametrize(("age_s", "gap"), [(2, False), (12, False), (40, True)])
async def test_silence_is_a_gap_only_when_it_lasts(
    age_s: int, gap: bool, hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    await hub.fetch("UPDATE agents SET created_at = now() - interval '1 day'")
    await hub.hub.registry.load()
    last = now_ms() - age_s * 1000
    async with hub.greeted(enrolled) as agent:
        await agent.send(frame=full_frame(1, first_ms=last - 4000))
        await agent.acked(1)
        params = {"agent": enrolled.id, "from": last / 1000 - 60}
        found = (await client.get("/api/v1/series", params=params)).json()
        assert [(one["from"], one["reason"]) for one in found["gaps"]] == [(last / 1000, "no data")] * gap
        await agent.send(heartbeat=pb.Heartbeat(status=pb.AGENT_STATUS_OFFLINE))
        await until(lambda: hub.hub.registry.get(enrolled.id).stopped)  # type: ignore[union-attr]  # it is there
        found = (await client.get("/api/v1/series", params=params)).json()
        assert [one["reason"] for one in found["gaps"]] == ["agent not running"] * gap
        nothing = await answer(client, enrolled, 0, 60)
        assert [(one["from"], one["to"]) for one in nothing["gaps"]] == [(nothing["from"], nothing["to"])]

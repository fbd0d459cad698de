"""Recordings of agents: asked for, taken as they come, looked at, and given up."""

import time
import zlib
from pathlib import Path
from typing import Any

import httpx
import pytest
from opsentrix.fleet import recordings as fleet
from opsentrix.maintenance import recordings as maintenance
from opsentrix.model.recordings import MAX_BYTES
from opsentrix.model.users import Role
from opsentrix_protocol import opsentrix_pb2 as pb

from packages.hub.tests.kit import hub as hubs
from packages.hub.tests.kit.agent import now_ms
from packages.hub.tests.kit.hub import Enrolled, RunningHub, measured, until
from packages.hub.tests.kit.moments import PARENT, moments, process
from packages.hub.tests.kit.recorder import ask, asked, path, recorder, synced


async def only(client: httpx.AsyncClient, enrolled: Enrolled) -> dict[str, Any]:
    (row,) = (await client.get(path(enrolled))).json()["items"]
    found: dict[str, Any] = row
    return found


async def test_a_window_is_asked_for_taken_piece_by_piece_and_shown_look_by_look(
    hub: RunningHub, enrolled: Enrolled, client: httpx.AsyncClient
) -> None:
    async with recorder(hub, enrolled) as agent:
        row = await ask(client, enrolled, reason="slow at noon")
        request = await asked(agent)
        assert (row["state"], request.id, request.to_ms - request.from_ms) == ("requested", row["id"], 900_000)
        middle = request.to_ms - 60_000
        outside = moments([request.from_ms - 5000, middle - 5000])
        await agent.send(recording=pb.Recording(id=row["id"], index=0, data=outside))
        await synced(agent)
        assert (await only(client, enrolled))["state"] == "arriving"
        rest = moments([middle, middle + 5000], process(), process(43, "idle", 0.0))
        await agent.send(recording=pb.Recording(id=row["id"], index=1, data=rest, last=True, truncated=True))
        await synced(agent, 2)
    row = await only(client, enrolled)
    assert (row["state"], row["truncated"], row["error"], row["reason"]) == ("complete", True, "", "slow at noon")
    assert row["bytes"] == len(outside) + len(rest)
    first = (await client.get(path(enrolled, row["id"]), params={"limit": 2})).json()
    assert [one["time"] * 1000 for one in first["looks"]] == [middle - 5000, middle]
    hog = first["looks"][1]["processes"][0]
    assert (hog["name"], hog["pid"], hog["parent_pid"], hog["cpu"]) == ("hog", 42, PARENT, 0.99)
    second = (await client.get(path(enrolled, row["id"]), params={"limit": 2, "after": first["next"]})).json()
    assert [one["time"] * 1000 for one in second["looks"]] == [middle + 5000]
    assert second["next"] is None


async def test_all_of_it_can_be_downloaded_as_one_message(
    hub: RunningHub, enrolled: Enrolled, client: httpx.AsyncClient
) -> None:
    async with recorder(hub, enrolled) as agent:
        row = await ask(client, enrolled)
        for index in range(3):
            part = pb.Recording(id=row["id"], index=index, data=moments([now_ms() + index]), last=index == 2)
            await agent.send(recording=part)
        await asked(agent)
        await synced(agent)
    raw = await client.get(path(enrolled, f"{row['id']}/raw"))
    assert raw.headers["content-type"] == "application/x-protobuf"
    assert len(pb.RecordedMoments.FromString(raw.content).processes.time_ms) == 3


async def test_an_agent_that_holds_nothing_is_told_of(
    hub: RunningHub, enrolled: Enrolled, client: httpx.AsyncClient
) -> None:
    async with recorder(hub, enrolled) as agent:
        row = await ask(client, enrolled)
        await asked(agent)
        await agent.send(recording=pb.Recording(id=row["id"], last=True))
        await synced(agent)
    row = await only(client, enrolled)
    assert (row["state"], row["error"]) == ("failed", fleet.NOTHING)


async def test_an_agent_that_connects_again_is_asked_again_and_begins_anew(
    hub: RunningHub, enrolled: Enrolled, client: httpx.AsyncClient
) -> None:
    row = await ask(client, enrolled)
    async with recorder(hub, enrolled) as agent:
        assert (await asked(agent)).id == row["id"]
        for index in range(2):
            await agent.send(recording=pb.Recording(id=row["id"], index=index, data=moments([now_ms() - 90_000])))
        await synced(agent)
    async with recorder(hub, enrolled) as agent:
        assert (await asked(agent)).id == row["id"]
        part = moments([now_ms() - 60_000])
        await agent.send(recording=pb.Recording(id=row["id"], data=part, last=True))
        await synced(agent, 2)
    row = await only(client, enrolled)
    assert (row["state"], row["bytes"]) == ("complete", len(part))
    assert len((await client.get(path(enrolled, row["id"]))).json()["looks"]) == 1


async def test_a_hub_that_was_restarted_asks_again(dsn: str, tmp_path: Path) -> None:
    async with hubs.running(dsn, tmp_path) as hub:
        enrolled = await hub.enroll()
        async with hub.client(await hub.session()) as client, recorder(hub, enrolled) as agent:
            row = await ask(client, enrolled)
            await asked(agent)
            await agent.send(recording=pb.Recording(id=row["id"], data=moments([now_ms()])))
            await synced(agent)
    async with hubs.running(dsn, tmp_path) as hub, hub.client(await hub.session()) as client:
        assert (await only(client, enrolled))["state"] == "arriving"
        async with recorder(hub, enrolled) as agent:
            assert (await asked(agent)).id == row["id"]


async def test_agents_without_a_recorder_are_a_conflict(
    hub: RunningHub, enrolled: Enrolled, client: httpx.AsyncClient
) -> None:
    async with hub.greeted(enrolled):
        answer = await client.post(path(enrolled), json={})
        assert (answer.status_code, answer.json()["detail"]) == (409, fleet.UNABLE)
    await ask(client, enrolled)
    async with hub.greeted(enrolled) as agent:
        await hub.hub.recordings.sweep(time.time())
        await agent.quiet()
    assert (await only(client, enrolled))["error"] == fleet.UNABLE


async def test_an_agent_has_one_open_recording_and_few_in_all(
    hub: RunningHub, enrolled: Enrolled, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleet, "KEPT", 2)
    ids = []
    async with recorder(hub, enrolled) as agent:
        for seq in range(1, 4):
            ids.append((await ask(client, enrolled))["id"])
            assert (await client.post(path(enrolled), json={})).status_code == 409
            await asked(agent)
            await agent.send(recording=pb.Recording(id=ids[-1], data=moments([now_ms()]), last=True))
            await synced(agent, seq)
    kept = [one["id"] for one in (await client.get(path(enrolled))).json()["items"]]
    assert kept == [ids[2], ids[1]]


async def test_what_was_not_asked_for_is_dropped_and_counted(
    hub: RunningHub, enrolled: Enrolled, client: httpx.AsyncClient
) -> None:
    other = await hub.enroll("web-2")
    before = measured("opsentrix_recording_parts_refused_total")
    async with recorder(hub, enrolled) as agent, recorder(hub, other) as stranger:
        row = await ask(client, enrolled)
        await asked(agent)
        good = moments([now_ms()])
        await stranger.send(recording=pb.Recording(id=row["id"], data=good, last=True))
        await synced(stranger)
        for wrong in (
            pb.Recording(id=row["id"] + 1, data=good),
            pb.Recording(id=row["id"], index=1, data=good, last=True),
            pb.Recording(id=row["id"], index=2**32 - 1, data=good, last=True),
            pb.Recording(id=row["id"], data=bytes(MAX_BYTES + 1), last=True),
        ):
            await agent.send(recording=wrong)
        await synced(agent)
        assert measured("opsentrix_recording_parts_refused_total") == before + 5
        assert (await only(client, enrolled))["state"] == "requested"
        await agent.send(recording=pb.Recording(id=row["id"], data=good, last=True))
        await synced(agent, 2)
    assert (await only(client, enrolled))["state"] == "complete"


async def test_parts_that_begin_anew_without_end_are_not_taken(
    hub: RunningHub, enrolled: Enrolled, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleet, "MAX_TAKEN", 3)
    async with recorder(hub, enrolled) as agent:
        row = await ask(client, enrolled)
        await asked(agent)
        before = measured("opsentrix_recording_parts_refused_total")
        for _ in range(5):
            await agent.send(recording=pb.Recording(id=row["id"], data=moments([now_ms()])))
        await synced(agent)
    assert measured("opsentrix_recording_parts_refused_total") == before + 2


@pytest.mark.parametrize("bomb", [b"junk", zlib.compress(bytes(20_000_000)), zlib.compress(b"\x0a\xff"), b"x\x9c"])
async def test_a_part_that_cannot_be_read_is_left_out(
    bomb: bytes, hub: RunningHub, enrolled: Enrolled, client: httpx.AsyncClient
) -> None:
    async with recorder(hub, enrolled) as agent:
        row = await ask(client, enrolled)
        await asked(agent)
        await agent.send(recording=pb.Recording(id=row["id"], data=bomb))
        good = moments([now_ms() - 60_000])
        await agent.send(recording=pb.Recording(id=row["id"], index=1, data=good, last=True))
        await synced(agent)
    before = measured("opsentrix_recording_parts_left_out_total")
    assert len((await client.get(path(enrolled, row["id"]))).json()["looks"]) == 1
    assert measured("opsentrix_recording_parts_left_out_total") == before + 1
    assert (await client.get(path(enrolled, f"{row['id']}/raw"))).content == zlib.decompress(good)


async def test_what_does_not_come_is_given_up_with_the_reason(
    hub: RunningHub, enrolled: Enrolled, client: httpx.AsyncClient
) -> None:
    now = time.time()
    await ask(client, enrolled)
    await hub.hub.recordings.sweep(now + 890)
    assert (await only(client, enrolled))["state"] == "requested"
    await hub.hub.recordings.sweep(now + 910)
    row = await only(client, enrolled)
    assert row["state"] == "failed"
    assert "did not connect within 15 minutes" in row["error"]


async def test_an_agent_that_is_connected_and_sends_nothing_is_not_waited_for(
    hub: RunningHub, enrolled: Enrolled, client: httpx.AsyncClient
) -> None:
    async with recorder(hub, enrolled) as agent:
        await ask(client, enrolled)
        await asked(agent)
        await hub.hub.recordings.sweep(time.time() + fleet.STALL_S - 5)
        assert (await only(client, enrolled))["state"] == "requested"
        await hub.hub.recordings.sweep(time.time() + fleet.STALL_S + 5)
    assert "sent nothing for 120 seconds" in (await only(client, enrolled))["error"]


async def test_a_window_that_is_not_over_is_asked_for_when_it_is(hub: RunningHub, enrolled: Enrolled) -> None:
    now = time.time()
    async with recorder(hub, enrolled) as agent:
        row = await hub.hub.recordings.record(enrolled.id, now, "alert 5", now)
        assert row is not None
        assert (row.requested_by, row.reason) == ("hub", "alert 5")
        assert await hub.hub.recordings.record(enrolled.id, now, "alert 6", now) is None
        await hub.hub.recordings.sweep(now + fleet.AFTER_S - 1)
        await agent.quiet(0.05)
        await hub.hub.recordings.sweep(now + fleet.AFTER_S)
        assert (await asked(agent)).id == row.id


async def test_few_agents_send_at_once(
    hub: RunningHub, enrolled: Enrolled, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleet, "MAX_AT_ONCE", 1)
    other = await hub.enroll("web-2")
    async with recorder(hub, other) as waiting:
        async with recorder(hub, enrolled) as agent:
            await ask(client, enrolled)
            await asked(agent)
            await ask(client, other)
            await hub.hub.recordings.sweep(time.time())
            await waiting.quiet(0.05)
        await until(lambda: hub.hub.sessions.capable(enrolled.id, "recordings") is None)
        await hub.hub.recordings.sweep(time.time())
        await asked(waiting)


@pytest.mark.parametrize(
    "body",
    [{"to": 1}, {"from": 5, "to": 4}, {"to": 32_503_680_000}, {"from": 1}, {"reason": "x" * 300}, {"from": "soon"}],
)
async def test_windows_that_no_agent_holds_are_refused(
    body: dict[str, Any], enrolled: Enrolled, client: httpx.AsyncClient
) -> None:
    assert (await client.post(path(enrolled), json=body)).status_code == 422


async def test_deleting_one_that_is_open_gives_it_up_and_is_audited(
    hub: RunningHub, enrolled: Enrolled, client: httpx.AsyncClient
) -> None:
    async with recorder(hub, enrolled) as agent:
        row = await ask(client, enrolled)
        await asked(agent)
        await agent.send(recording=pb.Recording(id=row["id"], data=moments([now_ms()])))
        await synced(agent)
        assert (await client.delete(path(enrolled, row["id"]))).status_code == 204
        await agent.send(recording=pb.Recording(id=row["id"], index=1, data=moments([now_ms()]), last=True))
        await synced(agent, 2)
    assert (await client.get(path(enrolled, row["id"]))).status_code == 404
    assert await hub.fetch("SELECT 1 FROM recording_parts") == []
    actions = await hub.fetch("SELECT action FROM audit_log WHERE action LIKE 'recording.%' ORDER BY id")
    assert [one["action"] for one in actions] == ["recording.request", "recording.delete"]


async def test_deleting_an_agent_deletes_its_recordings(
    hub: RunningHub, enrolled: Enrolled, client: httpx.AsyncClient
) -> None:
    async with recorder(hub, enrolled) as agent:
        row = await ask(client, enrolled)
        await agent.send(recording=pb.Recording(id=row["id"], data=moments([now_ms()])))
        await asked(agent)
        await synced(agent)
    assert (await client.delete(f"/api/v1/agents/{enrolled.id}")).status_code == 204
    assert await hub.fetch("SELECT 1 FROM recordings") == []
    assert await hub.fetch("SELECT 1 FROM recording_parts") == []
    await hub.hub.recordings.sweep(time.time() + 10_000)


async def test_the_oldest_go_for_their_age_and_for_want_of_room(
    hub: RunningHub, enrolled: Enrolled, client: httpx.AsyncClient
) -> None:
    ids = []
    async with recorder(hub, enrolled) as agent:
        for seq in range(1, 4):
            ids.append((await ask(client, enrolled))["id"])
            await asked(agent)
            await agent.send(recording=pb.Recording(id=ids[-1], data=bytes(1000), last=True))
            await synced(agent, seq)
    await maintenance.run_once(hub.database, time.time(), 30, 2500)
    assert [one["id"] for one in (await client.get(path(enrolled))).json()["items"]] == [ids[2], ids[1]]
    await maintenance.run_once(hub.database, time.time() + 31 * 86_400, 30, 2500)
    assert (await client.get(path(enrolled))).json()["items"] == []
    assert measured("opsentrix_recordings_removed_total", why="age") >= 2
    assert measured("opsentrix_recordings_removed_total", why="room") >= 1


async def test_a_viewer_may_look_but_not_ask(hub: RunningHub, enrolled: Enrolled) -> None:
    async with hub.client(await hub.session(Role.VIEWER)) as viewer:
        assert (await viewer.get(path(enrolled))).json() == {"items": []}
        assert (await viewer.post(path(enrolled), json={})).status_code == 403

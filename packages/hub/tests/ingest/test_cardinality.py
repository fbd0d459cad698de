"""An agent with ever new series: the others are not harmed, what is at fault is named, and the cost stays bounded."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import httpx
import pytest
from opsentrix.ingest import rest
from opsentrix.ingest.cardinality import with_room
from opsentrix.ingest.layouts import LayoutBook
from opsentrix.storage import series as series_storage
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.catalogue import Kind, Metric, Series, labels_of

from packages.hub.tests.kit import hub as hubs
from packages.hub.tests.kit.agent import GAUGE, FakeAgent, bare_frame, full_frame, now_ms
from packages.hub.tests.kit.hub import Enrolled, RunningHub, measured

CONTAINER = Metric("container.cpu.usage", "1", Kind.GAUGE)
BASE = [Series(GAUGE, labels_of(n=str(n))) for n in range(3)]
BEGIN = now_ms() - 600_000


def containers(*numbers: int) -> list[Series]:
    return [Series(CONTAINER, labels_of(host="h", id=f"c{n}")) for n in numbers]


@pytest.fixture
async def small(dsn: str, tmp_path: Path) -> AsyncIterator[RunningHub]:
    """A hub that takes ten new series of an agent a day."""
    async with hubs.running(dsn, tmp_path, max_series_per_agent=10) as hub:
        yield hub


async def flood(agent: FakeAgent) -> None:
    """Send three frames with the same few series and ever other containers: 3 + 5 + 5 series."""
    for seq, numbers in ((1, range(5)), (2, range(5, 10))):
        listed = [*containers(*numbers), *BASE]
        values = [float(seq * 100 + n) for n in range(len(listed) * 5)]
        await agent.send(frame=full_frame(seq, series=listed, values=values, first_ms=BEGIN + seq * 5000))
        await agent.acked(seq)


async def read(client: httpx.AsyncClient, agent: Enrolled) -> dict[str, list[float | None]]:
    got = await client.get("/api/v1/series", params={"agent": agent.id, "from": BEGIN / 1000, "to": BEGIN / 1000 + 60})
    found: list[dict[str, object]] = got.json()["series"]
    return {f"{one['metric']}{one['labels']}": one["v"] for one in found}  # type: ignore[misc]  # as the API says


def test_series_of_quiet_metrics_find_room_first() -> None:
    new = [*containers(*range(8)), *BASE]
    assert with_room(new, 11, {}) == new
    assert set(BASE) <= set(with_room(new, 5, {}))
    assert len(with_room(new, 5, {})) == 5
    assert with_room(new, 0, {}) == with_room(new, -3, {}) == []
    assert BASE[0] not in with_room(new, 8, {GAUGE.name: 100})


async def test_known_series_go_on_and_new_ones_find_no_room(small: RunningHub) -> None:
    agent = await small.enroll()
    refused = measured("opsentrix_ingest_refused_samples_total")
    async with small.greeted(agent) as link, small.client(await small.session()) as client:
        await flood(link)
        found = await read(client, agent)
        assert len(found) == 10
        for n in range(3):
            first = [100.0 + (5 + n) * 5 + tick for tick in range(5)]
            assert found[f"test.gauge{{'n': '{n}'}}"] == [*first, *(one + 100 for one in first)]
        assert measured("opsentrix_ingest_refused_samples_total") == refused + 3 * 5
        # Its layout is taken without asking the database again, with and without being sent.
        listed = [*containers(*range(5, 10)), *BASE]
        await link.send(frame=bare_frame(3, series=listed, first_ms=BEGIN + 15_000))
        await link.acked(3)
        assert len(await read(client, agent)) == 10


async def test_the_offender_is_named_everywhere(small: RunningHub) -> None:
    agent = await small.enroll()
    async with small.greeted(agent) as link, small.client(await small.session()) as client:
        assert (await client.get(f"/api/v1/agents/{agent.id}")).json()["series_limited"] is None
        await flood(link)
        shown = (await client.get(f"/api/v1/agents/{agent.id}")).json()["series_limited"]
        assert (shown["metric"], shown["label"], shown["count"]) == ("container.cpu.usage", "id", 7)
        assert measured("opsentrix_series_limited_agents") == 1
        named = {"agent": str(agent.id), "metric": "container.cpu.usage", "label": "id"}
        assert measured("opsentrix_series_limited", **named) == 7
        await link.send(frame=full_frame(3, series=containers(20, 21)))
        reject = await link.rejected()
        assert (reject.reason, reject.permanent) == (pb.REJECT_REASON_TOO_MANY_SERIES, True)
        assert reject.detail.endswith("most of them, 7, are container.cpu.usage by id")
        await link.send(frame=full_frame(4, series=containers(*range(30, 45)), ticks=1))
        assert (await link.rejected()).detail == (
            "has 15 series; at most 10 are allowed; most of them, 10, are container.cpu.usage by id"
        )


async def test_float32_and_absent_samples_survive_being_cut(small: RunningHub) -> None:
    agent = await small.enroll()
    listed = [*containers(*range(7)), *BASE]
    async with small.greeted(agent) as link, small.client(await small.session()) as client:
        frame = full_frame(1, series=[*BASE, *containers(*range(50, 56))], ticks=1, first_ms=BEGIN)
        await link.send(frame=frame)
        await link.acked(1)
        frame = full_frame(2, series=listed, ticks=2, first_ms=BEGIN + 1000, values=[1.5] * 20)
        bits = bytearray(3)
        bits[2] |= 1 << 3  # the last tick of the last series
        frame.compression, frame.absent = pb.COMPRESSION_NONE, bytes(bits)
        frame.value_type, frame.columns = pb.VALUE_TYPE_FLOAT32, b"\x00\x00\xc0\x3f" * 20
        await link.send(frame=frame)
        await link.acked(2)
        found = await read(client, agent)
        assert len(found) == 10
        assert found["test.gauge{'n': '1'}"] == [1, 1.5, 1.5]
        assert found["test.gauge{'n': '2'}"] == [1, 1.5, None]
        [row] = await small.fetch("SELECT value_type FROM agent_metrics WHERE seq = 2")
        assert row["value_type"] == pb.VALUE_TYPE_FLOAT32


async def test_after_a_while_there_may_be_room(small: RunningHub) -> None:
    agent = await small.enroll()
    now = 0.0
    book = LayoutBook(small.database, 10, lambda: now)
    assert (await book.admit(agent.id, containers(*range(8)))).columns is None
    cut = await book.admit(agent.id, [*containers(6, 7, 8, 9, 10), *BASE])
    assert cut.columns is not None
    assert [one.labels for one in cut.layout.series][:2] == [one.labels for one in containers(6, 7)]
    assert len(cut.layout.series) == 4
    await small.fetch("UPDATE series SET first_seen_at = now() - interval '2 days'")
    assert await book.admit(agent.id, [*containers(6, 7, 8, 9, 10), *BASE]) is cut
    now = 601.0
    assert (await book.admit(agent.id, [*containers(6, 7, 8, 9, 10), *BASE])).columns is None


async def test_memory_stays_bounded(small: RunningHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opsentrix.ingest.layouts._KEPT_SERIES", 40)
    book = LayoutBook(small.database, 5000)
    agents = [await small.enroll(f"a{n}") for n in range(5)]
    for one in agents:
        for n in range(20):
            await book.admit(one.id, [*BASE, *containers(n)])
    assert book._kept_series == sum(len(kept.layout.series) for kept, _ in book._kept.values()) <= 40
    assert sorted(book._kept) == sorted((agent, one) for agent, listed in book._of_agent.items() for one in listed)
    found = await book.get(agents[0].id, (await book.admit(agents[0].id, [*BASE, *containers(0)])).layout.id)
    assert found is not None
    assert found.layout.series == (*BASE, *containers(0))


async def post(hub: RunningHub, agent: Enrolled, listed: Sequence[Series]) -> int:
    body = [{"metric": one.metric.name, "unit": "1", "labels": dict(one.labels), "value": 1} for one in listed]
    async with hub.client() as client:
        got = await client.post(f"/api/v1/agents/{agent.id}/metrics", json={"samples": body}, headers=agent.headers)
    assert got.status_code == 200, got.text
    accepted: int = got.json()["accepted"]
    return accepted


async def test_posts_of_ever_other_sets_make_few_layouts(
    hub: RunningHub, enrolled: Enrolled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rest, "_MANY_LAYOUTS", 4)
    for n in range(1, 12):
        listed = containers(*range(n, n + 3))
        assert await post(hub, enrolled, listed) == 3
    [row] = await hub.fetch("SELECT count(*) AS number FROM layouts")
    assert row["number"] <= 4 + 14
    [row] = await hub.fetch("SELECT count(*) AS number FROM series")
    assert row["number"] == 13


async def test_a_post_tells_how_many_found_room(small: RunningHub) -> None:
    agent = await small.enroll()
    assert await post(small, agent, containers(*range(8))) == 8
    assert await post(small, agent, containers(*range(5, 13))) == 5


async def test_a_deleted_agent_is_not_remembered_by_a_registration_under_way(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = hub.hub.layouts
    found = series_storage.find

    async def delete_meanwhile(*arguments: object) -> object:
        ids = await found(*arguments)  # type: ignore[arg-type]  # as it was called
        if not ids[0]:
            assert (await client.delete(f"/api/v1/agents/{enrolled.id}")).status_code == 204
        return ids

    monkeypatch.setattr(series_storage, "find", delete_meanwhile)
    async with hub.greeted(enrolled) as agent:
        await agent.send(frame=full_frame(1))
        await agent.closed()
    monkeypatch.setattr(series_storage, "find", found)
    assert [key for key in book._kept if key[0] == enrolled.id] == []
    assert await hub.fetch("SELECT FROM series") == await hub.fetch("SELECT FROM layouts") == []


async def test_what_is_registered_while_its_agent_is_forgotten_is_not_remembered(
    small: RunningHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = await small.enroll()
    book = LayoutBook(small.database, 10)
    found = series_storage.find

    async def forget_meanwhile(*arguments: object) -> object:
        book.forget(agent.id)
        return await found(*arguments)  # type: ignore[arg-type]  # as it was called

    monkeypatch.setattr(series_storage, "find", forget_meanwhile)
    assert (await book.admit(agent.id, BASE)).layout.series == tuple(BASE)
    assert not book._kept
    assert not book._of_agent

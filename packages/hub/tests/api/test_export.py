"""Export over HTTP: whole files, and what becomes of those that are not finished."""

import asyncio
import contextlib
import csv
import io
from collections.abc import AsyncIterator, Iterator
from typing import ClassVar

import httpx
import pytest
from opsentrix.api.export import ExportResponse
from opsentrix.errors import UnavailableError
from opsentrix.model.tiers import HOUR_MS, Tier
from opsentrix.query import export
from opsentrix.query.table import Table
from pyarrow import parquet

from packages.hub.tests.api.test_series import post
from packages.hub.tests.kit.agent import full_frame, now_ms
from packages.hub.tests.kit.hub import Enrolled, RunningHub, measured, until

EXPORT = "/api/v1/series/export"
PIECE = b"x" * 200_000


class Endless:
    """A file without an end."""

    suffix: ClassVar[str] = "csv"
    media_type: ClassVar[str] = "text/csv; charset=utf-8"
    made = 0

    def __init__(self, tier: Tier) -> None:
        """Take the tier as other encoders do."""

    def begin(self) -> bytes:
        return b"x"

    def rows(self, table: Table) -> Iterator[bytes]:
        yield from ()

    def end(self) -> Iterator[bytes]:
        while True:
            Endless.made += 1
            yield PIECE


class Failing(Endless):
    """A file that cannot be finished."""

    error: ClassVar[Exception]

    def end(self) -> Iterator[bytes]:
        yield PIECE
        raise Failing.error


def ended(how: str) -> float:
    return measured("opsentrix_exports_total", format="csv", end=how)


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> None:
    Endless.made = 0
    monkeypatch.setitem(export.ENCODERS, "csv", Endless)


@contextlib.asynccontextmanager
async def reading(client: httpx.AsyncClient, agent: Enrolled) -> AsyncIterator[AsyncIterator[bytes]]:
    """Begin to read an export; leaving the block closes the connection."""
    async with client.stream("GET", EXPORT, params={"agent": agent.id}) as answer:
        assert answer.status_code == 200
        yield answer.aiter_raw()


def lines(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


async def test_what_an_agent_sent_is_a_file(hub: RunningHub, client: httpx.AsyncClient) -> None:
    enrolled = await hub.enroll("web 1/ü")
    begin = now_ms() - HOUR_MS
    async with hub.greeted(enrolled) as agent:
        await agent.send(frame=full_frame(1, first_ms=begin, values=[n / 3 for n in range(15)]))
        await agent.acked(1)
    asked: dict[str, str | float] = {
        "agent": enrolled.id, "from": begin / 1000, "to": begin / 1000 + 3, "metric": "test.gauge",
    }  # fmt: skip
    answer = await client.get(EXPORT, params=asked)
    assert [(line["labels"], float(line["value"])) for line in lines(answer)] == [
        ("name=a", 0), ("name=a", 1 / 3), ("name=a", 2 / 3), ("name=a", 1),
        ("name=b", 5 / 3), ("name=b", 2), ("name=b", 7 / 3), ("name=b", 8 / 3),
    ]  # fmt: skip
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["transfer-encoding"] == "chunked"
    assert (answer.headers["opsentrix-tier"], answer.headers["cache-control"]) == ("1s", "no-store")
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith('attachment; filename="opsentrix-web-1-20'), disposition
    assert disposition.endswith('Z-1s.csv"')

    answer = await client.get(EXPORT, params=asked | {"format": "parquet", "resolution": "1m"})
    assert answer.headers["content-type"] == "application/vnd.apache.parquet"
    assert answer.headers["opsentrix-tier"] == "1m"
    assert answer.headers["content-disposition"].endswith('Z-1m.parquet"')
    rows = parquet.read_table(io.BytesIO(answer.content)).to_pylist()
    assert {row["agent_name"] for row in rows} <= {"web 1/ü"}
    await until(lambda: hub.hub.services.exports.running == 0)


async def test_times_as_text_several_agents_and_the_default_range(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    other = await hub.enroll("other")
    begin = now_ms() // 1000 - 60
    for agent in (enrolled, other):
        await post(hub, agent, ("a", {"k": 'say "a,b"'}, begin, 0.1))
    answer = await client.get(EXPORT, params={"agent": [other.id, enrolled.id, other.id]})
    assert [(line["agent_name"], line["labels"], line["value"]) for line in lines(answer)] == [
        ("other", 'k=say "a\\,b"', "0.1"), ("web-1", 'k=say "a\\,b"', "0.1")
    ]  # fmt: skip
    assert "opsentrix-2-agents-" in answer.headers["content-disposition"]
    answer = await client.get(EXPORT, params={"agent": other.id, "from": "2020-01-01T00:00:00Z", "to": 1577836800})
    assert lines(answer) == []


async def test_each_export_is_in_the_audit_log(hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled) -> None:
    await client.get(EXPORT, params={"agent": enrolled.id, "metric": "a", "labels": "k=v", "from": 60, "to": 120})
    [row] = await hub.fetch("SELECT actor, target, detail FROM audit_log WHERE action = 'series.export'")
    assert row["actor"].startswith("user:admin")
    assert row["detail"] == {
        "format": "csv", "tier": "1s", "agents": [enrolled.id], "metrics": ["a"], "labels": {"k": "v"},
        "start_ms": 60_000, "end_ms": 120_000,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "agent"), ("agent=x", "agent.0"), ("agent=0", "agent.0"), ("agent=1&format=xlsx", "format"),
        ("agent=1&resolution=5s", "resolution"), ("agent=1&from=100&to=50", "from"),
        ("agent=1&from=0&to=200000000", "from"), ("agent=1&labels=novalue", "labels"), ("agent=1&to=nan", "to"),
        ("agent=1&metric=%00", "metric.0"), ("&".join(["agent=1"] * 1001), "agent"),
    ],
)  # fmt: skip
async def test_each_wrong_parameter_is_named(
    query: str, field: str, client: httpx.AsyncClient, enrolled: Enrolled
) -> None:
    answer = await client.get(f"{EXPORT}?{query}")
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json"), answer.text
    assert answer.json()["errors"][0]["field"] == field


async def test_an_unknown_agent_is_not_found(client: httpx.AsyncClient, enrolled: Enrolled) -> None:
    assert (await client.get(EXPORT, params={"agent": [enrolled.id, 77]})).status_code == 404


@pytest.mark.usefixtures("endless")
async def test_only_a_few_run_at_once(hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled) -> None:
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(export.AT_ONCE):
            await stack.enter_async_context(reading(client, enrolled))
        refused = await client.get(EXPORT, params={"agent": enrolled.id})
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "15")
        assert refused.json()["title"] == "Too many requests"
        assert len(await hub.fetch("SELECT FROM audit_log WHERE action = 'series.export'")) == export.AT_ONCE
    await until(lambda: hub.hub.services.exports.running == 0)
    async with reading(client, enrolled):
        pass


@pytest.mark.usefixtures("endless")
async def test_work_stops_when_the_client_goes(hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled) -> None:
    before = ended("abandoned")
    async with reading(client, enrolled) as pieces:
        await anext(pieces)
    await until(lambda: hub.hub.services.exports.running == 0)
    assert ended("abandoned") == before + 1


@pytest.mark.usefixtures("endless")
async def test_a_client_that_takes_nothing_is_held_back_and_then_let_go(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ExportResponse, "stall_s", 0.2)
    before = ended("failed")
    async with reading(client, enrolled):
        await until(lambda: hub.hub.services.exports.running == 0)
        assert ended("failed") == before + 1
    assert Endless.made * len(PIECE) < 50_000_000  # what fits between the two: the sockets' buffers


@pytest.mark.parametrize("error", [UnavailableError("The database does not answer."), RuntimeError("a mistake")])
async def test_a_fault_in_the_middle_is_no_clean_end(
    error: Exception, hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(export.ENCODERS, "csv", Failing)
    monkeypatch.setattr(Failing, "error", error, raising=False)
    before = ended("failed")
    with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
        await client.get(EXPORT, params={"agent": enrolled.id})
    await until(lambda: hub.hub.services.exports.running == 0)
    assert ended("failed") == before + 1


async def test_a_fault_before_the_first_byte_is_a_problem(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> None:
        raise UnavailableError("The database does not answer.")

    monkeypatch.setattr("opsentrix.api.export.audit.add", away)
    answer = await client.get(EXPORT, params={"agent": enrolled.id})
    assert (answer.status_code, answer.json()["title"]) == (503, "Unavailable")
    assert hub.hub.services.exports.running == 0


async def test_the_hub_answers_others_meanwhile(
    hub: RunningHub, client: httpx.AsyncClient, enrolled: Enrolled, endless: None
) -> None:
    async with reading(client, enrolled) as pieces, asyncio.timeout(20):
        for _ in range(20):
            await anext(pieces)
            assert (await client.get("/health")).status_code == 200

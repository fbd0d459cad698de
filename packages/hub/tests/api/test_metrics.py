"""What programs post: heartbeats, samples as JSON, frames as protobuf."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import numpy as np
import pytest
from opsentrix.ingest import rest
from opsentrix.ingest.rest import RestIngest
from opsentrix_protocol import opsentrix_pb2 as pb

from packages.hub.tests.kit.agent import SERIES, bare_frame, full_frame
from packages.hub.tests.kit.hub import Enrolled, RunningHub, measured, until
from packages.hub.tests.kit.postgres import Postgres

PROTOBUF = {"Content-Type": "application/x-protobuf"}
JSON = {"Content-Type": "application/json"}


@pytest.fixture
async def program(hub: RunningHub, enrolled: Enrolled) -> AsyncIterator[httpx.AsyncClient]:
    """A program that bears the agent's credential."""
    async with hub.client() as client:
        client.headers.update(enrolled.headers)
        client.base_url = httpx.URL(f"{hub.url}/api/v1/agents/{enrolled.id}/")
        yield client


async def read(hub: RunningHub, agent: Enrolled, metric: str) -> list[dict[str, Any]]:
    """Return the series of a metric over the last minutes."""
    async with hub.client(await hub.session()) as client:
        now = time.time()
        query: dict[str, str | float] = {"agent": agent.id, "metric": metric, "from": now - 600, "to": now + 300}
        answer = await client.get("/api/v1/series", params=query)
    assert answer.status_code == 200, answer.text
    series: list[dict[str, Any]] = answer.json()["series"]
    return series


class TestHeartbeat:
    @pytest.mark.parametrize("status", ["online", "error", "maintenance", "offline"])
    async def test_the_status_is_what_the_agent_says(
        self, status: str, hub: RunningHub, enrolled: Enrolled, program: httpx.AsyncClient
    ) -> None:
        assert (await program.post("heartbeat", json={"status": status})).status_code == 204
        known = hub.hub.registry.get(enrolled.id)
        assert known is not None
        await until(lambda: known.status == status)
        assert known.last_heartbeat is not None

    @pytest.mark.parametrize(
        ("body", "status"), [(b'{"status": "asleep"}', 422), (b"{", 400), (b"", 422), (b"[]", 422)]
    )
    async def test_a_wrong_one_is_refused(self, body: bytes, status: int, program: httpx.AsyncClient) -> None:
        answer = await program.post("heartbeat", content=body, headers=JSON)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")

    async def test_the_credential_is_looked_at_before_the_status_so_that_it_can_be_tried(
        self, hub: RunningHub, enrolled: Enrolled, program: httpx.AsyncClient
    ) -> None:
        assert (await program.post("heartbeat", json={"status": "checking"})).status_code == 422
        known = hub.hub.registry.get(enrolled.id)
        assert known is not None
        assert known.last_heartbeat is None
        wrong = {"Authorization": f"{enrolled.headers['Authorization']}x"}
        answer = await program.post("heartbeat", json={"status": "checking"}, headers=wrong)
        assert answer.status_code == 401


class TestAuthentication:
    @pytest.mark.parametrize("path", ["heartbeat", "metrics"])
    async def test_only_the_agent_itself_may_post(self, path: str, hub: RunningHub, enrolled: Enrolled) -> None:
        other = await hub.enroll("other")
        body = {"metrics": {"a": 1}} if path == "metrics" else {}
        async with hub.client() as client:
            for agent_id, headers, status in (
                (enrolled.id, {}, 401),
                (enrolled.id, {"Authorization": "Bearer oxa_wrong"}, 401),
                (enrolled.id, other.headers, 403),
                (77, other.headers, 404),
                ("x", other.headers, 422),
            ):
                answer = await client.post(f"/api/v1/agents/{agent_id}/{path}", json=body, headers=headers)
                assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
        assert await hub.fetch("SELECT 1 FROM agent_metrics") == []


class TestJson:
    async def test_plain_metrics_can_be_read_at_once(
        self, hub: RunningHub, enrolled: Enrolled, program: httpx.AsyncClient
    ) -> None:
        answer = await program.post("metrics", json={"metrics": {"cpu_usage": 42.5, "queue.length": -3}})
        assert (answer.status_code, answer.json()) == (200, {"accepted": 2})
        [series] = await read(hub, enrolled, "cpu_usage")
        assert series["v"] == [42.5]
        assert abs(series["t"][0] - time.time()) < 5
        assert (series["unit"], series["kind"], series["labels"]) == ("", "gauge", {})

    async def test_samples_have_labels_units_and_times(
        self, hub: RunningHub, enrolled: Enrolled, program: httpx.AsyncClient
    ) -> None:
        now = int(time.time())
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - 60))
        samples = [
            {"metric": "temp", "labels": {"room": "b"}, "time": now - 120, "value": 1, "unit": "Cel"},
            {"metric": "temp", "labels": {"room": "b"}, "time": stamp, "value": 2, "unit": "Cel"},
            {"metric": "temp", "labels": {"room": "a"}, "time": now - 60, "value": 5, "unit": "Cel"},
            {"metric": "temp", "labels": {"room": "a"}, "time": now - 60, "value": 6, "unit": "Cel"},
        ]
        answer = await program.post("metrics", json={"samples": samples})
        assert answer.json() == {"accepted": 3}
        a, b = await read(hub, enrolled, "temp")
        assert (a["labels"], b["labels"], a["unit"]) == ({"room": "a"}, {"room": "b"}, "Cel")
        assert dict(zip(a["t"], a["v"], strict=True)) == {now - 120: None, now - 60: 6}
        assert dict(zip(b["t"], b["v"], strict=True)) == {now - 120: 1, now - 60: 2}

    async def test_posting_is_a_sign_of_life(
        self, hub: RunningHub, enrolled: Enrolled, program: httpx.AsyncClient
    ) -> None:
        await program.post("metrics", json={"metrics": {"a": 1}})
        known = hub.hub.registry.get(enrolled.id)
        assert known is not None
        await until(lambda: known.status == "online")

    @pytest.mark.parametrize(
        ("body", "status", "field"),
        [
            ('{"metrics": {"a": NaN}}', 422, "metrics.a"),
            ('{"metrics": {"a": Infinity}}', 422, "metrics.a"),
            ('{"metrics": {"a": 1e999}}', 422, "metrics.a"),
            ('{"metrics": {"a": "x"}}', 422, "metrics.a"),
            ('{"metrics": {"a": null}}', 422, "metrics.a"),
            ('{"metrics": {"not a name": 1}}', 422, "metrics.not a name.[key]"),
            ('{"metrics": {}}', 422, "metrics"),
            ("{}", 422, "metrics"),
            ("[]", 422, "body"),
            ('{"samples": [{"metric": "a"}]}', 422, "samples.0.value"),
            ('{"samples": [{"metric": "a", "value": 1, "time": "soon"}]}', 422, "samples.0.time"),
            ('{"samples": [{"metric": "a", "value": 1, "time": 1e300}]}', 422, "samples.0.time"),
            ('{"samples": [{"metric": "a", "value": 1, "time": -1}]}', 422, "samples.0.time"),
            ('{"samples": [{"metric": "a", "value": 1, "time": 1}]}', 422, "samples.time"),
            ('{"samples": [{"metric": "a", "value": 1, "labels": {"a b": ""}}]}', 422, "samples.0.labels.a b.[key]"),
            ('{"samples": [{"metric": "a", "value": 1, "labels": {"a": "\\u0000"}}]}', 422, "samples.0.labels.a"),
            ('{"samples": [{"metric": "a", "value": 1, "unit": "\\u0000"}]}', 422, "samples.0.unit"),
            ("{", 400, None),
            ("", 400, None),
            ("\xff", 400, None),
            ("[" * 100_000, 400, None),
            ('{"metrics": {"a": "\\ud800"}}', 400, None),
        ],
    )
    async def test_each_wrong_field_is_named_and_nothing_is_stored(
        self, body: str, status: int, field: str | None, hub: RunningHub, program: httpx.AsyncClient
    ) -> None:
        answer = await program.post("metrics", content=body.encode("latin-1"), headers=JSON)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
        if field is not None:
            assert answer.json()["errors"][0]["field"] == field
        assert await hub.fetch("SELECT 1 FROM agent_metrics") == []

    async def test_times_more_than_five_minutes_ahead_are_refused(self, program: httpx.AsyncClient) -> None:
        for ahead, status in ((290, 200), (310, 422)):
            sample = {"metric": "a", "value": 1, "time": time.time() + ahead}
            rejects = measured("opsentrix_ingest_rejects_total", reason="time_in_future")
            answer = await program.post("metrics", json={"samples": [sample]})
            assert answer.status_code == status
        assert answer.json()["errors"][0]["field"] == "samples.time"
        assert measured("opsentrix_ingest_rejects_total", reason="time_in_future") == rejects + 1

    async def test_too_many_series_are_refused(self, hub: RunningHub, program: httpx.AsyncClient) -> None:
        rejects = measured("opsentrix_ingest_rejects_total", reason="too_many_series")
        samples = [{"metric": "a", "labels": {"n": str(n)}, "value": n} for n in range(5001)]
        answer = await program.post("metrics", json={"samples": samples})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "samples")
        assert measured("opsentrix_ingest_rejects_total", reason="too_many_series") == rejects + 1
        assert await hub.fetch("SELECT 1 FROM series") == []
        assert (await program.post("metrics", json={"samples": samples[:5000]})).json() == {"accepted": 5000}

    async def test_a_body_over_the_limit_is_refused_announced_or_not(
        self, hub: RunningHub, program: httpx.AsyncClient
    ) -> None:
        big = b'{"metrics": {"a": 1' + b" " * hub.hub.settings.max_body_bytes + b"}}"

        async def pieces() -> AsyncIterator[bytes]:
            for begin in range(0, len(big), 100_000):
                yield big[begin : begin + 100_000]

        for path in ("metrics", "heartbeat"):
            for content in (big, pieces()):
                answer = await program.post(path, content=content, headers=JSON)
                assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
        assert (await program.post("metrics", json={"metrics": {"a": 1}})).status_code == 200

    async def test_samples_a_minute_apart_are_no_gaps(self, hub: RunningHub, enrolled: Enrolled) -> None:
        now = int(time.time())
        samples = [{"metric": "a", "value": n, "time": now - 60 * n} for n in range(10) if n != 4]
        async with hub.client(await hub.session()) as client:
            posted = await client.post(
                f"/api/v1/agents/{enrolled.id}/metrics", json={"samples": samples}, headers=enrolled.headers
            )
            assert posted.status_code == 200
            answer = (await client.get("/api/v1/series", params={"agent": enrolled.id, "metric": "a"})).json()
        assert [(gap["from"], gap["to"]) for gap in answer["gaps"]] == [(now - 300, now - 180)]

    async def test_others_have_their_turn_while_many_samples_are_taken(
        self, hub: RunningHub, program: httpx.AsyncClient
    ) -> None:
        now = int(time.time())
        samples = [{"metric": "a", "value": n, "time": now - n} for n in range(10_000)]
        posting = asyncio.create_task(program.post("metrics", json={"samples": samples}))
        taken = [measured("opsentrix_ingest_frames_total", link="rest")]
        while not posting.done():
            await asyncio.sleep(0)
            taken.append(measured("opsentrix_ingest_frames_total", link="rest"))
        assert (await posting).json() == {"accepted": 10_000}
        assert taken[-1] - taken[0] == 10_000
        assert max(np.diff(taken)) <= 1000, "the event loop was held up"

    async def test_while_the_database_is_away_the_program_is_told_to_try_again(
        self, hub: RunningHub, program: httpx.AsyncClient, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rest, "DURABLE_WITHIN_S", 0.3)
        assert (await program.post("metrics", json={"metrics": {"a": 1}})).status_code == 200
        async with postgres.away(hub.dsn):
            answer = await program.post("metrics", json={"metrics": {"a": 2}})
            assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
            new = await program.post("metrics", json={"metrics": {"b": 2}})
            assert new.status_code == 503
        monkeypatch.undo()
        answer = await program.post("metrics", json={"metrics": {"a": 3}})
        assert answer.status_code == 200


class TestProtobuf:
    async def test_a_frame_with_its_layout_and_then_without(
        self, hub: RunningHub, enrolled: Enrolled, program: httpx.AsyncClient
    ) -> None:
        for frame in (full_frame(1), bare_frame(2)):
            answer = await program.post("metrics", content=frame.SerializeToString(), headers=PROTOBUF)
            assert (answer.status_code, answer.json()) == (200, {"accepted": 15}), answer.text
        assert len(await hub.fetch("SELECT 1 FROM agent_metrics")) == 2
        [series] = await read(hub, enrolled, "test.rate")
        assert (series["kind"], series["unit"], len(series["v"])) == ("rate", "By/s", 5)

    async def test_a_frame_sent_again_is_no_error_and_stored_once(
        self, hub: RunningHub, program: httpx.AsyncClient
    ) -> None:
        body = full_frame(1).SerializeToString()
        answers = await asyncio.gather(*(program.post("metrics", content=body, headers=PROTOBUF) for _ in range(3)))
        assert {one.status_code for one in answers} == {200}
        assert len(await hub.fetch("SELECT 1 FROM agent_metrics")) == 1

    @pytest.mark.parametrize(
        ("frame", "status", "field"),
        [
            (bare_frame(1), 422, "frame.layout_id"),
            (full_frame(0), 422, "frame.seq"),
            (full_frame(1, boot=b"x"), 422, "frame.boot_id"),
            (full_frame(1, first_ms=0), 422, "frame.first_tick_ms"),
            (full_frame(1, values=[float("nan")] * 15), 422, "frame.columns"),
            (pb.Frame(), 422, "frame.boot_id"),
        ],
        ids=["layout", "seq", "boot", "old", "nan", "empty"],
    )
    async def test_each_wrong_field_is_named(
        self, frame: pb.Frame, status: int, field: str, program: httpx.AsyncClient
    ) -> None:
        answer = await program.post("metrics", content=frame.SerializeToString(), headers=PROTOBUF)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (status, field)

    async def test_what_is_no_frame_is_malformed(self, program: httpx.AsyncClient) -> None:
        answer = await program.post("metrics", content=b"\xff\xff", headers=PROTOBUF)
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")

    async def test_boots_kept_in_memory_are_bounded(
        self, hub: RunningHub, program: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rest, "_KEPT_BOOTS", 3)
        for n in range(1, 8):
            frame = full_frame(n, boot=bytes([n]) * 16, series=SERIES)
            await program.post("metrics", content=frame.SerializeToString(), headers=PROTOBUF)
        ingest: RestIngest = hub.hub.services.rest
        assert len(ingest._boots) <= 3

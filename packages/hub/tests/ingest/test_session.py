"""An agent's session over its WebSocket: what is taken, what is refused, and that nothing ends it but its end."""

import asyncio
import contextlib
import math
import zlib
from collections.abc import Callable

import pytest
import websockets
from opsentrix.ingest.session import CAPABILITIES
from opsentrix.model.ranges import RangeSet
from opsentrix.storage import frames
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.catalogue import Series, labels_of

from packages.hub.tests.kit.agent import (
    BOOT,
    GAUGE,
    OTHER_BOOT,
    FakeAgent,
    bare_frame,
    full_frame,
    now_ms,
)
from packages.hub.tests.kit.hub import Enrolled, RunningHub, measured, until


async def stored(hub: RunningHub, agent: Enrolled) -> list[int]:
    rows = await hub.fetch("SELECT seq FROM agent_metrics WHERE agent_id = $1 ORDER BY boot, seq", agent.id)
    return [row["seq"] for row in rows]


def rejects(reason: str) -> float:
    return measured("opsentrix_ingest_rejects_total", reason=reason)


async def still_works(agent: FakeAgent, seq: int = 1000) -> None:
    await agent.send(frame=full_frame(seq))
    await agent.acked(seq)


class TestHello:
    async def test_the_welcome_tells_the_agent_what_it_needs(self, hub: RunningHub, enrolled: Enrolled) -> None:
        async with hub.agent(enrolled) as agent:
            welcome = await agent.hello(layout_ids=[5, full_frame(1).layout_id])
            assert tuple(welcome.capabilities) == CAPABILITIES
            assert (welcome.agent_id, welcome.max_series) == (enrolled.id, 5000)
            assert welcome.max_message_bytes == hub.hub.settings.max_body_bytes
            assert abs(welcome.time_ms - now_ms()) < 5000
            assert list(welcome.known_layout_ids) == []
            assert [(one.boot_id, one.last_seq, list(one.ranges)) for one in welcome.committed] == [(BOOT, 0, [])]

    @pytest.mark.parametrize("kind", ["frame", "heartbeat", "event"])
    async def test_nothing_is_taken_before_it(self, kind: str, hub: RunningHub, enrolled: Enrolled) -> None:
        async with hub.agent(enrolled) as agent:
            match kind:
                case "frame":
                    await agent.send(frame=full_frame(1))
                case "heartbeat":
                    await agent.send(heartbeat=pb.Heartbeat())
                case _:
                    await agent.send(event=pb.Event())
            reject = await agent.rejected()
            assert (reject.reason, reject.field, reject.permanent) == (pb.REJECT_REASON_MALFORMED, kind, True)
            await agent.hello()
            await still_works(agent)
        assert await stored(hub, enrolled) == [1000]

    @pytest.mark.parametrize(
        ("hello", "field"),
        [
            (pb.Hello(), "hello.boot_ids"),
            (pb.Hello(boot_ids=[b"short"]), "hello.boot_ids"),
            (pb.Hello(boot_ids=[bytes(16)] * 101), "hello.boot_ids"),
            (pb.Hello(boot_ids=[BOOT], layout_ids=range(101)), "hello.layout_ids"),
        ],
    )
    async def test_a_wrong_one_is_refused_and_may_be_said_again(
        self, hello: pb.Hello, field: str, hub: RunningHub, enrolled: Enrolled
    ) -> None:
        async with hub.agent(enrolled) as agent:
            await agent.send(hello=hello)
            assert (await agent.rejected()).field == field
            await agent.hello()
            await still_works(agent)

    async def test_facts_are_kept_even_strange_ones(self, hub: RunningHub, enrolled: Enrolled) -> None:
        facts = {"os.type": "linux", "odd": "a\0b\x07", "k" * 100: "v" * 1000} | {f"n{n}": "" for n in range(100)}
        async with hub.agent(enrolled) as agent:
            await agent.hello(host=facts, agent_version="1.2\0")
            await until(lambda: hub.hub.registry.get(enrolled.id).agent.version == "1.2")  # type: ignore[union-attr]  # it is there

        async def written() -> bool:
            [row] = await hub.fetch("SELECT facts, version FROM agents WHERE id = $1", enrolled.id)
            return bool(row["version"] == "1.2") and len(row["facts"]) == 64

        await until(written)

    async def test_an_interval_beyond_reason_does_not_keep_an_agent_online(
        self, hub: RunningHub, enrolled: Enrolled
    ) -> None:
        async with hub.agent(enrolled) as agent:
            await agent.hello(step_ms=2**32 - 1, frame_ticks=2**32 - 1)
            known = hub.hub.registry.get(enrolled.id)
            assert known is not None
            assert known.agent.reporting_interval <= 86_400


class TestFrames:
    async def test_the_ack_comes_when_the_frame_is_durable(self, hub: RunningHub, enrolled: Enrolled) -> None:
        async with hub.greeted(enrolled) as agent:
            for seq in range(1, 6):
                await agent.send(frame=full_frame(seq))
                await agent.acked(seq)
                # Another connection sees only what is committed.
                assert await stored(hub, enrolled) == list(range(1, seq + 1))

    async def test_without_a_commit_there_is_no_ack(self, hub: RunningHub, enrolled: Enrolled) -> None:
        async with hub.greeted(enrolled) as agent:
            await still_works(agent, 1)
            async with hub.database.transaction() as connection:
                await connection.execute("LOCK TABLE agent_metrics IN EXCLUSIVE MODE")
                await agent.send(frame=bare_frame(2))
                await agent.quiet(0.4)
            await agent.acked(2)

    async def test_frames_come_in_any_order(self, hub: RunningHub, enrolled: Enrolled) -> None:
        async with hub.greeted(enrolled) as agent:
            for seq in (5, 2, 9, 1):
                await agent.send(frame=full_frame(seq, first_ms=now_ms() - seq * 5000))
            await agent.acked(5, 2, 9, 1)
        assert await stored(hub, enrolled) == [1, 2, 5, 9]

    async def test_a_frame_sent_again_is_acked_again_and_stored_once(self, hub: RunningHub, enrolled: Enrolled) -> None:
        frame = full_frame(1)
        duplicates = measured("opsentrix_ingest_duplicate_frames_total")
        async with hub.greeted(enrolled) as agent:
            await agent.send(frame=frame)
            await agent.send(frame=frame)
            await agent.acked(1)
            await agent.send(frame=frame)
            await agent.acked(1)
        assert await stored(hub, enrolled) == [1]
        assert measured("opsentrix_ingest_duplicate_frames_total") == duplicates + 2

    async def test_after_reconnecting_it_learns_what_is_committed(self, hub: RunningHub, enrolled: Enrolled) -> None:
        async with hub.greeted(enrolled) as agent:
            for seq in (1, 2, 3, 7, 8):
                await agent.send(frame=full_frame(seq, first_ms=now_ms() - seq * 5000))
            await agent.acked(1, 2, 3, 7, 8)
        async with hub.greeted(enrolled, OTHER_BOOT) as agent:
            await agent.send(frame=full_frame(4, boot=OTHER_BOOT))
            await agent.acked(4, boot=OTHER_BOOT)
        async with hub.agent(enrolled) as agent:
            known = full_frame(1).layout_id
            welcome = await agent.hello(OTHER_BOOT, BOOT, layout_ids=[known, 99])
            assert [
                (one.boot_id, one.last_seq, [(r.first, r.last) for r in one.ranges]) for one in welcome.committed
            ] == [(OTHER_BOOT, 4, [(4, 4)]), (BOOT, 8, [(1, 3), (7, 8)])]
            assert list(welcome.known_layout_ids) == [known]

    async def test_a_frame_that_was_compacted_meanwhile_is_not_stored_again(
        self, hub: RunningHub, enrolled: Enrolled
    ) -> None:
        async with hub.greeted(enrolled) as agent:
            for seq in (1, 2):
                await agent.send(frame=full_frame(seq, first_ms=now_ms() - seq * 5000))
            await agent.acked(1, 2)
        async with hub.database.transaction() as connection:
            await connection.execute("DELETE FROM agent_metrics WHERE seq = 1")
            [boot] = await connection.fetch("SELECT id FROM agent_boots")
            await frames.note_compacted(connection, boot["id"], RangeSet([(1, 1)]))
        async with hub.greeted(enrolled) as agent:
            await agent.send(frame=full_frame(1))
            await agent.acked(1)
        assert await stored(hub, enrolled) == [2]

    async def test_a_frame_of_an_old_session_may_come_twice_at_once(self, hub: RunningHub, enrolled: Enrolled) -> None:
        frame = full_frame(1)
        async with hub.greeted(enrolled) as old, hub.database.transaction() as connection:
            await connection.execute("LOCK TABLE agent_metrics IN EXCLUSIVE MODE")
            await old.send(frame=frame)
            await old.quiet(0.2)
            async with hub.agent(enrolled) as new:
                connecting = asyncio.create_task(new.hello())
                await connecting
                await new.send(frame=frame)
                await new.quiet(0.1)
                await connection.execute("SELECT 1")
                # The lock goes with the transaction, while both copies wait in the writer.
                await connection.execute("COMMIT; BEGIN")
                await new.acked(1)
        assert await stored(hub, enrolled) == [1]

    async def test_float32_reaches_the_database_as_it_came(self, hub: RunningHub, enrolled: Enrolled) -> None:
        frame = full_frame(1, ticks=1)
        frame.value_type, frame.compression = pb.VALUE_TYPE_FLOAT32, pb.COMPRESSION_NONE
        frame.columns = bytes(12)
        async with hub.greeted(enrolled) as agent:
            await agent.send(frame=frame)
            await agent.acked(1)
        [row] = await hub.fetch("SELECT columns, value_type FROM agent_metrics")
        assert (row["columns"], row["value_type"]) == (bytes(12), pb.VALUE_TYPE_FLOAT32)

    async def test_a_beat_makes_the_agent_online_and_a_goodbye_offline(
        self, hub: RunningHub, enrolled: Enrolled
    ) -> None:
        def status() -> str:
            known = hub.hub.registry.get(enrolled.id)
            return known.status if known else ""

        async with hub.greeted(enrolled) as agent:
            await until(lambda: status() == "online")
            for said, seen in (
                (pb.AGENT_STATUS_ERROR, "error"),
                (pb.AGENT_STATUS_MAINTENANCE, "maintenance"),
                (pb.AGENT_STATUS_OFFLINE, "offline"),
            ):
                await agent.send(heartbeat=pb.Heartbeat(status=said))
                await until(lambda seen=seen: status() == seen)  # type: ignore[misc]  # mypy cannot infer a default's type

    async def test_events_are_counted_whatever_they_say(self, hub: RunningHub, enrolled: Enrolled) -> None:
        before = measured("opsentrix_agent_events_total", severity="warning")
        async with hub.greeted(enrolled) as agent:
            await agent.send(event=pb.Event(kind="collector\0failed", severity=pb.SEVERITY_WARNING, message="x" * 9999))
            message = pb.AgentMessage(event=pb.Event(kind="odd"))
            # A severity of a later version: field 3 of Event, a varint.
            await agent.socket.send(message.SerializeToString() + b"\x22\x02\x18\x63")
            await still_works(agent)
        assert measured("opsentrix_agent_events_total", severity="warning") == before + 1


def changed(change: Callable[[pb.Frame], None]) -> pb.Frame:
    frame = full_frame(1)
    change(frame)
    return frame


def _set(**fields: object) -> Callable[[pb.Frame], None]:
    def change(frame: pb.Frame) -> None:
        for name, value in fields.items():
            setattr(frame, name, value)

    return change


def _no_series(frame: pb.Frame) -> None:
    del frame.layout.series[:]


def _bad_name(frame: pb.Frame) -> None:
    frame.layout.metrics[0].name = "not a name"


def _many(count: int) -> pb.Frame:
    return full_frame(1, series=[Series(GAUGE, labels_of(n=str(n))) for n in range(count)], ticks=1)


BAD_FRAMES = {
    "boot": (changed(_set(boot_id=bytes(16))), "malformed", "frame.boot_id"),
    "short boot": (changed(_set(boot_id=b"x")), "malformed", "frame.boot_id"),
    "seq": (changed(_set(seq=0)), "malformed", "frame.seq"),
    "ticks": (changed(_set(ticks=0)), "malformed", "frame.ticks"),
    "future": (full_frame(1, first_ms=now_ms() + 4_000_000), "time_in_future", "frame.first_tick_ms"),
    "old": (full_frame(1, first_ms=now_ms() - 31 * 86_400_000), "time_too_old", "frame.first_tick_ms"),
    "negative": (full_frame(1, first_ms=-1), "time_too_old", "frame.first_tick_ms"),
    "layout id": (changed(_set(layout_id=77)), "invalid_layout", "frame.layout_id"),
    "no series": (changed(_no_series), "invalid_layout", "layout.series"),
    "name": (changed(_bad_name), "invalid_layout", "layout.metrics[0].name"),
    "many": (_many(5001), "too_many_series", "frame.layout.series"),
    "column length": (changed(_set(ticks=4)), "column_length", "frame.columns"),
    "bomb": (changed(_set(columns=zlib.compress(bytes(100_000_000)))), "column_length", "frame.columns"),
    "not zlib": (changed(_set(columns=b"rubbish")), "malformed", "frame.columns"),
    "nan": (full_frame(1, values=[math.nan] * 15), "not_finite", "frame.columns"),
    "value type": (changed(_set(value_type=0)), "unsupported", "frame.value_type"),
}  # fmt: skip


class TestRefusals:
    @pytest.mark.parametrize("case", BAD_FRAMES)
    async def test_a_bad_frame_is_named_counted_and_harms_nothing(
        self, case: str, hub: RunningHub, enrolled: Enrolled
    ) -> None:
        frame, reason, field = BAD_FRAMES[case]
        before = rejects(reason)
        async with hub.greeted(enrolled) as agent:
            await agent.send(frame=frame)
            reject = await agent.rejected()
            assert pb.RejectReason.Name(reject.reason) == f"REJECT_REASON_{reason.upper()}"
            assert (reject.field, reject.permanent, reject.retry_after_ms) == (field, True, 0)
            assert (reject.boot_id, reject.seq) == (frame.boot_id, frame.seq)
            assert reject.detail
            assert rejects(reason) == before + 1
            await still_works(agent)
        assert await stored(hub, enrolled) == [1000]

    @pytest.mark.parametrize("message", [b"\xff\xff\xff", b"\x00", b"", "a text", b"\x12\x05ab", b"\x9a\x06\x00"])
    async def test_what_is_no_message_is_refused(
        self, message: bytes | str, hub: RunningHub, enrolled: Enrolled
    ) -> None:
        before = rejects("malformed")
        async with hub.greeted(enrolled) as agent:
            await agent.socket.send(message)
            assert (await agent.rejected()).reason == pb.REJECT_REASON_MALFORMED
            await still_works(agent)
        assert rejects("malformed") == before + 1

    async def test_an_unknown_layout_is_asked_for(self, hub: RunningHub, enrolled: Enrolled) -> None:
        async with hub.greeted(enrolled) as agent:
            await agent.send(frame=bare_frame(1))
            reject = await agent.rejected()
            assert (reject.reason, reject.permanent) == (pb.REJECT_REASON_UNKNOWN_LAYOUT, False)
            assert reject.retry_after_ms > 0
            await agent.send(frame=full_frame(1))
            await agent.acked(1)
            await agent.send(frame=bare_frame(2))
            await agent.acked(2)
        assert await stored(hub, enrolled) == [1, 2]

    async def test_a_layout_of_another_agent_is_unknown(self, hub: RunningHub, enrolled: Enrolled) -> None:
        other = await hub.enroll("other")
        async with hub.greeted(enrolled) as agent, hub.greeted(other) as stranger:
            await still_works(agent)
            await stranger.send(frame=bare_frame(1))
            assert (await stranger.rejected()).reason == pb.REJECT_REASON_UNKNOWN_LAYOUT

    async def test_a_huge_layout_is_refused_before_it_is_read(self, hub: RunningHub, enrolled: Enrolled) -> None:
        frame = full_frame(1)
        frame.layout.metrics.extend([pb.Metric(name="a", kind=pb.METRIC_KIND_GAUGE)] * 200_000)
        async with hub.greeted(enrolled) as agent:
            await agent.send(frame=frame)
            assert (await agent.rejected()).reason == pb.REJECT_REASON_TOO_MANY_SERIES
            await still_works(agent)

    async def test_a_message_over_the_limit_is_refused_by_name(self, hub: RunningHub, enrolled: Enrolled) -> None:
        frame = full_frame(1)
        frame.columns = bytes(hub.hub.settings.max_body_bytes)
        async with hub.greeted(enrolled) as agent:
            await agent.send(frame=frame)
            reject = await agent.rejected()
            assert (reject.reason, reject.seq, reject.permanent) == (pb.REJECT_REASON_TOO_LARGE, 1, True)
            await still_works(agent)

    async def test_a_message_far_over_the_limit_ends_the_session_alone(
        self, hub: RunningHub, enrolled: Enrolled
    ) -> None:
        other = await hub.enroll("other")
        async with hub.greeted(enrolled) as agent, hub.greeted(other) as neighbour:
            with contextlib.suppress(websockets.ConnectionClosed):
                await agent.socket.send(bytes(hub.hub.settings.max_body_bytes * 4 + 1))
            await agent.closed()
            assert agent.socket.close_code == 1009
            await still_works(neighbour)
        async with hub.greeted(enrolled) as agent:
            await still_works(agent)

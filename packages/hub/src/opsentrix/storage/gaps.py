"""The gap ledger: what is missing from compacted history and why, and how far each agent's history is compacted."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from opsentrix.db import Connection
from opsentrix.model.gaps import Cause, Evidence, LedgerGap, Reason, Span, breaks, explain
from opsentrix.storage import frames
from opsentrix.storage.times import timestamp, unix_ms

_MAX_CAUSES = 1000
"""Causes that are kept of one agent; what comes beyond is not noted, so that no agent can fill the disk with them."""


async def between(connection: Connection, agent_id: int, first_ms: int, last_ms: int) -> list[LedgerGap]:
    """Return an agent's gaps that touch this time (Unix ms), oldest first."""
    rows = await connection.fetch(
        """
        SELECT * FROM gaps
        WHERE agent_id = $1 AND first_tick <= $3 AND last_tick >= $2 ORDER BY first_tick
        """,
        agent_id, timestamp(first_ms), timestamp(last_ms),
    )  # fmt: skip
    return [
        LedgerGap(
            _edge(row["first_tick"], row["step_ms"], row["before_boot"], row["before_seq"]),
            _edge(row["last_tick"], row["step_ms"], row["after_boot"], row["after_seq"]),
            Reason(row["reason"]), row["lost_frames"],
        )
        for row in rows
    ]  # fmt: skip


async def replace(connection: Connection, agent_id: int, gone: Sequence[LedgerGap], new: Sequence[LedgerGap]) -> None:
    """Take gaps out of the ledger and put others in."""
    await connection.execute(
        "DELETE FROM gaps WHERE agent_id = $1 AND first_tick = ANY ($2)",
        agent_id,
        [timestamp(gap.first_ms) for gap in gone],
    )
    await connection.executemany(
        """
        INSERT INTO gaps (agent_id, first_tick, last_tick, reason, lost_frames, step_ms, before_boot, before_seq,
            after_boot, after_seq)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (agent_id, first_tick) DO UPDATE SET last_tick = excluded.last_tick, reason = excluded.reason,
            lost_frames = excluded.lost_frames, step_ms = excluded.step_ms, before_boot = excluded.before_boot,
            before_seq = excluded.before_seq, after_boot = excluded.after_boot, after_seq = excluded.after_seq
        """,
        [
            (
                agent_id, timestamp(gap.first_ms), timestamp(gap.last_ms), gap.reason, gap.lost_frames,
                max(gap.before.step_ms, gap.after.step_ms), gap.before.boot, gap.before.seq, gap.after.boot,
                gap.after.seq,
            )
            for gap in new
        ],
    )  # fmt: skip


async def newest_span(connection: Connection, agent_id: int) -> Span | None:
    """Return the span of the newest frame of an agent that is compacted."""
    row = await connection.fetchrow(
        "SELECT first_tick, last_tick, step_ms, boot, seq FROM compacted_until WHERE agent_id = $1", agent_id
    )
    if row is None:
        return None
    return Span(unix_ms(row["first_tick"]), unix_ms(row["last_tick"]), row["step_ms"], row["boot"], row["seq"])


async def set_newest_span(connection: Connection, agent_id: int, span: Span) -> None:
    """Note how far an agent's history is compacted."""
    await connection.execute(
        """
        INSERT INTO compacted_until (agent_id, first_tick, last_tick, step_ms, boot, seq)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (agent_id) DO UPDATE SET first_tick = excluded.first_tick, last_tick = excluded.last_tick,
            step_ms = excluded.step_ms, boot = excluded.boot, seq = excluded.seq
        """,
        agent_id, timestamp(span.first_ms), timestamp(span.last_ms), span.step_ms, span.boot, span.seq,
    )  # fmt: skip


async def explained(connection: Connection, agent_id: int, spans: Iterable[Span]) -> list[LedgerGap]:
    """Return the gaps between an agent's frames, which follow each other in time, with what is known of each."""
    found = breaks(spans)
    if not found:
        return []
    boots = {after.boot for before, after in found if before.boot == after.boot}
    evidence = Evidence(
        await _causes(connection, agent_id, {after.boot for _, after in found}),
        {boot: await frames.committed(connection, agent_id, boot) for boot in boots},
    )
    return [explain(before, after, evidence) for before, after in found]


async def filled(
    connection: Connection, agent_id: int, known: Sequence[LedgerGap], late: Sequence[Span]
) -> tuple[list[LedgerGap], list[LedgerGap]]:
    """Return which of these gaps frames that came late lie in, and what is left of those; both in order of time."""
    gone: list[LedgerGap] = []
    left: list[LedgerGap] = []
    for gap in known:
        inside = [span for span in late if span.first_ms < gap.last_ms and span.last_ms > gap.first_ms]
        if inside:
            gone.append(gap)
            left += await explained(connection, agent_id, [gap.before, *inside, gap.after])
    return gone, left


async def sampled_twice(connection: Connection, agent_id: int, first_ms: int, last_ms: int) -> list[tuple[int, int]]:
    """Return the times (Unix ms) within this one that an agent went through twice: its clock was set back."""
    rows = await connection.fetch(
        """
        SELECT first_tick, last_tick FROM frame_causes
        WHERE agent_id = $1 AND reason = $2 AND first_tick <= $4 AND last_tick >= $3 ORDER BY first_tick
        """,
        agent_id, Reason.CLOCK_BACK, timestamp(first_ms), timestamp(last_ms),
    )  # fmt: skip
    return [(unix_ms(row["first_tick"]), unix_ms(row["last_tick"])) for row in rows]


async def note(connection: Connection, causes: Sequence[Cause]) -> int:
    """Keep causes and return how many agents had no room for.

    One that goes on where a kept one of the same reason ends makes that one longer.
    """
    written: list[int] = await connection.fetchval(
        """
        WITH n AS (
            SELECT * FROM unnest(
                $1::bigint[], $2::integer[], $3::bigint[], $4::bigint[], $5::text[],
                $6::timestamptz[], $7::timestamptz[]
            ) AS n (agent_id, boot, first_seq, last_seq, reason, first_tick, last_tick)
        ), longer AS (
            UPDATE frame_causes c SET last_seq = n.last_seq FROM n
            WHERE (c.agent_id, c.boot, c.reason) = (n.agent_id, n.boot, n.reason) AND n.first_tick IS NULL
                AND c.first_seq < n.first_seq AND c.last_seq BETWEEN n.first_seq - 1 AND n.last_seq
            RETURNING n.agent_id, n.boot, n.first_seq, n.reason
        ), added AS (
            INSERT INTO frame_causes AS c (agent_id, boot, first_seq, last_seq, reason, first_tick, last_tick)
            SELECT n.* FROM n
            WHERE (n.agent_id, n.boot, n.first_seq, n.reason) NOT IN (SELECT * FROM longer)
                AND (SELECT count(*) FROM frame_causes k WHERE k.agent_id = n.agent_id) < $8
            ON CONFLICT (agent_id, boot, first_seq, reason)
                DO UPDATE SET last_seq = greatest(c.last_seq, excluded.last_seq)
            RETURNING 1
        )
        SELECT ARRAY[(SELECT count(*) FROM longer), (SELECT count(*) FROM added)]
        """,
        [one.agent_id for one in causes], [one.boot for one in causes], [one.first_seq for one in causes],
        [one.last_seq for one in causes], [one.reason for one in causes],
        [None if one.first_ms is None else timestamp(one.first_ms) for one in causes],
        [None if one.last_ms is None else timestamp(one.last_ms) for one in causes], _MAX_CAUSES,
    )  # fmt: skip
    return max(0, len(causes) - sum(written))


async def remove(connection: Connection, no_frames: datetime, nothing: datetime) -> None:
    """Remove what explains times that are not kept.

    Args:
        connection: any.
        no_frames: frames from before it are not taken any more; why some are missing is in the gaps by then.
        nothing: no history from before it is kept.
    """
    await connection.execute("DELETE FROM frame_causes WHERE noted_at < $1", no_frames)
    await connection.execute("DELETE FROM gaps WHERE last_tick < $1", nothing)


def _edge(tick: datetime, step_ms: int, boot: int, seq: int) -> Span:
    """Return a frame beside a gap by the tick that is next to it."""
    return Span(unix_ms(tick), unix_ms(tick), step_ms, boot, seq)


async def _causes(connection: Connection, agent_id: int, boots: Iterable[int]) -> list[Cause]:
    rows = await connection.fetch(
        "SELECT * FROM frame_causes WHERE agent_id = $1 AND boot = ANY ($2) ORDER BY boot, first_seq",
        agent_id, list(boots),
    )  # fmt: skip
    return [
        Cause(
            agent_id, row["boot"], row["first_seq"], row["last_seq"], Reason(row["reason"]),
            None if row["first_tick"] is None else unix_ms(row["first_tick"]),
            None if row["last_tick"] is None else unix_ms(row["last_tick"]),
        )
        for row in rows
    ]  # fmt: skip

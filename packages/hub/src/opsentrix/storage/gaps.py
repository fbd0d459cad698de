"""The gap ledger: what is missing from compacted history, and how far each agent's history is compacted."""

from collections.abc import Sequence

from opsentrix.db import Connection
from opsentrix.model.gaps import LedgerGap, Reason, Span
from opsentrix.storage.times import timestamp, unix_ms


async def between(connection: Connection, agent_id: int, first_ms: int, last_ms: int) -> list[LedgerGap]:
    """Return an agent's gaps that touch this time (Unix ms), oldest first."""
    rows = await connection.fetch(
        """
        SELECT first_tick, last_tick, reason, lost_frames FROM gaps
        WHERE agent_id = $1 AND first_tick <= $3 AND last_tick >= $2 ORDER BY first_tick
        """,
        agent_id, timestamp(first_ms), timestamp(last_ms),
    )  # fmt: skip
    return [
        LedgerGap(unix_ms(row["first_tick"]), unix_ms(row["last_tick"]), Reason(row["reason"]), row["lost_frames"])
        for row in rows
    ]


async def replace(connection: Connection, agent_id: int, gone: Sequence[LedgerGap], new: Sequence[LedgerGap]) -> None:
    """Take gaps out of the ledger and put others in."""
    await connection.execute(
        "DELETE FROM gaps WHERE agent_id = $1 AND first_tick = ANY ($2)",
        agent_id,
        [timestamp(gap.first_ms) for gap in gone],
    )
    await connection.executemany(
        """
        INSERT INTO gaps (agent_id, first_tick, last_tick, reason, lost_frames) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (agent_id, first_tick) DO UPDATE SET last_tick = excluded.last_tick, reason = excluded.reason,
            lost_frames = excluded.lost_frames
        """,
        [(agent_id, timestamp(gap.first_ms), timestamp(gap.last_ms), gap.reason, gap.lost_frames) for gap in new],
    )


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

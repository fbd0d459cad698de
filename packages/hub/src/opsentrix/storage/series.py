"""Series and the metrics that they belong to."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import asyncpg
from opsentrix_protocol.catalogue import Kind, Labels, Metric, Series

from opsentrix.db import Connection
from opsentrix.model.series import KnownSeries

Numbered = tuple[int, int, Series]
"""An agent, the number of one of its series, and what that is."""


class UnknownAgentError(Exception):
    """There is no such agent: it was deleted meanwhile."""


async def register(connection: Connection, agent_id: int, series: Sequence[Series]) -> list[int]:
    """Return the numbers of an agent's series in the given order; those not seen before get one.

    Raises:
        UnknownAgentError: the agent was deleted.
    """
    metric_ids = await _metric_ids(connection, {one.metric for one in series})
    wanted = [(metric_ids[_key(one.metric)], dict(one.labels)) for one in series]
    statement = """
        INSERT INTO series (agent_id, metric_id, labels)
        SELECT $1, n.metric_id, n.labels FROM unnest($2::integer[], $3::jsonb[]) AS n (metric_id, labels)
        ON CONFLICT DO NOTHING
        """
    try:
        await connection.execute(
            statement, agent_id, [metric for metric, _ in wanted], [labels for _, labels in wanted]
        )
    except asyncpg.ForeignKeyViolationError as error:
        raise UnknownAgentError from error
    return [one for one in await find(connection, agent_id, series) if one is not None]


async def find(connection: Connection, agent_id: int, series: Sequence[Series]) -> list[int | None]:
    """Return the numbers of an agent's series in the given order; None for those not seen before.

    Those that had ended go on from now on.
    """
    keys = [_key(one.metric) for one in series]
    names, units, kinds = zip(*keys, strict=True)
    rows = await connection.fetch(
        """
        SELECT n.at, s.id, s.ended_at < 'infinity' AS ended
        FROM unnest($2::text[], $3::text[], $4::smallint[], $5::jsonb[])
            WITH ORDINALITY AS n (name, unit, kind, labels, at)
        JOIN metrics m ON (m.name, m.unit, m.kind) = (n.name, n.unit, n.kind)
        JOIN series s ON s.agent_id = $1 AND s.metric_id = m.id AND s.labels = n.labels
        """,
        agent_id, names, units, kinds, [dict(one.labels) for one in series],
    )  # fmt: skip
    if ended := [row["id"] for row in rows if row["ended"]]:
        await connection.execute("UPDATE series SET ended_at = 'infinity' WHERE id = ANY ($1)", ended)
    found = {row["at"]: row["id"] for row in rows}
    return [found.get(at) for at in range(1, len(series) + 1)]


async def end_unlisted(connection: Connection, agent_id: int, series_ids: Sequence[int]) -> None:
    """Note that those of these series that no layout of the agent has any more have ended."""
    await connection.execute(
        """
        UPDATE series SET ended_at = greatest(
            now(), (SELECT last_tick FROM compacted_until WHERE agent_id = $1)
        )
        WHERE id = ANY ($2)
            AND id NOT IN (SELECT unnest(series_ids) FROM layouts WHERE agent_id = $1)
        """,
        agent_id, series_ids,
    )  # fmt: skip


async def remove_ended(connection: Connection, before: datetime, limit: int) -> int:
    """Remove series that ended before this, and return how many; the oldest first, not more than `limit`."""
    status = await connection.execute(
        "DELETE FROM series WHERE id IN (SELECT id FROM series WHERE ended_at < $1 ORDER BY ended_at LIMIT $2)",
        before, limit,
    )  # fmt: skip
    return int(status.split()[-1])


async def count_new(connection: Connection, agent_id: int) -> int:
    """Return how many series of an agent were first seen within the last day."""
    number: int = await connection.fetchval(
        "SELECT count(*) FROM series WHERE agent_id = $1 AND first_seen_at > now() - interval '1 day'", agent_id
    )
    return number


async def new_by_metric(connection: Connection, agent_id: int) -> dict[str, int]:
    """Return how many series of an agent were first seen within the last day, by metric name."""
    rows = await connection.fetch(
        """
        SELECT m.name, count(*) AS number FROM series s JOIN metrics m ON m.id = s.metric_id
        WHERE s.agent_id = $1 AND s.first_seen_at > now() - interval '1 day' GROUP BY m.name
        """,
        agent_id,
    )
    return {row["name"]: row["number"] for row in rows}


async def most_varied_label(connection: Connection, agent_id: int, metric: str) -> str:
    """Return the label of which a metric's series that are new within a day have most values; empty without labels."""
    label: str | None = await connection.fetchval(
        """
        SELECT l.key FROM series s JOIN metrics m ON m.id = s.metric_id, jsonb_each_text(s.labels) AS l
        WHERE s.agent_id = $1 AND m.name = $2 AND s.first_seen_at > now() - interval '1 day'
        GROUP BY l.key ORDER BY count(DISTINCT l.value) DESC, l.key LIMIT 1
        """,
        agent_id, metric,
    )  # fmt: skip
    return label or ""


async def by_ids(connection: Connection, ids: Sequence[int]) -> dict[int, Series]:
    """Return series by their numbers."""
    rows = await connection.fetch(
        """
        SELECT s.id, m.name, m.unit, m.kind, s.labels FROM series s JOIN metrics m ON m.id = s.metric_id
        WHERE s.id = ANY ($1)
        """,
        ids,
    )
    return {row["id"]: _series(row) for row in rows}


async def known(
    connection: Connection, agent_id: int, metrics: Sequence[str] = (), since: float = 0.0, labels: Labels = ()
) -> list[KnownSeries]:
    """Return an agent's series, of these metrics or of all, by metric name and labels.

    Args:
        connection: any.
        agent_id: whose.
        metrics: names; empty for all.
        since: Unix seconds; series that ended before are left out.
        labels: pairs that a series must have; it may have others too.
    """
    rows = await connection.fetch(
        """
        SELECT s.id, m.name, m.unit, m.kind, s.labels, s.first_seen_at
        FROM series s JOIN metrics m ON m.id = s.metric_id
        WHERE s.agent_id = $1 AND (cardinality($2::text[]) = 0 OR m.name = ANY ($2))
            AND s.ended_at >= to_timestamp($3) AND s.labels @> $4
        ORDER BY m.name, s.labels::text, s.id
        """,
        agent_id, list(metrics), since, dict(labels),
    )  # fmt: skip
    return [KnownSeries(row["id"], _series(row), row["first_seen_at"]) for row in rows]


async def of_agents(
    connection: Connection, agent_ids: Sequence[int], metrics: Sequence[str], labels: Labels
) -> list[tuple[int, int, Series]]:
    """Return (agent, number, series) of these agents' series of these metrics that have these labels, or more."""
    rows = await connection.fetch(
        """
        SELECT s.agent_id, s.id, m.name, m.unit, m.kind, s.labels
        FROM metrics m JOIN series s ON s.metric_id = m.id AND s.agent_id = ANY ($1) AND s.labels @> $3
        WHERE m.name = ANY ($2) ORDER BY s.agent_id, m.name, s.id
        """,
        agent_ids, metrics, dict(labels),
    )  # fmt: skip
    return [
        (
            row["agent_id"],
            row["id"],
            _series(row),
        )
        for row in rows
    ]


async def longest_sent(connection: Connection, agent_ids: Sequence[int]) -> dict[int, tuple[int, Series]]:
    """Return of each agent the series (number and name) that it has sent for longest: it tells when one was there.

    Of those that have not ended, the oldest; an agent without series is left out.
    """
    rows = await connection.fetch(
        """
        SELECT DISTINCT ON (s.agent_id) s.agent_id, s.id, m.name, m.unit, m.kind, s.labels
        FROM series s JOIN metrics m ON m.id = s.metric_id
        WHERE s.agent_id = ANY ($1) ORDER BY s.agent_id, s.ended_at DESC, s.id
        """,
        list(agent_ids),
    )
    return {row["agent_id"]: (row["id"], _series(row)) for row in rows}


async def _metric_ids(connection: Connection, metrics: Iterable[Metric]) -> dict[tuple[str, str, int], int]:
    keys = sorted(_key(one) for one in metrics)
    names, units, kinds = zip(*keys, strict=True)
    await connection.execute(
        """
        INSERT INTO metrics (name, unit, kind) SELECT * FROM unnest($1::text[], $2::text[], $3::smallint[])
        ON CONFLICT DO NOTHING
        """,
        names, units, kinds,
    )  # fmt: skip
    rows = await connection.fetch("SELECT id, name, unit, kind FROM metrics WHERE name = ANY ($1)", names)
    return {(row["name"], row["unit"], row["kind"]): row["id"] for row in rows}


def _key(metric: Metric) -> tuple[str, str, int]:
    return metric.name, metric.unit, int(Kind(metric.kind))


def _series(row: Any) -> Series:  # noqa: ANN401 - asyncpg's Record has no types
    return Series(Metric(row["name"], row["unit"], Kind(row["kind"])), tuple(sorted(row["labels"].items())))

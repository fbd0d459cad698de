"""Series and the metrics that they belong to."""

from collections.abc import Iterable, Sequence

from opsentrix_protocol.catalogue import Kind, Labels, Metric, Series

from opsentrix.db import Connection
from opsentrix.model.series import KnownSeries


async def register(connection: Connection, agent_id: int, series: Sequence[Series]) -> list[int]:
    """Return the numbers of an agent's series in the given order; those not seen before get one."""
    metric_ids = await _metric_ids(connection, {one.metric for one in series})
    wanted = [(metric_ids[_key(one.metric)], dict(one.labels)) for one in series]
    await connection.execute(
        """
        INSERT INTO series (agent_id, metric_id, labels)
        SELECT $1, n.metric_id, n.labels FROM unnest($2::integer[], $3::jsonb[]) AS n (metric_id, labels)
        ON CONFLICT DO NOTHING
        """,
        agent_id, [metric for metric, _ in wanted], [labels for _, labels in wanted],
    )  # fmt: skip
    rows = await connection.fetch("SELECT id, metric_id, labels FROM series WHERE agent_id = $1", agent_id)
    ids = {(row["metric_id"], tuple(sorted(row["labels"].items()))): row["id"] for row in rows}
    return [ids[metric, tuple(sorted(labels.items()))] for metric, labels in wanted]


async def count_new(connection: Connection, agent_id: int) -> int:
    """Return how many series of an agent were first seen within the last day."""
    number: int = await connection.fetchval(
        "SELECT count(*) FROM series WHERE agent_id = $1 AND first_seen_at > now() - interval '1 day'", agent_id
    )
    return number


async def known(connection: Connection, agent_id: int, metrics: Sequence[str] = ()) -> list[KnownSeries]:
    """Return an agent's series, of these metrics or of all, by metric name and labels."""
    rows = await connection.fetch(
        """
        SELECT s.id, m.name, m.unit, m.kind, s.labels, s.first_seen_at
        FROM series s JOIN metrics m ON m.id = s.metric_id
        WHERE s.agent_id = $1 AND (cardinality($2::text[]) = 0 OR m.name = ANY ($2))
        ORDER BY m.name, s.labels::text, s.id
        """,
        agent_id, list(metrics),
    )  # fmt: skip
    return [
        KnownSeries(
            row["id"],
            Series(Metric(row["name"], row["unit"], Kind(row["kind"])), tuple(sorted(row["labels"].items()))),
            row["first_seen_at"],
        )
        for row in rows
    ]


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
            Series(Metric(row["name"], row["unit"], Kind(row["kind"])), tuple(sorted(row["labels"].items()))),
        )
        for row in rows
    ]


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

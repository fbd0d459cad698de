"""`opsentrix query`: a metric over time as a table, over the hub's API with a token."""

import sys
import time
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from opsentrix.commands.agents import Environments, Tags, Types
from opsentrix.commands.amounts import amount, length_of_time, shown_unit, sparkline
from opsentrix.commands.asking import Token, Url, asking
from opsentrix.commands.remote import NotGivenError, Remote
from opsentrix.commands.terminal import AsCsv, AsJson, Column, Row, show

_OF_SAMPLES = ("avg", "min", "max", "last", "p50", "p90", "p95", "p99")
"""Aggregations whose points compare with the samples behind them."""


def query(  # noqa: PLR0913, PLR0917 - each is an option
    metric: Annotated[str, typer.Argument(help="Such as system.cpu.utilization.")],
    labels: Annotated[list[str] | None, typer.Argument(help="Labels that a series must have: key=value.")] = None,
    url: Url = "",
    token: Token = "",
    agent: Annotated[list[str] | None, typer.Option("--agent", help="Name or number; repeatable.")] = None,
    types: Types = None,
    environment: Environments = None,
    tag: Tags = None,
    agg: Annotated[
        str, typer.Option(help="What a point is of its samples: avg, min, max, sum, last, rate, p95.")
    ] = "avg",
    across: Annotated[str, typer.Option(help="One line for each group: avg, min, max, sum, count, p95.")] = "",
    by: Annotated[str, typer.Option(help="Groups by agent, environment, type, tag, label:KEY; commas between.")] = "",
    start: Annotated[str, typer.Option("--from", help="RFC 3339 or Unix seconds.")] = "",
    end: Annotated[str, typer.Option("--to", help="Likewise; now when left out.")] = "",
    last: Annotated[
        float | None, typer.Option("--last", parser=length_of_time, metavar="TIME", help="Such as 15m, 6h or 7d.")
    ] = None,
    points: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 100,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Show a metric over time: last, lowest, mean and highest of each series, or of each group of machines.

    Agents that are named are shown series by series; others are put together, by agent unless --by or --across says
    otherwise.
    """
    with asking(url, token) as hub:
        if start and last is not None:
            raise NotGivenError("Take --last or --from, not both.")
        together = bool(across or by or types or environment or tag or not agent)
        asked = {
            "metric": metric, "labels": ",".join(labels or ()), "agg": agg, "points": points,
            "agent": [hub.named(one) for one in agent or ()], "type": types, "environment": environment, "tag": tag,
            "from": start or (time.time() - last if last is not None else ""), "to": end,
        }  # fmt: skip
        if together:
            asked |= {"across": across or "avg", "by": by or ("" if across else "agent")}
        answer = hub.ask("GET", "/series", params={name: value for name, value in asked.items() if value}).json()
        found = answer["series"]
        names = {} if as_json else _names(hub, found)
    rows = [_row(one, names, whole=agg in _OF_SAMPLES and not together) for one in found]
    rows.sort(key=lambda row: list(row["keys"].values()))
    columns = _columns(rows, pictured=sys.stdout.isatty())
    show(columns, rows, answer, "Nobody sent this within that time.", as_json=as_json, as_csv=as_csv)


def _names(hub: Remote, found: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return the names of the agents in an answer by their numbers as text."""
    ids = {str(one["agent"] or (one["group"] or {}).get("agent", "")) for one in found} - {""}
    if len(ids) > 20:
        return {str(one["id"]): one["name"] for one in hub.pages("/agents", {})}
    return {one: hub.ask("GET", f"/agents/{one}").json()["name"] for one in ids}


def _row(series: Mapping[str, Any], names: Mapping[str, str], *, whole: bool) -> dict[str, Any]:
    """Return what is shown of a series.

    Args:
        series: as the hub answers.
        names: of agents.
        whole: whether lowest and highest are of the samples behind the points.
    """
    keys = dict(series["group"] if series["group"] is not None else {"agent": str(series["agent"]), **series["labels"]})
    if "agent" in keys:
        keys["agent"] = names.get(keys["agent"], keys["agent"])
    values = _known(series["v"])
    lows = _known(series["min"]) if whole and series["min"] is not None else values
    highs = _known(series["max"]) if whole and series["max"] is not None else values
    return {
        "keys": keys,
        "unit": shown_unit(series["metric"], series["unit"]),
        "last": values[-1] if values else None,
        "min": min(lows, default=None),
        "avg": sum(values) / len(values) if values else None,
        "max": max(highs, default=None),
        "points": series["v"],
    }


def _known(values: Sequence[float | None]) -> list[float]:
    return [one for one in values if one is not None]


def _columns(rows: Sequence[Row], *, pictured: bool) -> list[Column]:
    keys = dict.fromkeys(key for row in rows for key in row["keys"])
    columns = [_key(key) for key in keys] + [_number(name) for name in ("last", "min", "avg", "max")]
    if pictured:
        columns.append(Column("over time", lambda row: sparkline(row["points"]), style=lambda _: "cyan"))
    return columns


def _key(key: str) -> Column:
    return Column(key.removeprefix("label:"), lambda row: row["keys"].get(key, ""))


def _number(name: str) -> Column:
    return Column(name, lambda row: amount(row[name], row["unit"]), lambda row: row[name], number=True)

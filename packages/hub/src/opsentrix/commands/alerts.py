"""`opsentrix alerts`, `incidents` and `ack`: what is wrong, and who looks after it."""

import sys
import time
from typing import Annotated, Any

import typer

from opsentrix.commands.amounts import elapsed, length_of_time, since
from opsentrix.commands.asking import Token, Url, asking
from opsentrix.commands.remote import Remote
from opsentrix.commands.terminal import AsCsv, AsJson, Column, Row, printable, show
from opsentrix.model.incidents import IncidentState
from opsentrix.model.rules import Severity
from opsentrix.model.stored_alerts import AlertState

_STYLES = {"critical": "bold red", "warning": "yellow", "info": "blue"}

Severities = Annotated[list[Severity] | None, typer.Option("--severity", help="Repeatable, as all filters.")]
Agents = Annotated[list[str] | None, typer.Option("--agent", help="Name or number of an agent.")]


def alerts(
    url: Url = "",
    token: Token = "",
    severity: Severities = None,
    state: Annotated[
        list[AlertState] | None, typer.Option("--state", help="Else those that fire or lack data.")
    ] = None,
    agent: Agents = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List alerts, the newest first: those that fire or have no data any more."""
    with asking(url, token) as hub:
        wanted = {"severity": severity, "state": state, "agent": _ids(hub, agent)}
        found = list(hub.pages("/alerts", {name: value for name, value in wanted.items() if value}))
    show(_ALERTS, found, found, "No alerts.", as_json=as_json, as_csv=as_csv)


def incidents(
    url: Url = "",
    token: Token = "",
    severity: Severities = None,
    state: Annotated[list[IncidentState] | None, typer.Option("--state", help="Else those that are not over.")] = None,
    agent: Agents = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List incidents, the newest first: those that are not over."""
    with asking(url, token) as hub:
        unresolved = [IncidentState.OPEN, IncidentState.ACKNOWLEDGED]
        wanted = {"severity": severity, "state": state or unresolved, "agent": _ids(hub, agent)}
        found = list(hub.pages("/incidents", {name: value for name, value in wanted.items() if value}))
    show(_INCIDENTS, found, found, "No incidents.", as_json=as_json, as_csv=as_csv)


def ack(
    incident: Annotated[int, typer.Argument(min=1, help="Its number, as `opsentrix incidents` lists it.")],
    url: Url = "",
    token: Token = "",
    length: Annotated[
        float, typer.Option("--for", parser=length_of_time, metavar="TIME", help="Such as 30m, 4h or 2d.")
    ] = length_of_time("1h"),
) -> None:
    """Look after an incident: nobody is reminded of it for a while. Needs a token with alerting:write."""
    with asking(url, token) as hub:
        shown = hub.ask("POST", f"/incidents/{incident}/acknowledge", json={"until": time.time() + length}).json()
    sys.stdout.write(printable(f"Incident {incident} is yours for {elapsed(length)}: {shown['title']}") + "\n")


def _ids(hub: Remote, names: list[str] | None) -> list[int]:
    return [hub.named(name) for name in names or ()]


def _severity() -> Column:
    return Column("severity", lambda row: row["severity"], style=lambda row: _STYLES.get(row["severity"], ""))


def _labels(row: Row) -> str:
    labels: dict[str, Any] = row["labels"]
    return ",".join(f"{key}={value}" for key, value in labels.items())


_ALERTS = (
    _severity(),
    Column("state", lambda row: row["state"]),
    Column("rule", lambda row: row["rule_name"]),
    Column("agent", lambda row: row["agent_name"]),
    Column("labels", _labels),
    Column("value", lambda row: "-" if row["value"] is None else f"{row['value']:.4g}", lambda row: row["value"], True),
    Column("since", lambda row: since(row["since"]), lambda row: row["since"], number=True),
    Column("incident", lambda row: str(row["incident"] or "-"), lambda row: row["incident"], number=True),
    Column("quiet", lambda row: row["quiet"]),
)
_INCIDENTS = (
    Column("id", lambda row: str(row["id"]), number=True),
    _severity(),
    Column("state", lambda row: row["state"]),
    Column("title", lambda row: row["title"]),
    Column("agents", lambda row: str(row["agents"]), number=True),
    Column("firing", lambda row: str(row["firing"]), number=True),
    Column("since", lambda row: since(row["opened_at"]), lambda row: row["opened_at"], number=True),
    Column("looked after by", lambda row: row["acknowledged_by"] or "-", lambda row: row["acknowledged_by"]),
)

"""`opsentrix agents`: the fleet as a table, over the hub's API with a token."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from opsentrix.commands.amounts import amount, since
from opsentrix.commands.asking import Token, Url, asking
from opsentrix.commands.terminal import AsCsv, AsJson, Column, Row, show
from opsentrix.model.agents import AgentStatus

STYLES = {"online": "green", "offline": "red", "error": "bold red", "maintenance": "yellow"}
"""How a terminal shows an agent's status, which is written out beside it."""

Status = Annotated[list[AgentStatus] | None, typer.Option("--status", help="Repeatable, as all filters.")]
Types = Annotated[list[str] | None, typer.Option("--type", help="Such as server.")]
Environments = Annotated[list[str] | None, typer.Option("--environment", "--env", help="Such as production.")]
Tags = Annotated[list[str] | None, typer.Option("--tag", help="Agents with any of these.")]


def agents(  # noqa: PLR0913, PLR0917 - each is an option
    url: Url = "",
    token: Token = "",
    status: Status = None,
    types: Types = None,
    environment: Environments = None,
    tag: Tags = None,
    q: Annotated[str, typer.Option("--q", "-q", help="Text in name, host or tags.")] = "",
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List agents with what they need most: state, CPU, memory, fullest disk, network and when they were seen last."""
    wanted = {"status": status, "type": types, "environment": environment, "tag": tag, "q": q}
    with asking(url, token) as hub:
        found = list(hub.pages("/agents", {name: value for name, value in wanted.items() if value}))
    show(COLUMNS, found, found, "No agents match.", as_json=as_json, as_csv=as_csv)


def _of(key: str, unit: str) -> dict[str, Any]:
    def plain(row: Row) -> float | None:
        value: float | None = row["summary"][key]
        return value

    text: Callable[[Row], str] = lambda row: amount(plain(row), unit)  # noqa: E731 - two of a kind
    return {"text": text, "plain": plain, "number": True}


COLUMNS = (
    Column("id", lambda row: str(row["id"]), number=True),
    Column("name", lambda row: row["name"]),
    Column("status", lambda row: row["status"], style=lambda row: STYLES.get(row["status"], "")),
    Column("environment", lambda row: row["environment"]),
    Column("cpu", **_of("cpu", "%")),
    Column("memory", **_of("memory", "%")),
    Column("disk", **_of("disk", "%")),
    Column("received", **_of("network_receive", "By/s")),
    Column("sent", **_of("network_transmit", "By/s")),
    Column("seen", lambda row: since(row["last_heartbeat"]), lambda row: row["last_heartbeat"], number=True),
)

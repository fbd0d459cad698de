"""One agent in `opsentrix top`: what it is, its last minutes, and its alerts."""

import asyncio
from collections.abc import Sequence
from typing import ClassVar, Protocol

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Static

from opsentrix.commands.agents import STYLES
from opsentrix.commands.amounts import amount, since, sparkline
from opsentrix.commands.fleet_rows import Agent
from opsentrix.commands.remote import NotGivenError
from opsentrix.commands.terminal import printable

_LINES = (
    ("CPU", "cpu", "%"), ("Memory", "memory", "%"), ("Disk", "disk", "%"), ("Received", "network_receive", "By/s"),
    ("Sent", "network_transmit", "By/s"),
)  # fmt: skip


class OneAgent(Protocol):
    """Where an agent comes from; each call may take long and raise `NotGivenError`."""

    def agent(self, agent_id: int) -> Agent:
        """Return an agent with its last minutes."""

    def alerts(self, agent_id: int) -> Sequence[Agent]:
        """Return an agent's alerts."""


class AgentScreen(Screen[None]):
    """What somebody looks at who wants to know what is with one machine."""

    CSS = """
    AgentScreen VerticalScroll { padding: 1 2; }
    AgentScreen #more { padding: 0 1; color: $text-muted; height: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,backspace,q", "dismiss", "Back")]

    def __init__(self, source: OneAgent, agent_id: int, pause_s: float) -> None:
        super().__init__()
        self._source = source
        self._agent_id = agent_id
        self._pause_s = pause_s
        # Kept, for a query finds nothing once somebody leaves, and an answer may come after that.
        self._about = Static("Loading…", id="agent")
        self._alerts = Static(id="alerts")
        self._more = Static("Esc back", id="more", markup=False)

    def compose(self) -> ComposeResult:
        """Lay the screen out."""
        with VerticalScroll():
            yield from (self._about, self._alerts)
        yield self._more

    def on_mount(self) -> None:
        """Begin to follow the agent."""
        self.run_worker(self._follow())

    async def _follow(self) -> None:
        while True:
            try:
                agent = await asyncio.to_thread(self._source.agent, self._agent_id)
                alerts = await asyncio.to_thread(self._source.alerts, self._agent_id)
            except NotGivenError as error:
                self._more.update(Text(printable(f"{error} What you see is old; Esc back")))
            else:
                self._about.update(_about(agent))
                self._alerts.update(_alerts(alerts))
                self._more.update(Text("Esc back"))
            await asyncio.sleep(self._pause_s)


def _about(agent: Agent) -> Table:
    table = Table.grid(padding=(0, 2))
    tags = f" · {', '.join(agent['tags'])}" if agent["tags"] else ""
    about = f"{agent['host']} · {agent['environment'] or 'no environment'}{tags} · agent {agent['version'] or '-'}"
    table.add_row(Text(printable(agent["name"]), style="bold"), Text(agent["status"], style=STYLES[agent["status"]]))
    table.add_row("seen", Text(f"{since(agent['last_heartbeat'])} ago" if agent["last_heartbeat"] else "never"))
    table.add_row("", Text(printable(about)))
    for title, key, unit in _LINES:
        past = (agent["sparklines"] or {}).get(key) or []
        drawn = Text.assemble(
            f"{amount(agent['summary'][key], unit):>12}  ",
            (sparkline(past, 40, (0, 1) if unit == "%" else None), "cyan"),
        )
        table.add_row(title, drawn)
    return table


def _alerts(alerts: Sequence[Agent]) -> Text:
    if not alerts:
        return Text("\nNo alerts.")
    lines = [f"  {one['severity']:<9} {one['state']:<8} {one['rule_name']}  {since(one['since'])}" for one in alerts]
    return Text("\n".join(["", f"{len(alerts)} alerts", *map(printable, lines)]))

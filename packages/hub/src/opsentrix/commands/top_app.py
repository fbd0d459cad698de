"""The application behind `opsentrix top`; Textual draws it."""

import asyncio
import time
from collections.abc import Sequence
from typing import ClassVar, Protocol

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import DataTable, Input, Static

from opsentrix.commands.agents import STYLES
from opsentrix.commands.fleet_rows import COLUMNS, MOST, ORDERS, Agent, View, arranged, counted, words
from opsentrix.commands.remote import NotGivenError, Remote
from opsentrix.commands.terminal import printable
from opsentrix.commands.top_agent import AgentScreen
from opsentrix.commands.top_help import HelpScreen

PAUSE_S = 2.0
_SHARE = 4
"""So many times as long as the hub took to answer it is left in peace, however large the fleet."""


class Source(Protocol):
    """Where agents come from; each call may take long and raise `NotGivenError`."""

    def fleet(self) -> Sequence[Agent]:
        """Return all agents."""

    def agent(self, agent_id: int) -> Agent:
        """Return an agent with its last minutes."""

    def alerts(self, agent_id: int) -> Sequence[Agent]:
        """Return an agent's alerts."""


class RemoteSource:
    """A hub's agents."""

    def __init__(self, hub: Remote) -> None:
        self._hub = hub

    def fleet(self) -> Sequence[Agent]:
        """Return all agents."""
        return list(self._hub.pages("/agents", {}))

    def agent(self, agent_id: int) -> Agent:
        """Return an agent with its last minutes."""
        found: Agent = self._hub.ask("GET", f"/agents/{agent_id}").json()
        return found

    def alerts(self, agent_id: int) -> Sequence[Agent]:
        """Return an agent's alerts."""
        return list(self._hub.pages("/alerts", {"agent": agent_id}))


class Top(App[None]):
    """The fleet as a table that follows the hub."""

    ENABLE_COMMAND_PALETTE = False
    CSS = """
    #head, #foot { height: 1; padding: 0 1; }
    #foot { color: $text-muted; }
    #banner { height: auto; padding: 0 1; background: $error; color: $text; display: none; }
    #filter { height: 1; border: none; padding: 0 1; display: none; }
    DataTable { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "quit", "Quit"),
        Binding("slash", "filter", "Filter"),
        Binding("escape", "clear", "Clear", show=False),
        Binding("question_mark", "help", "Keys"),
        *(Binding(key, f"order('{order}')", order) for key, order in ORDERS.items()),
    ]

    def __init__(self, source: Source, pause_s: float = PAUSE_S) -> None:
        super().__init__()
        self._source = source
        self._pause_s = pause_s
        self._agents: Sequence[Agent] = ()
        self._view = View()
        self._shown: list[Agent] = []
        self._rows: list[tuple[str, ...]] = []
        # Kept, for a query finds nothing while another screen lies over them.
        self._head = Static(id="head")
        self._banner = Static(id="banner", markup=False)
        self._field = Input(placeholder="Name, host or tag", id="filter", compact=True)
        self._table: DataTable[Text] = DataTable(cursor_type="row", cell_padding=0, zebra_stripes=True, id="fleet")

    def compose(self) -> ComposeResult:
        """Lay the screen out."""
        yield from (self._head, self._banner, self._field, self._table)
        yield Static("Enter one agent   / filter   c m d r s n sort   ? keys   q quit", id="foot", markup=False)

    def on_mount(self) -> None:
        """Begin to follow the hub."""
        for column, (title, width) in enumerate(COLUMNS):
            self._table.add_column(_cell(column, title), width=width, key=title)
        self._table.focus()
        self.run_worker(self._follow())

    async def _follow(self) -> None:
        while True:
            began = time.monotonic()
            try:
                self._agents = await asyncio.to_thread(self._source.fleet)
            except NotGivenError as error:
                self._say(f"{error} What you see is old; trying again.")
            else:
                self._say("")
                self.refresh_rows()
            await asyncio.sleep(max(self._pause_s, _SHARE * (time.monotonic() - began)))

    def refresh_rows(self) -> None:
        """Bring the table to what is known: only the cells that changed; the cursor stays on its agent."""
        table, cursor = self._table, self._table.cursor_row
        chosen = self._shown[cursor]["id"] if cursor < len(self._shown) else None
        found = arranged(self._agents, self._view)
        self._shown = found[:MOST]
        rows = [words(one) for one in self._shown]
        for at, row in enumerate(rows[: len(self._rows)]):
            for column, (before, after) in enumerate(zip(self._rows[at], row, strict=True)):
                if before != after:
                    table.update_cell(str(at), COLUMNS[column][0], _cell(column, after))
        for at in range(len(self._rows), len(rows)):
            table.add_row(*(_cell(column, text) for column, text in enumerate(rows[at])), key=str(at))
        for at in range(len(rows), len(self._rows)):
            table.remove_row(str(at))
        self._rows = rows
        place = next((at for at, one in enumerate(self._shown) if one["id"] == chosen), None)
        if place is not None and place != table.cursor_row:
            table.move_cursor(row=place, animate=False)
        self._tell(len(found))

    def _tell(self, found: int) -> None:
        shown = f" · first {MOST} of {found:,} shown" if found > MOST else ""
        text = f" · filter: {self._view.text}" if self._view.text else ""
        order = f"by {self._view.order}{', turned' if self._view.turned else ''}"
        head = Text.assemble(("Opsentrix ", "bold"), printable(f"{counted(self._agents)} · {order}{text}{shown}"))
        self._head.update(head)

    def _say(self, text: str) -> None:
        self._banner.update(printable(text))
        self._banner.display = bool(text)

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Show one agent."""
        if event.cursor_row < len(self._shown):
            self.push_screen(AgentScreen(self._source, self._shown[event.cursor_row]["id"], self._pause_s))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter by what was typed."""
        self._view = View(self._view.order, self._view.turned, event.value)
        self.refresh_rows()

    def on_input_submitted(self) -> None:
        """Go back to the table with what is filtered."""
        self._table.focus()

    def action_filter(self) -> None:
        """Take letters as a filter."""
        self._field.display = True
        self._field.focus()

    def action_clear(self) -> None:
        """Show all again."""
        self._field.value = ""
        self._field.display = False
        self._table.focus()

    def action_order(self, order: str) -> None:
        """Sort; the same again turns it round."""
        self._view = self._view.ordered(order)
        self.refresh_rows()

    def action_help(self) -> None:
        """Tell the keys."""
        self.push_screen(HelpScreen())


def _cell(column: int, text: str) -> Text:
    words_come_first = COLUMNS[column][0] in ("name", "status")
    return Text(text, style=STYLES.get(text, ""), justify="left" if words_come_first else "right")

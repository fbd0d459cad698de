"""The keys of `opsentrix top`."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Static

from opsentrix.commands.fleet_rows import ORDERS

_KEYS = {
    "Up, Down, PgUp, PgDn": "move",
    "Enter": "one agent: its last minutes and its alerts",
    "/": "filter by name, host or tag; Esc ends it",
    **{key: f"sort by {order}; again: the other way round" for key, order in ORDERS.items()},
    "q": "quit",
}


class HelpScreen(ModalScreen[None]):
    """A list of keys over the table."""

    CSS = """
    HelpScreen { align: center middle; }
    #keys { width: 76; height: auto; max-height: 100%; padding: 1 2; background: $surface; border: round $primary; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,question_mark,q,enter", "dismiss", "Close")]

    def compose(self) -> ComposeResult:
        """Lay the screen out."""
        yield Static("\n".join(f"{key:<22}{what}" for key, what in _KEYS.items()), id="keys", markup=False)

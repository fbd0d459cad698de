"""What `opsentrix top` shows of a fleet: which agents, in which order, and the words of each. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from opsentrix.commands.amounts import amount
from opsentrix.commands.terminal import printable

MOST = 500
"""Rows that are shown at once: nobody reads more, and a terminal with more would be slow."""
COLUMNS = (("name", 20), ("status", 12), ("cpu", 8), ("memory", 8), ("disk", 8), ("received", 12), ("sent", 12))
"""Titles and widths; together they fit 80 characters."""
ORDERS = {"n": "name", "s": "status", "c": "cpu", "m": "memory", "d": "disk", "r": "network"}
"""What a key sorts by."""
_WORST_FIRST = ("error", "offline", "maintenance", "online")
_VALUES = (
    ("cpu", "%"), ("memory", "%"), ("disk", "%"), ("network_receive", "By/s"), ("network_transmit", "By/s"),
)  # fmt: skip

Agent = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class View:
    """What is looked at.

    Attributes:
        order: one of the values of `ORDERS`.
        turned: whether it is the other way round than usual; usual is the worst or highest first, and names from A.
        text: what name, host or a tag must have in it.
    """

    order: str = "cpu"
    turned: bool = False
    text: str = ""

    def ordered(self, order: str) -> "View":
        """Return it ordered by this; the same order again is turned round."""
        return replace(self, order=order, turned=order == self.order and not self.turned)


def arranged(agents: Sequence[Agent], view: View) -> list[Agent]:
    """Return the agents that match, in order; those without a value come last, ties go by name."""
    wanted = view.text.lower()
    found = [one for one in agents if any(wanted in word.lower() for word in (one["name"], one["host"], *one["tags"]))]
    found.sort(key=lambda one: str(one["name"]).lower())
    if view.order == "name":
        return found[::-1] if view.turned else found
    known = [one for one in found if _rank(one, view.order) is not None]
    known.sort(key=lambda one: _rank(one, view.order) or 0.0, reverse=not view.turned)
    return known + [one for one in found if _rank(one, view.order) is None]


def words(agent: Agent) -> tuple[str, ...]:
    """Return the words of a row, one for each of `COLUMNS`."""
    numbers = (amount(agent["summary"][key], unit) for key, unit in _VALUES)
    name = printable(agent["name"]).replace("\t", " ")
    width = COLUMNS[0][1] - 1
    return (name if len(name) <= width else f"{name[: width - 1]}…", agent["status"], *numbers)


def counted(agents: Sequence[Agent]) -> str:
    """Return how many agents have which status, the worst first."""
    counts = {status: sum(one["status"] == status for one in agents) for status in _WORST_FIRST}
    return ", ".join(f"{count} {status}" for status, count in counts.items() if count) or "no agents"


def _rank(agent: Agent, order: str) -> float | None:
    summary = agent["summary"]
    if order == "status":
        return float(len(_WORST_FIRST) - _WORST_FIRST.index(agent["status"]))
    if order == "network":
        values = [one for one in (summary["network_receive"], summary["network_transmit"]) if one is not None]
        return sum(values) if values else None
    value: float | None = summary[order]
    return value

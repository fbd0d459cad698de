"""What one check of the doctor yields."""

from enum import Enum
from typing import NamedTuple


class State(Enum):
    """How a check ended; only `FAIL` means that the agent cannot do its work."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SKIPPED = "skipped"


class Finding(NamedTuple):
    """One check.

    Attributes:
        what: was looked at.
        state: how it is.
        detail: what was seen, for people.
        fix: what to do, most often a command to paste; may be empty.
    """

    what: str
    state: State
    detail: str
    fix: str = ""

    def text(self) -> str:
        """Return the finding as a line, and its fix as another."""
        line = f"{self.state.value:<7}  {self.what:<12} {self.detail}\n"
        return line + (f"{'':<22} fix: {self.fix}\n" if self.fix else "")

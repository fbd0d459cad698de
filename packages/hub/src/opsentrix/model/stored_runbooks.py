"""Runbooks as they are kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from opsentrix.model import runbook_json
from opsentrix.model.runbooks import Runbook


@dataclass(frozen=True, slots=True)
class NewRunbook:
    """What a version of a runbook is to be.

    Attributes:
        next_at: when a schedule triggers it next; None for never, and while it is off.
    """

    runbook: Runbook
    enabled: bool
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Author:
    """Whose account makes a version."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class StoredRunbook:
    """A runbook in its newest version.

    Attributes:
        id: stays the same through its versions.
        definition: its JSON form.
        sha256: of that version; 32 bytes.
        author_id: with whose rights it acts by itself; None when the account is gone, and then it does not.
        opened_at: since when its breaker is open; None while it is closed.
        opened_why: in words.
        closed_at: when somebody closed it last: runs that began before do not count any more.
        next_at: when a schedule triggers it next.
    """

    id: int
    name: str
    version: int
    enabled: bool
    definition: dict[str, Any]
    sha256: bytes
    created_at: datetime
    changed_at: datetime
    changed_by: str
    author_id: int | None = None
    opened_at: datetime | None = None
    opened_why: str = ""
    closed_at: datetime | None = None
    next_at: datetime | None = None

    @property
    def runbook(self) -> Runbook:
        """Return what it says."""
        return runbook_json.from_json(self.definition)


@dataclass(frozen=True, slots=True)
class RunbookVersion:
    """What a runbook was from `changed_at` on."""

    version: int
    enabled: bool
    definition: dict[str, Any]
    sha256: bytes
    changed_at: datetime
    changed_by: str

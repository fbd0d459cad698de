"""Requests that were refused, in the audit log: counted by who and where, so that a flood of them fills no disk."""

from collections import Counter
from dataclasses import dataclass

from opsentrix import selfmetrics
from opsentrix.db import Database
from opsentrix.storage import audit

_KINDS = 1000
_ENTRIES = 20
"""More than this in one flush share one entry."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Which refusals are counted together.

    Attributes:
        address: where the request came from.
        actor: who sent it, or `anonymous`.
        status: of the answer: 401, 403 or 429.
    """

    address: str
    actor: str
    status: int


class Refusals:
    """Counts refusals until they are written, once a minute."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counts: Counter[Refusal] = Counter()
        self._first: dict[Refusal, str] = {}
        self._beyond = 0

    def note(self, refusal: Refusal, route: str) -> None:
        """Count one; `route` is method and pattern, such as `DELETE /api/v1/agents/{agent_id}`."""
        selfmetrics.REFUSALS.labels(refusal.status).inc()
        if refusal not in self._counts and len(self._counts) >= _KINDS:
            self._beyond += 1
            return
        self._counts[refusal] += 1
        self._first.setdefault(refusal, route)

    async def write(self) -> None:
        """Write what was counted since the last call: an entry for each of the most frequent, one for all others.

        Raises:
            UnavailableError: the database is away; what was counted is kept for the next call.
        """
        counts, first, beyond = self._counts, self._first, self._beyond
        if not counts:
            return
        self._counts, self._first, self._beyond = Counter(), {}, 0
        listed = counts.most_common()
        others = sum(count for _, count in listed[_ENTRIES:]) + beyond
        written = False
        try:
            async with self._database.transaction() as connection:
                for one, count in listed[:_ENTRIES]:
                    await audit.add(
                        connection, one.actor, "access.refuse", first[one], one.address, result="refused",
                        status=one.status, count=count,
                    )  # fmt: skip
                if others:
                    await audit.add(
                        connection, "anonymous", "access.refuse", "others", "", result="refused", count=others
                    )
            written = True
        finally:
            if not written:
                self._restore(counts, first, beyond)

    def _restore(self, counts: Counter[Refusal], first: dict[Refusal, str], beyond: int) -> None:
        for one, count in self._counts.items():
            if one in counts or len(counts) < _KINDS:
                counts[one] += count
                first.setdefault(one, self._first[one])
            else:
                beyond += count
        self._counts, self._first, self._beyond = counts, first, beyond + self._beyond

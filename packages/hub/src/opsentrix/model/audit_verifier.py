"""Verifies an export of the audit log with nothing but the export: no database, no settings, no network."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from opsentrix.model.audit import START, Checkpoint, Entry, Link
from opsentrix.model.audit_file import (
    AuditLineError,
    anchor_of,
    checkpoint_of,
    entry_of,
    link_of,
    read_line,
    text_of,
)

PRUNE = "audit.prune"
"""The action of the entry that tells up to where retention removed entries."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an export is worth.

    Attributes:
        fault: what is wrong first, naming the entry; empty when nothing is.
        anchor: what the first entry follows; None when the export has no first line.
        last: the last entry that is whole.
        signed: the last checkpoint with a signature of one of the given keys.
    """

    fault: str
    anchor: Link | None
    last: Link | None
    signed: Checkpoint | None


class _Fault(Exception):  # noqa: N818 - found, not gone wrong
    """The first thing that is wrong."""


def verify(lines: Iterable[bytes], heads: Sequence[Link] = (), keys: Sequence[bytes] = ()) -> Verdict:
    """Verify an export from its first line to its last.

    Args:
        lines: of the export, each with or without its line end.
        heads: links that the chain must contain, known from elsewhere: each fixes all that is before it.
        keys: public Ed25519 keys (32 bytes) of the hub. Then every checkpoint must be signed by one of them, and the
            last entry must have a checkpoint.
    """
    checker = _Checker(heads, keys)
    try:
        checker.check(iter(lines))
    except _Fault as fault:
        return checker.verdict(str(fault))
    except AuditLineError as error:
        return checker.verdict(f"Line {checker.line} {error}.")
    return checker.verdict("")


class _Checker:
    """Goes along the lines once."""

    def __init__(self, heads: Sequence[Link], keys: Sequence[bytes]) -> None:
        self._heads = {head.number: head for head in heads}
        self._keys = keys
        self.line = 1
        self._begun = False
        self._anchor = self._last = Link(0, START)
        self._checkpoint: Checkpoint | None = None
        self._explained = self._anchored = False

    def verdict(self, fault: str) -> Verdict:
        """Return what was found."""
        signed = self._checkpoint if self._keys else None
        return Verdict(fault, self._anchor, self._last, signed) if self._begun else Verdict(fault, None, None, None)

    def check(self, lines: Iterator[bytes]) -> None:
        """Check all lines.

        Raises:
            AuditLineError: a line cannot be read.
            _Fault: something is wrong.
        """
        self._begin(anchor_of(read_line(next(lines, b"{}"))))
        for self.line, line in enumerate(lines, 2):
            found = read_line(line)
            if "end" in found:
                self._end(link_of(found["end"]), lines)
                return
            if "checkpoint" in found:
                self._sign(checkpoint_of(found["checkpoint"]))
            else:
                self._follow(entry_of(found), lines)
        raise _Fault(f"The export has no end line: entries after {self._last.number} were cut off at its end.")

    def _begin(self, anchor: Link) -> None:
        self._anchor = self._last = anchor
        if anchor.number == 0 and anchor.hash != START:
            raise _Fault("Line 1 was changed: the chain begins at another hash.")
        self._begun = True
        self._known(anchor)

    def _follow(self, entry: Entry, rest: Iterator[bytes]) -> None:
        expected = self._last.number + 1
        if entry.number > expected:
            if expected in _numbers(rest):
                raise _Fault(f"Entry {entry.number} was reordered: it stands before entry {expected}.")
            raise _Fault(f"{_entries(expected, entry.number - 1)} removed.")
        if entry.number < expected:
            raise _Fault(f"An entry was inserted: another {entry.number} stands behind entry {self._last.number}.")
        if not entry.follows(self._last.hash):
            raise _Fault(
                f"Entry {entry.number} was changed, or one was inserted or removed at its place: its hash is not that"
                " of its content and the entry before."
            )
        self._last = link = Link(entry.number, entry.hash)
        self._known(link)
        content = entry.content
        if (content.actor, content.action) == ("hub", PRUNE):
            self._explained |= content.detail == {"number": self._anchor.number, "hash": self._anchor.hash.hex()}

    def _known(self, link: Link) -> None:
        head = self._heads.pop(link.number, None)
        if head is not None and head != link:
            raise _Fault(f"Entry {link.number} is not the one of --head: it or an entry before was changed.")

    def _sign(self, found: Checkpoint) -> None:
        last = self._last
        if found.link.number != last.number:
            raise _Fault(f"The checkpoint of entry {found.link.number} stands behind entry {last.number}.")
        if found.link.hash != last.hash:
            since = self._checkpoint.link.number if self._checkpoint else 0
            raise _Fault(
                f"An entry from {since + 1} to {last.number} was changed: the hub signed another hash for entry"
                f" {last.number} at {text_of(found.signed_at)}."
            )
        if not found.valid():
            raise _Fault(f"The signature at entry {last.number} is not right.")
        if self._keys and found.public_key not in self._keys:
            raise _Fault(f"The signature at entry {last.number} is of another key: {found.public_key.hex()}.")
        self._checkpoint = found
        self._anchored |= found.link == self._anchor

    def _end(self, end: Link, rest: Iterator[bytes]) -> None:
        last, anchor = self._last, self._anchor
        if end.number > last.number:
            raise _Fault(f"{_entries(last.number + 1, end.number)} removed at the end.")
        if end != last:
            raise _Fault(f"The end line was changed, or entries were added behind {end.number}.")
        if next(rest, None) is not None:
            raise _Fault("There are lines behind the end line.")
        if anchor.number and not self._explained:
            raise _Fault(f"Entries up to {anchor.number} were removed: no entry says that retention did it.")
        if self._heads:
            self._missing()
        if self._keys and anchor.number and not self._anchored:
            raise _Fault(f"The link before entry {anchor.number + 1} is not signed: entries may have been removed.")
        if self._keys and last.number and (self._checkpoint is None or self._checkpoint.link != last):
            raise _Fault(f"The end is not signed: entries after {last.number} may have been removed.")

    def _missing(self) -> None:
        if min(self._heads) < self._anchor.number:
            raise _Fault(f"Entry {min(self._heads)} of --head is older than this export: it cannot be compared.")
        raise _Fault(f"{_entries(self._last.number + 1, max(self._heads))} removed at the end: --head names the last.")


def _entries(first: int, last: int) -> str:
    return f"Entry {first} was" if first == last else f"Entries {first} to {last} were"


def _numbers(rest: Iterator[bytes]) -> Iterator[int]:
    """Yield the numbers of the entries that are still to come, as far as they can be read."""
    for line in rest:
        try:
            found = read_line(line).get("number")
        except AuditLineError:
            continue
        if isinstance(found, int):
            yield found

"""Exports are verified offline, and the first thing that is wrong is named."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from opsentrix.model.audit import START, Checkpoint, Entry, Link, chained, content_of, signed_bytes
from opsentrix.model.audit_file import (
    AuditLineError,
    checkpoint_line,
    end_line,
    entry_line,
    head_line,
    parse_link,
)
from opsentrix.model.audit_verifier import PRUNE, verify

T0 = datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32, 64)))
PUBLIC = KEY.public_key().public_bytes_raw()
FIRST = Link(0, START)
ANCHORED = Link(7, bytes(range(32)))


def entries(count: int, anchor: Link = FIRST, actor: str = "user:ann") -> list[Entry]:
    found: list[Entry] = []
    last = anchor
    for index in range(count):
        if anchor.number and index == 1:
            content = content_of(
                "hub", PRUNE, "audit_log", "", detail={"number": anchor.number, "hash": anchor.hash.hex()}
            )
        else:
            content = content_of(actor, "agent.update", f"agent:{index}", "192.0.2.1", before={"a": 1}, after={"a": 2})
        number, time = last.number + 1, T0 + timedelta(seconds=index)
        found.append(Entry(number, time, content, chained(last.hash, number, time, content.digest())))
        last = Link(number, found[-1].hash)
    return found


def link(entry: Entry) -> Link:
    return Link(entry.number, entry.hash)


def signed(at: Link, key: Ed25519PrivateKey = KEY) -> bytes:
    return checkpoint_line(Checkpoint(at, T0, key.public_key().public_bytes_raw(), key.sign(signed_bytes(at, T0))))


def export(found: Sequence[Entry], *, key: Ed25519PrivateKey = KEY, anchor: Link = FIRST) -> list[bytes]:
    """Return an export with a checkpoint behind the fifth entry and the last."""
    lines = [head_line("http://hub", T0, anchor)]
    if anchor.number:
        lines.append(signed(anchor, key))
    for index, entry in enumerate(found):
        lines.append(entry_line(entry))
        if index in (4, len(found) - 1):
            lines.append(signed(link(entry), key))
    return [*lines, end_line(link(found[-1]))]


WHOLE = export(entries(10))
"""Line 1 is the head; entries 1 to 5 are lines 2 to 6, 6 to 10 are 8 to 12."""


def edited(line: bytes, **changes: object) -> bytes:
    return json.dumps(json.loads(line) | changes).encode()


def test_vectors() -> None:
    """The same as in docs/audit.md: the encoding must never change."""
    content = content_of(
        "user:ann", "agent.update", "agent:1", "192.0.2.1", before={"name": "web"},
        after={"name": "wöb\n", "port": None}, detail={"b": 1.5, "a": [1, True]},
    )  # fmt: skip
    assert content.digest().hex() == "a501608969d083ba3cfe97e3d8061437c6667788f5d4c07481e2ffb4973b79a9"
    first = chained(START, 1, T0, content.digest())
    assert first.hex() == "e511d04fdcba82dbdd867fccf51f1e48201324f3a59155dbbcb30f2e15c54077"
    assert (
        chained(first, 2, T0, content.digest()).hex()
        == "23e1eef764a665829a18f08d26f8e75b18e8bc67cc62f5ef86591f9f2efc2cd2"
    )
    assert KEY.sign(signed_bytes(Link(1, first), T0)).hex() == (
        "baffc86e6cbd39cf85a633fa57b428927b8615d31fa33edf4f51285b6e28ffc7"
        "292afd5c2c82556521388a11fd562c22d063fa46322cbb09b57769cac277f80f"
    )


def test_a_whole_export_is_whole() -> None:
    verdict = verify(WHOLE, [link(entries(10)[3])], [PUBLIC])
    assert verdict.fault == ""
    assert verdict.last == link(entries(10)[-1])
    assert verdict.signed is not None
    assert verdict.signed.link == verdict.last


@pytest.mark.parametrize(
    "member", ["time", "actor", "action", "target", "address", "result", "before", "after", "detail"]
)
def test_a_changed_entry_is_named(member: str) -> None:
    value: object = {"a": 3} if member in ("before", "after", "detail") else "changed"
    if member == "time":
        value = "2026-01-02T03:04:05.678902Z"
    lines = [*WHOLE]
    lines[3] = edited(lines[3], **{member: value})
    assert "Entry 3 was changed" in verify(lines).fault


def test_a_removed_entry_is_named() -> None:
    assert verify([*WHOLE[:3], *WHOLE[4:]]).fault == "Entry 3 was removed."
    assert verify([*WHOLE[:2], *WHOLE[4:]]).fault == "Entries 2 to 3 were removed."


def test_an_inserted_entry_is_named() -> None:
    assert verify([*WHOLE[:3], WHOLE[2], *WHOLE[3:]]).fault == "An entry was inserted: another 2 stands behind entry 2."
    forged = edited(WHOLE[3], actor="user:eve")
    assert verify([*WHOLE[:4], forged, *WHOLE[4:]]).fault == "An entry was inserted: another 3 stands behind entry 3."


def test_a_reordered_entry_is_named() -> None:
    lines = [*WHOLE]
    lines[2], lines[3] = lines[3], lines[2]
    assert verify(lines).fault == "Entry 3 was reordered: it stands before entry 2."


def test_an_entry_removed_and_the_rest_renumbered_is_named() -> None:
    lines = [*WHOLE[:3], *(edited(line, number=number) for number, line in enumerate(WHOLE[4:6], 3))]
    assert "Entry 3 was changed, or one was inserted or removed at its place" in verify(lines).fault


def test_a_cut_end_is_named() -> None:
    assert verify(WHOLE[:-1]).fault == "The export has no end line: entries after 10 were cut off at its end."
    assert verify([*WHOLE[:11], *WHOLE[13:]]).fault == "Entry 10 was removed at the end."
    shorter = [*WHOLE[:9], end_line(link(entries(10)[6]))]
    assert verify(shorter).fault == ""
    assert verify(shorter, keys=[PUBLIC]).fault == "The end is not signed: entries after 7 may have been removed."
    assert verify(shorter, [link(entries(10)[9])]).fault.startswith("Entries 8 to 10 were removed at the end")


def test_lines_behind_the_end_are_named() -> None:
    assert verify([*WHOLE, WHOLE[1]]).fault == "There are lines behind the end line."


def test_a_rewritten_chain_does_not_pass_signatures_or_a_known_head() -> None:
    forged = entries(10, actor="user:eve")
    assert verify(export(forged)).fault == ""
    assert "Entry 4 is not the one of --head" in verify(export(forged), [link(entries(10)[3])]).fault
    assert "is of another key" in verify(export(forged, key=OTHER_KEY), keys=[PUBLIC]).fault
    mixed = [*export(forged)]
    mixed[6] = WHOLE[6]
    assert "An entry from 1 to 5 was changed: the hub signed another hash for entry 5" in verify(mixed).fault
    moved = checkpoint_line(Checkpoint(link(forged[4]), T0, PUBLIC, KEY.sign(signed_bytes(link(entries(10)[4]), T0))))
    mixed[6] = moved
    assert verify(mixed).fault == "The signature at entry 5 is not right."
    without = [line for line in export(forged) if b"checkpoint" not in line]
    assert "The end is not signed" in verify(without, keys=[PUBLIC]).fault


def test_what_retention_removed_is_explained() -> None:
    pruned = entries(5, ANCHORED)
    lines = export(pruned, anchor=ANCHORED)
    assert verify(lines, [ANCHORED], [PUBLIC]).fault == ""
    unexplained = export([pruned[0]], anchor=ANCHORED)
    assert verify(unexplained).fault == "Entries up to 7 were removed: no entry says that retention did it."
    unsigned = [lines[0], *lines[2:]]
    assert "The link before entry 8 is not signed" in verify(unsigned, keys=[PUBLIC]).fault
    assert "is older than this export" in verify(lines, [Link(3, START)]).fault
    assert "begins at another hash" in verify([head_line("", T0, Link(0, bytes([1] * 32)))]).fault


@pytest.mark.parametrize(
    "line",
    [
        b"", b"[]", b"{", b"null", b'{"number": 3}', b"\xff", b'{"end": 5}', b'{"checkpoint": []}', b"9" * 1_000_001,
        edited(WHOLE[3], extra=1), edited(WHOLE[3], number=True), edited(WHOLE[3], number=2**63),
        edited(WHOLE[3], actor=1), edited(WHOLE[3], detail=None), edited(WHOLE[3], before=[]),
        edited(WHOLE[3], hash="AB" * 32), edited(WHOLE[3], hash="ab"), edited(WHOLE[3], time="2026-01-02"),
        edited(WHOLE[3], time="0001-01-01T00:00:00.000000+23:59"),
        edited(WHOLE[3], detail=json.loads('{"a":' * 500 + "1" + "}" * 500)),
        edited(WHOLE[3], detail={"a": json.loads("[" * 500 + "]" * 500)}),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_read_is_named(line: bytes) -> None:
    lines = [*WHOLE]
    lines[3] = line
    assert verify(lines).fault.startswith("Line 4 ")


def test_what_is_no_export_is_named() -> None:
    assert "Line 1 is not the first line of an export" in verify([]).fault
    assert "Line 1 is not the first line of an export" in verify(WHOLE[1:]).fault
    assert verify(WHOLE[1:]).anchor is None


@settings(max_examples=200, deadline=None)
@given(at=st.integers(0, len(WHOLE) - 1), position=st.integers(0, 600), to=st.integers(0, 255))
def test_no_changed_byte_passes(at: int, position: int, to: int) -> None:
    """Beside the head's own members, which say nothing of the chain, each byte counts."""
    line = bytearray(WHOLE[at])
    position %= len(line)
    if line[position] == to:
        return
    line[position] = to
    changed = bytes(line)
    try:
        same = json.loads(changed) == json.loads(WHOLE[at])
    except ValueError:
        same = False
    if not same and at > 0:
        assert verify([*WHOLE[:at], changed, *WHOLE[at + 1 :]], keys=[PUBLIC]).fault


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=200), st.sampled_from(WHOLE)), max_size=12))
def test_nothing_crashes_the_verifier(lines: list[bytes]) -> None:
    verify([WHOLE[0], *lines], [ANCHORED], [PUBLIC])


@pytest.mark.parametrize(
    "text", ["", "1", "x:00", "1:00", "²:" + "00" * 32, f"{10**30}:" + "00" * 32, "-1:" + "00" * 32]
)
def test_a_head_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(AuditLineError):
        parse_link(text)


def test_a_head_reads_as_it_is_written() -> None:
    assert parse_link(str(ANCHORED)) == ANCHORED

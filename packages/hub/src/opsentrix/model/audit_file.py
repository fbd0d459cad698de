"""The audit log as a file: JSON Lines that can be verified without the hub. docs/audit.md defines the format.

The first line has the link that the first entry follows. Then entries come in the order of their numbers, with each
checkpoint behind its entry. The last line has the link of the last entry.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from opsentrix.model.audit import Checkpoint, Content, Entry, Link

FORMAT = "opsentrix-audit"
VERSION = 1
MAX_LINE_BYTES = 1_000_000
_HASH_BYTES, _KEY_BYTES, _SIGNATURE_BYTES = 32, 32, 64
_MAX_NUMBER = 2**63 - 1
_MAX_LEVELS = 32


class AuditLineError(Exception):
    """A line is not what the format says; the text says why."""


def head_line(hub: str, exported_at: datetime, anchor: Link) -> bytes:
    """Return the first line.

    Args:
        hub: the URL of the hub.
        exported_at: when.
        anchor: what the first entry follows.
    """
    return _line(
        {"format": FORMAT, "version": VERSION, "hub": hub, "exported_at": text_of(exported_at), "anchor": _of(anchor)}
    )


def entry_line(entry: Entry) -> bytes:
    """Return the line of an entry."""
    one = entry.content
    return _line(
        {
            "number": entry.number, "time": text_of(entry.time), "actor": one.actor, "action": one.action,
            "target": one.target, "address": one.address, "result": one.result, "before": one.before,
            "after": one.after, "detail": one.detail or {}, "hash": entry.hash.hex(),
        }
    )  # fmt: skip


def checkpoint_line(one: Checkpoint) -> bytes:
    """Return the line of a checkpoint."""
    signed = {"signed_at": text_of(one.signed_at), "key": one.public_key.hex(), "signature": one.signature.hex()}
    return _line({"checkpoint": _of(one.link) | signed})


def end_line(last: Link) -> bytes:
    """Return the last line."""
    return _line({"end": _of(last)})


def read_line(line: bytes) -> dict[str, Any]:
    """Return the object of a line.

    Raises:
        AuditLineError: it is none, or too long.
    """
    if len(line) > MAX_LINE_BYTES:
        raise AuditLineError(f"is longer than {MAX_LINE_BYTES} bytes")
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise AuditLineError(f"is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise AuditLineError("is not a JSON object")
    return found


def anchor_of(line: Mapping[str, Any]) -> Link:
    """Return the link that the first entry follows, from the first line.

    Raises:
        AuditLineError: it is not the first line of an export that this version reads.
    """
    if line.get("format") != FORMAT or line.get("version") != VERSION:
        raise AuditLineError(f"is not the first line of an export: {FORMAT} version {VERSION} is needed")
    return link_of(line.get("anchor"))


def entry_of(line: Mapping[str, Any]) -> Entry:
    """Return the entry of a line.

    Raises:
        AuditLineError: a member is missing, there is one more, or one is of the wrong kind.
    """
    texts = ("actor", "action", "target", "address", "result")
    known = {"number", "time", "hash", "before", "after", "detail", *texts}
    if line.keys() != known:
        raise AuditLineError(f"has other members than an entry: {', '.join(sorted(line.keys() ^ known))[:200]}")
    if not all(isinstance(line[name], str) for name in texts):
        raise AuditLineError("has a text that is none")
    if line["detail"] is None or not (
        _is_part(line["before"]) and _is_part(line["after"]) and _is_part(line["detail"] or {})
    ):
        raise AuditLineError("has a before, after or detail that is no object, or nested too deeply")
    content = Content(
        line["actor"], line["action"], line["target"], line["address"], line["result"], line["before"], line["after"],
        line["detail"],
    )  # fmt: skip
    return Entry(_number(line["number"]), _time(line["time"]), content, _bytes(line["hash"], _HASH_BYTES))


def checkpoint_of(found: object) -> Checkpoint:
    """Return the checkpoint of a line's `checkpoint`.

    Raises:
        AuditLineError: it is none.
    """
    link = link_of(found)
    if not isinstance(found, dict):
        raise AuditLineError("has a checkpoint that is no object")
    return Checkpoint(
        link, _time(found.get("signed_at")), _bytes(found.get("key"), _KEY_BYTES),
        _bytes(found.get("signature"), _SIGNATURE_BYTES),
    )  # fmt: skip


def link_of(found: object) -> Link:
    """Return the link of an object with `number` and `hash`.

    Raises:
        AuditLineError: it is none.
    """
    if not isinstance(found, dict):
        raise AuditLineError("lacks a number and hash")
    return Link(_number(found.get("number")), _bytes(found.get("hash"), _HASH_BYTES))


def parse_link(text: str) -> Link:
    """Return the link of `NUMBER:HASH`, as `opsentrix audit verify --head` takes it.

    Raises:
        AuditLineError: it is none.
    """
    number, _, digest = text.partition(":")
    if not number.isascii() or not number.isdigit() or len(number) > len(str(_MAX_NUMBER)):
        raise AuditLineError("is not NUMBER:HASH")
    return Link(int(number), _bytes(digest, _HASH_BYTES))


def text_of(time: datetime) -> str:
    """Return a time as the format has it: RFC 3339 in UTC, always with microseconds."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _line(content: Mapping[str, object]) -> bytes:
    return orjson.dumps(content, option=orjson.OPT_APPEND_NEWLINE)


def _of(link: Link) -> dict[str, object]:
    return {"number": link.number, "hash": link.hash.hex()}


def _is_part(value: object) -> bool:
    return value is None or (isinstance(value, dict) and _is_shallow(value))


def _is_shallow(value: object, levels: int = _MAX_LEVELS) -> bool:
    if isinstance(value, dict):
        return levels > 0 and all(_is_shallow(one, levels - 1) for one in value.values())
    return not isinstance(value, list) or (levels > 0 and all(_is_shallow(one, levels - 1) for one in value))


def _number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MAX_NUMBER:
        raise AuditLineError("has a number that is none")
    return value


def _time(value: object) -> datetime:
    try:
        time = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        time = None
    # Compared with UTC before it is converted: what lies at the ends of the calendar cannot be.
    if time is None or time.tzinfo != UTC or text_of(time) != value:
        raise AuditLineError("has a time that is not RFC 3339 in UTC with microseconds")
    return time


def _bytes(value: object, length: int) -> bytes:
    try:
        found = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        found = b""
    if len(found) != length or found.hex() != value:
        raise AuditLineError(f"has a value that is not {length} bytes in hexadecimal")
    return found

"""Entries of the audit log, and the hash chain that ties each to all before it.

The encoding is version 1 and never changes; docs/audit.md defines it with test vectors:

    content = SHA-256(RFC 8785 JSON of {action, actor, address, after, before, detail, result, target})
    hash    = SHA-256("opsentrix audit 1" 00 || hash before || number || time in us || content)
    signed  = "opsentrix audit checkpoint 1" 00 || number || time of signing in us || hash

Numbers are 8 bytes, big-endian and signed; the hash before the first entry is 32 zero bytes.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Json = dict[str, Any]

START = bytes(32)
"""The hash before the first entry."""
MAX_TEXT_CHARS = 256
MAX_PART_BYTES = 8192
"""How large the JSON of `before`, `after` and `detail` may be, each."""
_KEPT_CHARS = 2000
_MAX_DEPTH = 8
_MAX_EXACT = 2**53
_EPOCH = datetime.fromtimestamp(0, UTC)
_ROW_TAG = b"opsentrix audit 1\0"
_CHECKPOINT_TAG = b"opsentrix audit checkpoint 1\0"


class Result(StrEnum):
    """How it ended."""

    OK = "ok"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Content:
    """Who did what, to what, from where, and how it ended. Make it with `content_of`, which bounds and cleans it.

    Attributes:
        actor: `user:<name>`, `agent:<id>`, `hub` and so on.
        action: noun and verb, such as `agent.delete`.
        target: such as `agent:12`.
        address: where the request came from; empty for the hub itself.
        result: one of `Result`; text, so that what somebody put there can still be verified.
        before: what was there before, where something was changed.
        after: what is there now.
        detail: more about it.
    """

    actor: str
    action: str
    target: str
    address: str
    result: str = Result.OK
    before: Json | None = None
    after: Json | None = None
    detail: Json | None = None

    def digest(self) -> bytes:
        """Return the SHA-256 of the canonical JSON (RFC 8785)."""
        fields = {
            "action": self.action, "actor": self.actor, "address": self.address, "after": self.after,
            "before": self.before, "detail": self.detail or {}, "result": self.result, "target": self.target,
        }  # fmt: skip
        return hashlib.sha256(canonical(fields)).digest()


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry with its place in the chain."""

    number: int
    time: datetime
    content: Content
    hash: bytes

    def follows(self, previous: bytes) -> bool:
        """Return whether this is an entry whose predecessor has this hash."""
        return self.hash == chained(previous, self.number, self.time, self.content.digest())


@dataclass(frozen=True, slots=True)
class Link:
    """A place in the chain: an entry's number and hash. One link fixes every entry up to it."""

    number: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.number}:{self.hash.hex()}"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A link that the hub signed (Ed25519, RFC 8032), so that the database alone cannot rewrite what is before it."""

    link: Link
    signed_at: datetime
    public_key: bytes
    signature: bytes

    def valid(self) -> bool:
        """Return whether its key made the signature. Whether that key is the hub's, only the reader can know."""
        try:
            key = Ed25519PublicKey.from_public_bytes(self.public_key)
            key.verify(self.signature, signed_bytes(self.link, self.signed_at))
        except (InvalidSignature, ValueError):
            return False
        return True


def signed_bytes(link: Link, signed_at: datetime) -> bytes:
    """Return what a checkpoint's signature is over."""
    encoded = link.number.to_bytes(8, "big", signed=True) + microseconds(signed_at).to_bytes(8, "big", signed=True)
    return _CHECKPOINT_TAG + encoded + link.hash


def chained(previous: bytes, number: int, time: datetime, content: bytes) -> bytes:
    """Return the hash of an entry.

    Args:
        previous: the hash of the entry before.
        number: of the entry, 1 for the first.
        time: of the entry.
        content: `Content.digest()`.
    """
    encoded = number.to_bytes(8, "big", signed=True) + microseconds(time).to_bytes(8, "big", signed=True)
    return hashlib.sha256(_ROW_TAG + previous + encoded + content).digest()


def microseconds(time: datetime) -> int:
    """Return Unix microseconds, exactly."""
    return (time - _EPOCH) // timedelta(microseconds=1)


def canonical(value: object) -> bytes:
    """Return the canonical JSON (RFC 8785) of what `cleaned` gives: no numbers but whole ones below 2^53."""
    return json.dumps(_sorted(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode(
        "utf-8", "surrogatepass"
    )


def content_of(
    actor: str,
    action: str,
    target: str,
    address: str,
    *,
    result: str = Result.OK,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    detail: Mapping[str, object] | None = None,
) -> Content:
    """Return the content of an entry, cleaned and bounded, whatever strangers put into names and values."""
    return Content(
        actor=_short(actor),
        action=_short(action),
        target=_short(target),
        address=_short(address),
        result=Result(result),
        before=None if before is None else _bounded(before),
        after=None if after is None else _bounded(after),
        detail=_bounded(detail or {}),
    )


def printable(text: str) -> str:
    """Return a text without control characters, line ends and direction marks: each becomes its escape of Python's."""
    if text.isprintable():
        return str(text)
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def cleaned(value: object, depth: int = 0) -> Any:  # noqa: ANN401 - JSON may be anything
    """Return a value as JSON that has one canonical form: texts printable, numbers whole, everything else text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int):
        return value if abs(value) < _MAX_EXACT else str(value)
    if depth < _MAX_DEPTH and isinstance(value, Mapping):
        return {printable(str(key)): cleaned(one, depth + 1) for key, one in value.items()}
    if depth < _MAX_DEPTH and isinstance(value, (list, tuple, set, frozenset)):
        return [cleaned(one, depth + 1) for one in value]
    return printable(value.isoformat() if isinstance(value, datetime) else str(value))


def _short(text: str) -> str:
    return printable(text)[:MAX_TEXT_CHARS]


def _bounded(value: Mapping[str, object]) -> Json:
    clean: Json = cleaned(value)
    encoded = canonical(clean)
    if len(encoded) <= MAX_PART_BYTES:
        return clean
    return {"cut_from_bytes": len(encoded), "begins": encoded.decode()[:_KEPT_CHARS]}


def _sorted(value: object) -> object:
    """Return JSON with the members of its objects in the order of RFC 8785: by their names' UTF-16 code units."""
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value, key=_utf16)}
    if isinstance(value, list):
        return [_sorted(one) for one in value]
    return value


def _utf16(key: str) -> bytes:
    return key.encode("utf-16-be", "surrogatepass")

"""Sequences of messages in one body: each stands after its length as a varint, as protobuf's libraries write them."""

from collections.abc import Iterable, Iterator

from opsentrix_protocol.errors import ProtocolError

_MAX_LENGTH_BYTES = 5


def joined(messages: Iterable[bytes]) -> bytes:
    r"""Return messages as one body.

    >>> joined([b"one", b"more"])
    b'\x03one\x04more'
    """
    return b"".join(part for message in messages for part in (_varint(len(message)), message))


def split(body: bytes) -> Iterator[bytes]:
    """Yield the messages of a body.

    Raises:
        ProtocolError: it ends too early, or a length is none.
    """
    at = 0
    while at < len(body):
        length, at = _length(body, at)
        if at + length > len(body):
            raise _cut()
        yield body[at : at + length]
        at += length


def _length(body: bytes, at: int) -> tuple[int, int]:
    """Return the length that stands at a place, and the place behind it."""
    length = 0
    for shift in range(_MAX_LENGTH_BYTES):
        if at + shift >= len(body):
            raise _cut()
        byte = body[at + shift]
        length |= (byte & 0x7F) << 7 * shift
        if byte < 0x80:
            return length, at + shift + 1
    raise ProtocolError("body", "a length in it is not that of a message")


def _varint(length: int) -> bytes:
    head = bytearray()
    while length > 0x7F:
        head.append(length & 0x7F | 0x80)
        length >>= 7
    head.append(length)
    return bytes(head)


def _cut() -> ProtocolError:
    return ProtocolError("body", "ends in the middle of a message")

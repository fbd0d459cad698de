"""The bytes of D-Bus messages: "Message Protocol" of the D-Bus Specification, as far as method calls need it.

Strings are bytes here: the names in them were chosen by others and become text only where they are shown.
"""

import struct
from functools import lru_cache
from typing import Any, NamedTuple

METHOD_CALL = 1
METHOD_RETURN = 2
ERROR = 3

MAX_MESSAGE_BYTES = 4 * 1024 * 1024
"""Of the 128 MiB that the specification allows; a list of 10,000 units has 3 MB."""

_FIXED_HEADER_BYTES = 16
_MAX_DEPTH = 8
_PATH, _INTERFACE, _MEMBER, _ERROR_NAME, _REPLY_SERIAL, _DESTINATION, _SIGNATURE = 1, 2, 3, 4, 5, 6, 8
_NUMBERS = {"y": "B", "b": "I", "n": "h", "q": "H", "i": "i", "u": "I", "x": "q", "t": "Q", "d": "d", "h": "I"}
_ALIGNMENT = {"g": 1, "v": 1, "y": 1, "n": 2, "q": 2, "x": 8, "t": 8, "d": 8, "(": 8, "{": 8}


class DBusError(Exception):
    """The other side sent something that is no D-Bus, or refused."""


class Message(NamedTuple):
    """A message that came in.

    Attributes:
        kind: `METHOD_RETURN`, `ERROR` or another.
        reply_to: serial of the call that it answers; 0 when it answers none.
        error: the error's name, for an `ERROR`.
        body: the values.
    """

    kind: int
    reply_to: int
    error: bytes
    body: list[Any]


def method_call(
    serial: int, destination: str, path: bytes, interface: str, member: str, arguments: tuple[object, ...] = ()
) -> bytes:
    """Return a method call as bytes.

    Args:
        serial: number of the call, not 0.
        destination: bus name.
        path: object path.
        interface: where the method is declared.
        member: the method.
        arguments: strings and lists of strings.
    """
    signature = "".join("s" if isinstance(one, str) else "as" for one in arguments)
    body = bytearray()
    for one in arguments:
        if isinstance(one, str):
            _write_string(body, one.encode())
        elif isinstance(one, (list, tuple)):
            _write_strings(body, [str(each).encode() for each in one])
    fields: list[tuple[int, str, bytes]] = [
        (_PATH, "o", path),
        (_DESTINATION, "s", destination.encode()),
        (_INTERFACE, "s", interface.encode()),
        (_MEMBER, "s", member.encode()),
    ]
    if signature:
        fields.append((_SIGNATURE, "g", signature.encode()))
    header = bytearray(struct.pack("<cBBBIII", b"l", METHOD_CALL, 0, 1, len(body), serial, 0))
    for code, kind, value in fields:
        _pad(header, 8)
        header += bytes((code, 1)) + kind.encode() + b"\0"
        if kind == "g":
            header += bytes((len(value),)) + value + b"\0"
        else:
            _write_string(header, value)
    struct.pack_into("<I", header, 12, len(header) - _FIXED_HEADER_BYTES)
    _pad(header, 8)
    return bytes(header + body)


def message_length(data: bytes | bytearray) -> int:
    """Return how many bytes the message at the start of the data has, or 0 while that is not known yet.

    Raises:
        DBusError: no message begins so, or a too long one does.
    """
    if len(data) < _FIXED_HEADER_BYTES:
        return 0
    order = _order(data)
    body, _, fields = struct.unpack_from(order + "III", data, 4)
    length = _FIXED_HEADER_BYTES + (int(fields) + 7 & ~7) + int(body)
    if length > MAX_MESSAGE_BYTES:
        raise DBusError(f"a message of {length} bytes")
    return length


def parse(data: bytes) -> Message:
    """Return one whole message.

    Raises:
        DBusError: it is not what the specification allows.
    """
    order = _order(data)
    reader = _Reader(data, order)
    try:
        reader.position = 12
        fields = dict(reader.value("a(yv)"))
        reader.align(8)
        signature = fields.get(_SIGNATURE, b"").decode("ascii")
        body = reader.values(signature)
        return Message(data[1], int(fields.get(_REPLY_SERIAL, 0)), bytes(fields.get(_ERROR_NAME, b"")), body)
    except (struct.error, IndexError, ValueError, TypeError, AttributeError) as error:
        raise DBusError(f"a message that cannot be read: {error}") from None


def _order(data: bytes | bytearray) -> str:
    order = {0x6C: "<", 0x42: ">"}.get(data[0])
    if order is None or data[3] != 1:
        raise DBusError("something that is no message of D-Bus 1")
    return order


def _pad(data: bytearray, alignment: int) -> None:
    data += bytes(-len(data) % alignment)


def _write_string(data: bytearray, value: bytes) -> None:
    _pad(data, 4)
    data += struct.pack("<I", len(value)) + value + b"\0"


def _write_strings(data: bytearray, values: list[bytes]) -> None:
    _pad(data, 4)
    at = len(data)
    data += bytes(4)
    for value in values:
        _write_string(data, value)
    struct.pack_into("<I", data, at, len(data) - at - 4)


class _Reader:
    """Reads values one after the other; `struct.error`, `IndexError` or `ValueError` where the data does not fit."""

    def __init__(self, data: bytes, order: str) -> None:
        self.position = 0
        self._data = data
        self._order = order
        self._length = struct.Struct(order + "I")

    def align(self, alignment: int) -> None:
        self.position += -self.position % alignment

    def values(self, signature: str, depth: int = 0) -> list[Any]:
        return [self.value(one, depth) for one in _types(signature)]

    def value(self, kind: str, depth: int = 0) -> Any:  # noqa: ANN401 - what the signature says
        if depth > _MAX_DEPTH:
            raise ValueError("too deep")
        first = kind[0]
        if first in "so":
            return self._string()
        if first in _NUMBERS:
            return self._number(_NUMBERS[first])
        if first == "g":
            return self._signature()
        if first == "v":
            inner = self._signature().decode("ascii")
            if len(_types(inner)) != 1:
                raise ValueError("a variant of several values")
            return self.value(inner, depth + 1)
        if first == "a":
            return self._array(kind[1:], depth + 1)
        self.align(8)
        return tuple(self.values(kind[1:-1], depth + 1))

    def _number(self, code: str) -> int | float:
        size = struct.calcsize(code)
        self.align(size)
        (value,) = struct.unpack_from(self._order + code, self._data, self.position)
        self.position += size
        return value  # type: ignore[no-any-return]  # struct's results have no types

    def _string(self) -> bytes:
        start = self.position + -self.position % 4 + 4
        (length,) = self._length.unpack_from(self._data, start - 4)
        self.position = end = start + length + 1
        if end > len(self._data):
            raise ValueError("a string beyond the end")
        return self._data[start : end - 1]

    def _signature(self) -> bytes:
        length = self._data[self.position]
        start = self.position + 1
        self.position = start + length + 1
        if self.position > len(self._data):
            raise ValueError("a signature beyond the end")
        return self._data[start : start + length]

    def _array(self, kind: str, depth: int) -> list[Any]:
        length = self._number("I")
        self.align(_ALIGNMENT.get(kind[0], 4))
        end = self.position + int(length)
        if end > len(self._data):
            raise ValueError("an array beyond the end")
        result = []
        while self.position < end:
            before = self.position
            result.append(self.value(kind, depth))
            if self.position == before:
                raise ValueError("an array of nothing")
        return result


@lru_cache(maxsize=64)
def _types(signature: str) -> tuple[str, ...]:
    """Return the complete types that a signature consists of."""
    types: list[str] = []
    while signature:
        length = _first_type(signature)
        types.append(signature[:length])
        signature = signature[length:]
    return tuple(types)


def _first_type(signature: str) -> int:
    end = 0
    while signature[end] == "a":
        end += 1
    if signature[end] in "({":
        open_brackets = 0
        while True:
            open_brackets += (signature[end] in "({") - (signature[end] in ")}")
            if not open_brackets:
                break
            end += 1
    elif signature[end] not in "sogvybnqiuxtdh":
        raise ValueError(f"unknown type {signature[end]!a}")
    return end + 1

"""A message bus with a systemd on it, as the D-Bus Specification describes them; it answers when the test says so."""

import contextlib
import socket
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from opsentrix_agent.collectors.dbuswire import message_length, parse

Unit = tuple[str, str, str]
"""Name, active state, sub-state."""


class Call(NamedTuple):
    """A method call: its serial, the unit that it goes to (if to one), its arguments."""

    serial: int
    unit: str
    body: list[Any]


def marshal(data: bytearray, kind: str, value: Any, order: str = "<") -> None:  # noqa: ANN401 - any value of D-Bus
    """Append one value of a type that systemd uses."""
    if kind in ("s", "o"):
        data += bytes(-len(data) % 4) + struct.pack(order + "I", len(value)) + value + b"\0"
    elif kind == "u":
        data += bytes(-len(data) % 4) + struct.pack(order + "I", value)
    elif kind == "v":
        inner, content = value
        data += bytes((len(inner),)) + inner.encode() + b"\0"
        marshal(data, inner, content, order)
    elif kind == "a(ssssssouso)":
        data += bytes(-len(data) % 4)
        at = len(data)
        data += bytes(4) + bytes(-(len(data) + 4) % 8)
        start = len(data)
        for row in value:
            data += bytes(-len(data) % 8)
            for one, content in zip("ssssssouso", row, strict=True):
                marshal(data, one, content, order)
        struct.pack_into(order + "I", data, at, len(data) - start)
    else:
        raise ValueError(kind)


def reply(to: int, kind: str, value: Any, *, error: str = "", order: str = "<") -> bytes:  # noqa: ANN401 - as above
    """Return a method return with one value, or an error without any."""
    body = bytearray()
    if kind:
        marshal(body, kind, value, order)
    mark = b"l" if order == "<" else b"B"
    header = bytearray(struct.pack(order + "cBBBIII", mark, 3 if error else 2, 1, 1, len(body), 7, 0))
    fields: list[tuple[int, str, Any]] = [(5, "u", to)]
    if error:
        fields.append((4, "s", error.encode()))
    for code, one, content in fields:
        header += bytes(-len(header) % 8) + bytes((code, 1)) + one.encode() + b"\0"
        marshal(header, one, content, order)
    if kind:
        header += bytes(-len(header) % 8) + b"\x08\x01g\0" + bytes((len(kind),)) + kind.encode() + b"\0"
    struct.pack_into(order + "I", header, 12, len(header) - 16)
    return bytes(header) + bytes(-len(header) % 8) + bytes(body)


class FakeBus:
    """Listens at `run/dbus/system_bus_socket` of a machine.

    Attributes:
        units: what the manager lists, patterns and states applied.
        restarts: by unit; its cgroup is below `system.slice`.
        asked: the members called since the last `answer`.
        order: byte order of the answers.
    """

    def __init__(self, run: Path) -> None:
        self.units: list[Unit] = []
        self.restarts: dict[str, int] = {}
        self.asked: list[str] = []
        self.order = "<"
        self.serve: Callable[[Call], bytes] = self._serve
        (run / "systemd/system").mkdir(parents=True, exist_ok=True)
        (run / "dbus").mkdir(exist_ok=True)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(run / "dbus/system_bus_socket"))
        self._listener.listen()
        self._listener.setblocking(False)
        self._peer: socket.socket | None = None
        self._calls = b""

    def answer(self) -> None:
        """Answer all calls that are there."""
        for call in self.read():
            self.send(self.serve(call))

    def read(self) -> list[Call]:
        """Return the calls that are there, after letting a new client in."""
        if self._peer is None:
            self._peer, _ = self._listener.accept()
            self._peer.setblocking(False)
            hello = self._peer.recv(1 << 20)
            line, _, self._calls = hello.partition(b"BEGIN\r\n")
            assert line.startswith(b"\0AUTH EXTERNAL ")
            self.send(b"OK 0123456789abcdef0123456789abcdef\r\n")
        else:
            self._calls += self._received()
        self.asked = []
        calls = []
        while self._calls:
            length = message_length(self._calls)
            data, self._calls = self._calls[:length], self._calls[length:]
            (serial,) = struct.unpack_from("<I", data, 8)
            unit = bytes.fromhex(data.partition(b"/unit/")[2].partition(b"\0")[0].decode()).decode()
            calls.append(Call(serial, unit, parse(data).body))
            self.asked.append(f"{unit} {calls[-1].body[1].decode()}" if unit else "list" if calls[-1].body else "hello")
        return calls

    def send(self, data: bytes) -> None:
        """Send any bytes to the client."""
        assert self._peer is not None
        self._peer.sendall(data)

    def hang_up(self) -> None:
        """Close the connection to the client."""
        assert self._peer is not None
        self._peer.close()
        self._peer = None

    def drop(self) -> None:
        """Close all connections that there are."""
        if self._peer is not None:
            self.hang_up()
        with contextlib.suppress(BlockingIOError):
            while True:
                self._listener.accept()[0].close()

    def close(self) -> None:
        """Close everything."""
        if self._peer is not None:
            self._peer.close()
        self._listener.close()

    def __del__(self) -> None:
        self.close()

    def _received(self) -> bytes:
        assert self._peer is not None
        try:
            return self._peer.recv(1 << 20)
        except BlockingIOError:
            return b""

    def _serve(self, call: Call) -> bytes:
        if not call.body:
            return reply(call.serial, "s", b":1.7", order=self.order)
        if call.unit:
            name = call.unit
            value = ("u", self.restarts.get(name, 0)) if call.body[1] == b"NRestarts" else ("s", _cgroup(name))
            return reply(call.serial, "v", value, order=self.order)
        states, patterns = ([one.decode() for one in part] for part in call.body)
        listed = [unit for unit in self.units if unit[1] in states and (not patterns or unit[0].endswith(".service"))]
        return reply(call.serial, "a(ssssssouso)", [_row(*unit) for unit in listed], order=self.order)


def _cgroup(name: str) -> bytes:
    return b"/system.slice/" + name.encode()


def _row(name: str, active: str, sub: str) -> tuple[object, ...]:
    path = b"/org/freedesktop/systemd1/unit/" + name.encode().hex().encode()
    raw = name.encode()
    return raw, b"What it is for", b"loaded", active.encode(), sub.encode(), b"", path, 0, b"", b"/"

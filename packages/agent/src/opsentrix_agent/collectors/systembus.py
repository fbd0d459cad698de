"""A client of the system's message bus (D-Bus Specification) that never waits: replies are taken at a later tick.

It only calls methods. What it sends first (authentication by the kernel's word for who we are, and the Hello that the
bus demands) goes out in one piece with the first call, because nothing in it depends on an answer.
"""

import os
from collections.abc import Callable

from opsentrix_agent.collectors.dbuswire import (
    MAX_MESSAGE_BYTES,
    DBusError,
    Message,
    message_length,
    method_call,
    parse,
)
from opsentrix_agent.collectors.source import printable
from opsentrix_agent.collectors.unixstream import StreamEndedError, UnixStream

REPLY_WITHIN_S = 5.0
_MAX_AUTH_BYTES = 1024
_BUS = "org.freedesktop.DBus"
_BUS_PATH = b"/org/freedesktop/DBus"

Then = Callable[[Message], None]


class SystemBus:
    """One connection at a time; after any error the next call makes a new one."""

    def __init__(self, connect: Callable[[], UnixStream]) -> None:
        self._connect = connect
        self._stream: UnixStream | None = None
        self._welcome = False
        self._serial = 0
        self._waiting: dict[int, Then] = {}
        self._silent_since = 0.0
        self._outbox = bytearray()

    def call(
        self, destination: str, path: bytes, interface: str, member: str, arguments: tuple[object, ...], then: Then
    ) -> None:
        """Queue a call for the next `poll`; `then` is given the return or the error that answers it."""
        self._outbox += method_call(self._next(then), destination, path, interface, member, arguments)

    def poll(self, now: float) -> None:
        """Take what has come, call those who wait for it, then send what is queued.

        Args:
            now: monotonic seconds.

        Raises:
            DBusError: the bus cannot be used now; all that was asked is forgotten.
        """
        try:
            self._receive(now)
            self._send(now)
        except StreamEndedError as error:
            self.close()
            raise DBusError(str(error)) from None
        except OSError as error:
            self.close()
            raise DBusError(error.strerror or str(error)) from None
        except DBusError:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection and forget all calls."""
        if self._stream is not None:
            self._stream.close()
        self._stream = None
        self._waiting = {}
        self._outbox = bytearray()

    def _next(self, then: Then) -> int:
        self._serial = self._serial % 0xFFFFFFFF + 1
        self._waiting[self._serial] = then
        return self._serial

    def _send(self, now: float) -> None:
        if not self._outbox:
            return
        calls = bytes(self._outbox)
        self._outbox = bytearray()
        if self._stream is None:
            self._stream = self._connect()
            self._welcome = False
            calls = self._introduction() + calls
        self._stream.send(calls)
        self._silent_since = now

    def _introduction(self) -> bytes:
        uid = str(os.geteuid()).encode().hex().encode()
        hello = method_call(self._next(_accepted), _BUS, _BUS_PATH, _BUS, "Hello")
        return b"\0AUTH EXTERNAL " + uid + b"\r\nBEGIN\r\n" + hello

    def _receive(self, now: float) -> None:
        stream = self._stream
        if stream is None:
            return
        ended: StreamEndedError | None = None
        try:
            stream.receive(2 * MAX_MESSAGE_BYTES)
        except StreamEndedError as error:
            ended = error
        while message := self._take(stream.received):
            self._silent_since = now
            then = self._waiting.pop(message.reply_to, None)
            if then is not None:
                then(message)
        if ended:
            raise ended
        if self._waiting and not self._outbox and now - self._silent_since > REPLY_WITHIN_S:
            raise DBusError("no answer")

    def _take(self, received: bytearray) -> Message | None:
        if not self._welcome:
            line, end, _ = received.partition(b"\r\n")
            if not end and len(received) < _MAX_AUTH_BYTES:
                return None
            if not line.startswith(b"OK "):
                raise DBusError(f"the bus does not let us in: {printable(bytes(line), 80)}")
            self._welcome = True
            del received[: len(line) + 2]
        length = message_length(received)
        if not length or len(received) < length:
            return None
        message = parse(bytes(received[:length]))
        del received[:length]
        return message


def _accepted(message: Message) -> None:
    if message.error:
        raise DBusError(f"the bus refuses: {printable(message.error, 80)}")

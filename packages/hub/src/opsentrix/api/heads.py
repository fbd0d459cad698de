"""Limits on the head of a request (its line and headers), which uvicorn's fast parser does not have."""

import asyncio
from typing import ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 65_536
"""Counted as it arrives; the read that holds the end of the head is not counted."""


class LimitedHeads(HttpToolsProtocol):
    """uvicorn's HTTP protocol; who sends no end of a head, or none in time, is cut off.

    Otherwise anybody could fill the hub's memory with one request, or its table of open files with silence.
    """

    head_within_s: ClassVar[float] = 20.0
    _in_head = True
    _head_bytes = 0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._timer = self.loop.call_later(self.head_within_s, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came in."""
        super().data_received(data)
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
                self.send_400_response("The head of the request is too long.")

    def on_message_begin(self) -> None:
        """Begin with a request."""
        super().on_message_begin()
        self._in_head, self._head_bytes = True, 0
        if self._timer is None:
            self._timer = self.loop.call_later(self.head_within_s, self._too_slow)

    def on_headers_complete(self) -> None:
        """Go on to the request's body."""
        self._in_head = False
        self._stop_timer()
        super().on_headers_complete()

    def _too_slow(self) -> None:
        self._timer = None
        self.transport.close()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

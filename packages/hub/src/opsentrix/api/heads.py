"""What uvicorn's protocols let strangers do without end: heads, silence, answers that nobody reads, connections."""

import asyncio
from typing import ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from opsentrix import selfmetrics
from opsentrix.api.strangers import TICKET, Door, Ticket

MAX_HEAD_BYTES = 65_536
"""Counted as it arrives; the read that holds the end of the head is not counted."""


class LimitedHeads(HttpToolsProtocol):
    """uvicorn's HTTP protocol; who sends no end of a head, or none in time, or takes nothing, is cut off.

    Otherwise anybody could fill the hub's memory with one request or with answers, or its table of open files with
    silence. How many connections strangers may have is up to `door`.
    """

    head_within_s: ClassVar[float] = 20.0
    stall_s: ClassVar[float] = 60.0
    door: ClassVar[Door] = Door()
    _in_head = True
    _head_bytes = 0
    _timer: asyncio.TimerHandle | None = None
    _stall: asyncio.TimerHandle | None = None
    _ticket: Ticket | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._timer = self.loop.call_later(self.head_within_s, self._too_slow)
        self._ticket = self.door.enter(self.client[0] if self.client else "", transport.abort)
        # uvicorn hands it on to the scope of each request, and to the WebSocket that this may become.
        self.app_state = {**self.app_state, TICKET: self._ticket}

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop_timer()
        self.resume_writing()
        if self._ticket is not None:
            self._ticket.leave()
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

    def pause_writing(self) -> None:
        """Wait for the client to read, as long as it reads at all."""
        super().pause_writing()
        self._watch(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """Go on: the client has read."""
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        """End a connection on which nothing more was asked, also when the last answer is never read."""
        super().timeout_keep_alive_handler()
        self._watch(self.transport.get_write_buffer_size())

    def _watch(self, unread: int) -> None:
        if self._stall is not None:
            self._stall.cancel()
        self._stall = self.loop.call_later(self.stall_s, self._check_read, unread)

    def _check_read(self, before: int) -> None:
        unread = self.transport.get_write_buffer_size()
        if unread >= before:
            selfmetrics.STALLED.inc()
            self.transport.abort()
        else:
            self._watch(unread)

    def _too_slow(self) -> None:
        self._timer = None
        self.transport.close()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class CountedWebSocket(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket protocol; a connection that ends counts no more."""

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        ticket = self.app_state.get(TICKET)
        if isinstance(ticket, Ticket):
            ticket.leave()
        super().connection_lost(exc)

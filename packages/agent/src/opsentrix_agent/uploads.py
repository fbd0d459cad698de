"""Answers the hub's requests for recordings: piece by piece, slowly, behind the frames."""

import logging
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from opsentrix_protocol import opsentrix_pb2 as pb

log = logging.getLogger(__name__)

PIECE_EVERY_S = 0.2
MAX_WAITING = 4
"""Requests; a hub that asks for more at once is not answered, and may ask again."""


class Window(NamedTuple):
    """What a recorder holds of a window.

    Attributes:
        pieces: serialized and compressed RecordedMoments, the oldest first.
        truncated: whether older pieces were left out for their size.
    """

    pieces: tuple[bytes, ...]
    truncated: bool = False


Cut = Callable[[int, int, int], Window]
"""Takes the first and the last Unix millisecond wanted and the most bytes; returns what there is."""


def nothing_recorded(_from_ms: int, _to_ms: int, _max_bytes: int) -> Window:
    """Stand for a recorder that holds nothing."""
    return Window(())


class Uploads:
    """The recordings that one connection still owes the hub.

    Attributes:
        due: monotonic time before which no further piece goes.
    """

    def __init__(self, cut: Cut) -> None:
        self.due = 0.0
        self._cut = cut
        self._requests: deque[pb.RecordingRequest] = deque()
        self._window: Window | None = None
        self._index = 0

    @property
    def waiting(self) -> bool:
        """Whether a request is not answered to its end."""
        return bool(self._requests)

    def request(self, request: pb.RecordingRequest) -> None:
        """Take a request; one that waits already is not taken twice."""
        if any(one.id == request.id for one in self._requests):
            return
        if len(self._requests) >= MAX_WAITING:
            log.warning("the hub asks for more than %d recordings at once; one is not answered", MAX_WAITING)
            return
        self._requests.append(request)

    def poll(self, now: float) -> bytes | None:
        """Return the next piece as a message, or None when there is none now."""
        if not self._requests or now < self.due:
            return None
        request = self._requests[0]
        if self._window is None:
            self._window = self._cut(request.from_ms, request.to_ms, request.max_bytes)
        pieces = self._window.pieces
        last = self._index + 1 >= len(pieces)
        piece = pb.Recording(
            id=request.id,
            index=self._index,
            last=last,
            data=pieces[self._index] if pieces else b"",
            truncated=last and self._window.truncated,
        )
        self.due = now + PIECE_EVERY_S
        self._index += 1
        if last:
            self._requests.popleft()
            self._begin()
        return pb.AgentMessage(recording=piece).SerializeToString()

    def clear(self) -> None:
        """Forget all requests: the connection on which they came has ended."""
        self._requests.clear()
        self.due = 0.0
        self._begin()

    def _begin(self) -> None:
        self._window = None
        self._index = 0

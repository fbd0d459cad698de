"""Back-pressure towards one browser: a few batches on their way, a bounded queue behind them, drops counted."""

from collections import deque
from collections.abc import Callable
from typing import Any

from opsentrix import selfmetrics

Event = tuple[str, dict[str, Any]]
Emit = Callable[[str, dict[str, Any]], None]

LAYOUT = "layout"
"""The event that samples cannot be read without."""
IN_FLIGHT = 8
QUEUED = 16


class Outbox:
    """Sends samples to one browser as fast as it confirms them; the oldest are dropped when it does not keep up."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._in_flight = 0
        self._queue: deque[Event] = deque()
        self._dropped: dict[int, int] = {}

    def send(self, agent_id: int, event: str, payload: dict[str, Any]) -> None:
        """Send something that the browser confirms, or queue it while too much is on its way."""
        if self._in_flight < IN_FLIGHT:
            self._in_flight += 1
            self._emit(event, payload)
            return
        if len(self._queue) >= QUEUED:
            self._drop_oldest()
        self._queue.append((event, payload))

    def confirmed(self) -> tuple[int, int] | None:
        """Note that the browser confirmed one; return (agent, batches) once when some of an agent were dropped."""
        self._in_flight = max(0, self._in_flight - 1)
        while self._queue and self._in_flight < IN_FLIGHT:
            event, payload = self._queue.popleft()
            self._in_flight += 1
            self._emit(event, payload)
        return self._dropped.popitem() if self._dropped else None

    def _drop_oldest(self) -> None:
        """Drop the oldest batch, and layouts that have none left: samples without their layout could not be read."""
        batch = next((at for at, (event, _) in enumerate(self._queue) if event != LAYOUT), None)
        if batch is not None:
            agent_id = self._queue[batch][1]["agent"]
            del self._queue[batch]
            selfmetrics.LIVE_DROPPED.inc()
            self._dropped[agent_id] = self._dropped.get(agent_id, 0) + 1
        following: dict[int, str] = {}
        kept: deque[Event] = deque()
        for event, payload in reversed(self._queue):
            if event != LAYOUT or following.get(payload["agent"]) != LAYOUT:
                kept.appendleft((event, payload))
                following[payload["agent"]] = event
        self._queue = kept

"""What waits between the threads and between the ticks: orders of the hub, and pauses that the hub is to hear of."""

import threading
from collections.abc import Callable

from opsentrix_protocol import opsentrix_pb2 as pb

from opsentrix_agent.orders import Orders

MAX_SPANS = 32
"""Pauses of one run that the hub is told of; the gap of an older one is shown without its reason if it never heard."""


class PendingOrders(Orders):
    """Holds what the link heard until the loop asks: the newest configuration only, so a hub cannot fill the memory."""

    def __init__(self, version: int, wake: Callable[[], None]) -> None:
        """Take the version of the configuration that the agent has, and what wakes the loop."""
        self.version = version
        self._wake = wake
        self._lock = threading.Lock()
        self._content: tuple[int, str] | None = None
        self._restart = False
        self._upgrade: pb.Upgrade | None = None
        self._acknowledged = False

    def configure(self, version: int, content_json: str) -> None:
        """Keep a configuration for the loop."""
        with self._lock:
            self._content = version, content_json
        self._wake()

    def restart(self) -> None:
        """Keep a request to start anew for the loop."""
        with self._lock:
            self._restart = True
        self._wake()

    def upgrade(self, wanted: pb.Upgrade) -> None:
        """Keep the newest request to change to another release for the loop."""
        with self._lock:
            self._upgrade = wanted
        self._wake()

    def acknowledged(self) -> None:
        """Note that the hub acknowledged something of this run; the loop sees that at its next tick."""
        self._acknowledged = True

    def collect_upgrade(self) -> tuple[pb.Upgrade | None, bool]:
        """Return, once, the newest request for another release, and whether the hub acknowledged anything so far."""
        with self._lock:
            wanted, self._upgrade = self._upgrade, None
        return wanted, self._acknowledged

    def collect(self) -> tuple[tuple[int, str] | None, bool]:
        """Return, once, the newest configuration with its version, and whether a restart was asked for."""
        with self._lock:
            found = self._content, self._restart
            self._content, self._restart = None, False
        return found


class Pauses:
    """The times of one run in which nothing was sampled because the agent was paused.

    Attributes:
        paused: whether it is paused now.
        spans: those that are over, the newest last.
    """

    def __init__(self, boot_id: bytes, *, paused: bool) -> None:
        """Begin a run, paused or not."""
        self.paused = paused
        self.spans: list[pb.PausedSpan] = []
        self._boot_id = boot_id
        self._first_ms = 0
        self._pending = False

    def begin(self) -> None:
        """Note that nothing is sampled from now on."""
        self.paused = True

    def end(self) -> None:
        """Note that the next tick is sampled again."""
        self.paused = False

    def tick(self, time_ms: int) -> None:
        """Note a tick that was not sampled."""
        if not self._pending:
            self._first_ms, self._pending = time_ms, True

    def close(self, time_ms: int, next_seq: int) -> bool:
        """Note a tick that is sampled, into the frame of this number; return whether a pause ends with it."""
        if not self._pending:
            return False
        self._pending = False
        span = pb.PausedSpan(boot_id=self._boot_id, next_seq=next_seq, first_ms=self._first_ms, last_ms=time_ms)
        self.spans = [*self.spans[1 - MAX_SPANS :], span]
        return True

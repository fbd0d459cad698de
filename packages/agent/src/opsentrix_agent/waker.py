"""Wakes a thread that waits: a socket pair, because a signal handler and `select` can both use one."""

import contextlib
import select
import socket


class Waker:
    """A wait that another thread, or a signal handler, can end early."""

    def __init__(self) -> None:
        self._receiver, self._sender = socket.socketpair()
        self._receiver.setblocking(False)
        self._sender.setblocking(False)

    def fileno(self) -> int:
        """Return the descriptor that is readable once `wake` was called, for `select`."""
        return self._receiver.fileno()

    def wake(self) -> None:
        """End the present wait, or the next one if nobody waits. Never blocks; safe in a signal handler."""
        # A full buffer means that a wake-up is pending already; a closed one, that nobody waits any more.
        with contextlib.suppress(BlockingIOError, OSError):
            self._sender.send(b"\0")

    def clear(self) -> None:
        """Forget the wake-ups so far."""
        with contextlib.suppress(BlockingIOError):
            while self._receiver.recv(4096):
                pass

    def wait(self, seconds: float) -> bool:
        """Wait at most so long and return whether somebody called `wake`."""
        ready, _, _ = select.select([self._receiver], [], [], max(0.0, seconds))
        if ready:
            self.clear()
        return bool(ready)

    def close(self) -> None:
        """Give the descriptors back."""
        self._receiver.close()
        self._sender.close()

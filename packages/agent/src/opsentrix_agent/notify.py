"""Tells systemd how this service is: ready, alive, reloading, stopping (sd_notify(3)).

Without systemd it does nothing.
"""

import logging
import socket
from collections.abc import Mapping

log = logging.getLogger(__name__)


class Notifier:
    """One datagram socket to whoever started this process and asked to be told."""

    def __init__(self, environ: Mapping[str, str], pid: int) -> None:
        """Read what systemd asks for.

        Args:
            environ: NOTIFY_SOCKET (a path, or an abstract address behind @), WATCHDOG_USEC and WATCHDOG_PID.
            pid: of this process; a watchdog for another one is not ours to feed.
        """
        address = environ.get("NOTIFY_SOCKET", "")
        self._socket: socket.socket | None = None
        self._failing = False
        self._pause_s = 0.0
        self._fed = float("-inf")
        if not address.startswith(("/", "@")):
            return
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._socket.setblocking(False)
        usec = environ.get("WATCHDOG_USEC", "")
        if usec.isdecimal() and environ.get("WATCHDOG_PID", str(pid)) == str(pid):
            self._pause_s = int(usec) / 1e6 / 4

    def ready(self) -> None:
        """Say that the service works, after starting or after `reloading`."""
        self._send(b"READY=1")

    def reloading(self, monotonic_us: int) -> None:
        """Say that the settings are read again, since this moment of CLOCK_MONOTONIC; `ready` ends it."""
        self._send(b"RELOADING=1\nMONOTONIC_USEC=%d" % monotonic_us)

    def stopping(self) -> None:
        """Say that the service is about to end."""
        self._send(b"STOPPING=1")

    def alive(self, monotonic_s: float) -> None:
        """Feed the watchdog; to be called by what must not hang, as often as it likes.

        Args:
            monotonic_s: seconds of a clock that is never set; a quarter of the watchdog's time has to pass to feed it.
        """
        if self._pause_s and monotonic_s - self._fed >= self._pause_s:
            self._fed = monotonic_s
            self._send(b"WATCHDOG=1")

    def close(self) -> None:
        """Give the descriptor back."""
        if self._socket:
            self._socket.close()
            self._socket = None

    def _send(self, message: bytes) -> None:
        if self._socket is None:
            return
        try:
            self._socket.sendto(message, self._address)
        except OSError as error:
            if not self._failing:
                log.warning("systemd cannot be told how the agent is: %s", error)
            self._failing = True
        else:
            self._failing = False

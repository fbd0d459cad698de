"""The connection to the hub: one thread that connects, and connects again for as long as the agent runs.

It waits in `select` for the socket and for a wake-up from the other threads, so one thread both reads and writes.
What is said is the business of `link.Link`, and how it is carried that of `links`.
"""

import logging
import select
import threading
import time
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING

from opsentrix_agent.backoff import Backoff
from opsentrix_agent.credentials import Credentials
from opsentrix_agent.errors import LinkError, LinkRefusedError, LinkRenewedError, LinkRevokedError
from opsentrix_agent.link import Link, Phase
from opsentrix_agent.waker import Waker

if TYPE_CHECKING:
    from opsentrix_agent.clienttls import ClientTls
    from opsentrix_agent.links.interface import Connection, Dial

log = logging.getLogger(__name__)

CLOSE_S = 0.5
HELD_UP_S = 1.0
"""How long to wait at the most while the connection takes no more; it says itself when it does again."""


class Transport(threading.Thread):
    """Keeps a `Link` connected."""

    def __init__(
        self,
        link: Link,
        dial: "Dial",
        credentials: Credentials,
        tls: "ClientTls | None" = None,
        backoff: Backoff | None = None,
        spool_is_empty: Callable[[], bool] = lambda: True,
    ) -> None:
        """Take what is needed to connect; `start` begins.

        Args:
            link: the conversation.
            dial: connects to the hub.
            credentials: this agent's secrets.
            tls: learns how connections fare, where they are encrypted.
            backoff: waits between attempts.
            spool_is_empty: tells whether all is acknowledged, when the agent stops.
        """
        super().__init__(name="link", daemon=True)
        self._link = link
        self._dial = dial
        self._credentials = credentials
        self._tls = tls
        self._backoff = backoff or Backoff()
        self._spool_is_empty = spool_is_empty
        self._waker = Waker()
        self._stop_at: float | None = None
        self._last_error = ""

    def wake(self) -> None:
        """Say that there is something new to send."""
        self._waker.wake()

    def stop(self, flush_s: float) -> None:
        """Send what is left for at most so many seconds, say goodbye and end the thread."""
        self._link.stopping = True
        self._stop_at = time.monotonic() + flush_s
        self._waker.wake()
        self.join(flush_s + 1.0)

    def run(self) -> None:
        """Connect, talk, and start over after every failure."""
        while self._stop_at is None:
            refused = revoked = again = False
            try:
                again = self._session()
            except LinkRenewedError as error:
                log.info("%s", error)
            except LinkRefusedError as error:
                refused, revoked = True, isinstance(error, LinkRevokedError)
                if self._credentials.refused(revoked=revoked):
                    continue
                again = self._tls is not None and not revoked and self._tls.refused()
                self._log_failure(str(error))
            except (LinkError, OSError) as error:
                self._failed(error)
            except Exception:
                log.exception("the link failed in an unforeseen way")
            finally:
                self._link.close()
            if again:
                continue
            if self._stop_at is None:
                self._wait(self._backoff.failed(refused=refused, revoked=revoked))
        self._waker.close()

    def _wait(self, seconds: float) -> None:
        log.debug("connecting again in %.1f s", seconds)
        until = time.monotonic() + seconds
        while self._stop_at is None and (remaining := until - time.monotonic()) > 0:
            self._waker.wait(remaining)

    def _failed(self, error: Exception) -> None:
        if self._tls:
            self._tls.failed(error)
        self._log_failure(self._explain(error) if isinstance(error, OSError) else str(error))

    def _log_failure(self, error: str) -> None:
        # The same sentence each minute of an outage would bury the rest of the log.
        level = logging.DEBUG if error == self._last_error else logging.WARNING
        self._last_error = error
        log.log(level, "no link to the hub: %s", error)

    def _session(self) -> bool:
        """Talk to the hub until the agent stops, or is to connect anew at once, which the answer says."""
        with closing(self._connect()) as connection:
            connection.send(self._link.open(time.monotonic()))
            while not self._finished(connection):
                if self._tls and self._tls.due():
                    log.info("connecting anew with another certificate")
                    connection.close(wait_s=CLOSE_S)
                    return True
                self._turn(connection)
        return False

    def _connect(self) -> "Connection":
        try:
            return self._dial(self._credentials.present)
        except OSError as error:
            if self._tls:
                self._tls.failed(error)
            raise LinkError(f"cannot connect: {self._explain(error)}") from None

    def _explain(self, error: OSError) -> str:
        if self._tls:
            from opsentrix_agent.tls import explain

            return explain(error)
        return f"{type(error).__name__}: {error}"

    def _turn(self, connection: "Connection") -> None:
        """Wait until something is to be done, and do it."""
        now = time.monotonic()
        timeout = self._link.deadline(now) - now if connection.writable() else HELD_UP_S
        timeout = min(timeout, connection.turn(now) - now)
        if self._stop_at is not None:
            timeout = min(timeout, self._stop_at - now)
        if not connection.pending():
            ready, _, _ = select.select([*connection.readers(), self._waker], [], [], max(0.0, timeout))
            if self._waker in ready:
                self._waker.clear()
            if ready in ([], [self._waker]):
                return self._write(connection)
        for message in connection.read():
            if message:
                self._link.receive(message, time.monotonic())
            else:
                self._link.heard(time.monotonic())
        if self._link.phase is Phase.OPEN:
            self._backoff.succeeded()
            self._last_error = ""
        return self._write(connection)

    def _write(self, connection: "Connection") -> None:
        now = time.monotonic()
        while connection.writable() and (message := self._link.poll(now)) is not None:
            connection.send(message)
        if self._link.dead(now):
            raise LinkError("the hub has not answered for too long")
        if self._link.ping_due(now) and connection.ping():
            self._link.heard(now)

    def _finished(self, connection: "Connection") -> bool:
        if self._stop_at is None:
            return False
        if not self._spool_is_empty() and time.monotonic() < self._stop_at:
            return False
        if self._link.phase is Phase.OPEN:
            connection.send(self._link.farewell())
            connection.close(wait_s=CLOSE_S)
        return True

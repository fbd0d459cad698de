"""The dead man's switch: a ping that leaves only while all is well, so that its absence is the alarm."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from opsentrix import log, selfmetrics

_log = log.get(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """How a ping went: the provider's status and words, or what went wrong."""

    ok: bool
    status: int | None
    text: str


@dataclass(frozen=True, slots=True)
class SwitchState:
    """What is known of the switch.

    Attributes:
        tried_at: when the last ping left.
        answer: to that.
        ok_at: when the last one arrived.
        held: why none leaves now; empty while the chain is whole.
    """

    tried_at: datetime | None = None
    answer: Answer | None = None
    ok_at: datetime | None = None
    held: tuple[str, ...] = ()


Ping = Callable[[str], Awaitable[Answer]]


class DeadMan:
    """Pings a URL each interval, if nothing is broken. A ping that fails harms nothing."""

    def __init__(
        self, url: str, interval_s: float, ping: Ping, clock: Callable[[], float], steady: Callable[[], float]
    ) -> None:
        """Take what is needed.

        Args:
            url: where to; empty for nowhere.
            interval_s: from one ping to the next.
            ping: asks a URL and never raises for what the other side does.
            clock: Unix seconds.
            steady: seconds of a clock that never jumps.
        """
        self._url = url
        self._interval_s = interval_s
        self._ping = ping
        self._clock = clock
        self._steady = steady
        self._next_at = steady()
        self._failing_since: float | None = None
        self.state = SwitchState()

    @property
    def on(self) -> bool:
        """Whether there is somewhere to ping."""
        return bool(self._url)

    def failing(self) -> float:
        """Return for how many seconds pings that left have failed; what was held back did not fail."""
        return 0.0 if self._failing_since is None else self._steady() - self._failing_since

    async def step(self, broken: Sequence[str]) -> None:
        """Ping if it is time and nothing is broken; call it often."""
        if not self.on:
            return
        self._hold(tuple(broken))
        if not broken and self._steady() >= self._next_at:
            await self._send()

    async def test(self, broken: Sequence[str]) -> Answer:
        """Ping now and return the answer; nothing leaves while something is broken, for that would be a lie."""
        if not self.on:
            return Answer(ok=False, status=None, text="OPSENTRIX_DEADMAN_URL is not set.")
        if broken:
            return Answer(ok=False, status=None, text=f"Held back: {'; '.join(broken)}.")
        return await self._send()

    def _hold(self, held: tuple[str, ...]) -> None:
        if bool(held) != bool(self.state.held):
            if held and self.state.tried_at is None:
                _log.info("the first ping waits", reasons=held)
            elif held:
                selfmetrics.DEADMAN_PINGS.labels("held").inc()
                _log.error("the dead man's switch is let go of", reasons=held)
            else:
                _log.info("the chain is whole: pings leave again")
        self.state = replace(self.state, held=held)

    async def _send(self) -> Answer:
        self._next_at = self._steady() + self._interval_s
        answer = await self._ping(self._url)
        now = datetime.fromtimestamp(self._clock(), UTC)
        selfmetrics.DEADMAN_PINGS.labels("arrived" if answer.ok else "failed").inc()
        if answer.ok:
            self._failing_since = None
            selfmetrics.DEADMAN_ARRIVED.set(now.timestamp())
        elif self._failing_since is None:
            self._failing_since = self._steady()
            _log.warning("a ping of the dead man's switch failed", status=answer.status, answer=answer.text)
        self.state = replace(self.state, tried_at=now, answer=answer, ok_at=now if answer.ok else self.state.ok_at)
        return answer

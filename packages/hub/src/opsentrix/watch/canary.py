"""The canary: an alert that is made on purpose, goes the whole way, and is measured at each stage.

Its rule, channel, agent and incidents have reserved numbers, by which people's lists leave it out. What marks a stage
may be another hub process than the one that sent it, so the times meet in the database.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from opsentrix import log, selfmetrics
from opsentrix.db import Database
from opsentrix.errors import UnavailableError
from opsentrix.model.alerts import State, Transition
from opsentrix.model.frames import Batch
from opsentrix.model.watching import CANARY_AGENT, CANARY_RULE, NUMBER, CanaryRecord, Stage, labels_of, number_of
from opsentrix.storage import alerts, canaries, incidents
from opsentrix.watch.readings import batch, signal

FIRST_S = 10.0
"""After the start."""
ENDING = 5
"""So many samples say that a canary is over: the engine needs one of them."""
SWEPT_AFTER = timedelta(minutes=10)
KEPT = timedelta(days=2)
_MOST_MARKED = 100
_log = log.get(__name__)


class Canary:
    """Sends canaries from one hub process."""

    def __init__(
        self, database: Database, instance: str, interval_s: float, clock: Callable[[], float],
        steady: Callable[[], float],
    ) -> None:  # fmt: skip
        """Take what is needed.

        Args:
            database: the hub's.
            instance: this process.
            interval_s: from one canary to the next; 0 for none.
            clock: Unix seconds.
            steady: seconds of a clock that never jumps.
        """
        self._database = database
        self._instance = instance
        self._interval_s = interval_s
        self._clock = clock
        self._steady = steady
        self._next_at = steady() + min(FIRST_S, interval_s)
        self._under_way: int | None = None
        self._ending: dict[int, int] = {}
        self._since: float | None = None
        self._marks: dict[int, dict[Stage, datetime]] = {}
        self._unrecorded: set[int] = set()
        self._seq = 0
        self.last: CanaryRecord | None = None

    @property
    def on(self) -> bool:
        """Whether canaries are sent."""
        return self._interval_s > 0

    def waiting(self) -> float:
        """Return for how many seconds the oldest canary since the last that was received is under way; 0 for none."""
        return 0.0 if self._since is None else self._steady() - self._since

    async def start(self) -> None:
        """Remove what canaries of an earlier run left, before the engine takes up where it ended."""
        await self._sweep(self._instance)

    async def step(self) -> None:
        """Send a canary when it is time, and write down how far it is.

        Raises:
            UnavailableError: the database is away; it goes on with the next call.
        """
        if not self.on:
            return
        await self._write()
        if self._under_way is not None:
            await self._look(self._under_way)
        if self._steady() >= self._next_at:
            await self._begin()

    def samples(self) -> list[Batch]:
        """Return the samples of this second, to be judged."""
        ending = list(self._ending.items())
        self._ending = {number: left - 1 for number, left in ending if left > 1}
        found = [self._batch(number, 0.0) for number, _ in ending]
        return found if self._under_way is None else [*found, self._batch(self._under_way, 1.0)]

    def judged(self, told: Sequence[Transition]) -> None:
        """Note which transitions the engine made."""
        for one in told:
            if one.rule_id == CANARY_RULE and one.after is State.FIRING and one.before is not State.UNKNOWN:
                number = int(dict(one.labels)[NUMBER])
                self.mark(number, Stage.JUDGED)
                self._unrecorded.add(number)

    def recorded(self) -> None:
        """Note that all transitions are written."""
        for number in self._unrecorded:
            self.mark(number, Stage.RECORDED)
        self._unrecorded.clear()

    def grouped(self, incident_id: int) -> None:
        """Note that an incident changed."""
        number = number_of(incident_id)
        if number is not None:
            self.mark(number, Stage.GROUPED)

    def mark(self, number: int, stage: Stage, at: datetime | None = None) -> None:
        """Note that a canary came through a stage, now or at a moment; the first time counts."""
        self._marks.setdefault(number, {}).setdefault(stage, at or self._now())
        while len(self._marks) > _MOST_MARKED:  # while the database is away
            del self._marks[next(iter(self._marks))]

    async def _begin(self) -> None:
        self._since = self._steady() if self._since is None else self._since
        self._next_at = self._steady() + self._interval_s
        if self._under_way is not None:
            self._ending[self._under_way] = ENDING
            self._under_way = None
            _log.error("a canary was lost: alerts may not reach anybody", waiting_s=round(self.waiting()))
            selfmetrics.CANARIES.labels("lost").inc()
        await self._sweep()
        async with self._database.transaction() as connection:
            await canaries.lose(connection, self._instance)
            number = await canaries.begin(connection, self._instance, self._now())
        self._under_way = number

    async def _write(self) -> None:
        marks, self._marks = self._marks, {}
        if not marks:
            return
        try:
            async with self._database.transaction() as connection:
                for number, stages in marks.items():
                    await canaries.mark(connection, number, stages)
        except UnavailableError:
            later, self._marks = self._marks, marks
            for number, stages in later.items():
                for stage, at in stages.items():
                    self.mark(number, stage, at)
            raise

    async def _look(self, number: int) -> None:
        async with self._database.connection() as connection:
            one = await canaries.get(connection, number)
        if one is None or Stage.RECEIVED not in one.stages:
            return
        self._under_way, self._since, self.last = None, None, one
        self._ending[number] = ENDING
        selfmetrics.CANARIES.labels("received").inc()
        for stage, at in one.stages.items():
            passed = (at - one.stages[Stage.SAMPLED]).total_seconds()
            if stage is not Stage.SAMPLED:
                selfmetrics.CANARY_SECONDS.labels(stage).observe(max(0.0, passed))

    async def _sweep(self, instance: str = "") -> None:
        now = self._now()
        async with self._database.transaction() as connection:
            # In the order in which whoever keeps incidents locks.
            await incidents.lock(connection)
            await alerts.lock(connection)
            await canaries.sweep(connection, now - SWEPT_AFTER, now - KEPT, instance)

    def _batch(self, number: int, value: float) -> Batch:
        self._seq += 1
        return batch(CANARY_AGENT, signal(labels_of(number), value), self._clock(), self._seq)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)

"""Runs jobs that may hang, without ever hanging itself.

All jobs share one worker thread. When a job overruns its deadline (a `statvfs` on a dead NFS server never returns and
cannot be cancelled), the thread is left to it, a new worker goes on with the rest, and the job is skipped until it
returns. So there are never more threads than jobs that hang, plus one.
"""

import threading
import time

# What `queue` has it from; the other queues there, and heapq, would take 0.1 MB.
from _queue import SimpleQueue
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Any, Generic, TypeVar

T = TypeVar("T")

DEADLINE_S = 0.4
"""Two collectors may begin to hang in the same second and the next tick is still in time."""


class State(Enum):
    """How a job ended."""

    DONE = "done"
    FAILED = "failed"
    HUNG = "hung"
    SKIPPED = "skipped"


class Outcome(Generic[T]):
    """What became of one job.

    Attributes:
        name: the job's name.
        state: how it ended; `SKIPPED` when an earlier call of it still hangs.
        result: what it returned, when done.
        error: why there is no result, for people.
        started: monotonic seconds.
        duration: seconds that it ran.
    """

    __slots__ = ("duration", "error", "name", "result", "started", "state")

    def __init__(
        self,
        name: str,
        state: State,
        result: T | None = None,
        error: str = "",
        started: float = 0.0,
        duration: float = 0.0,
    ) -> None:
        self.name = name
        self.state = state
        self.result = result
        self.error = error
        self.started = started
        self.duration = duration


Job = tuple[str, Callable[[], T]]


class Runner:
    """One worker thread, replaced when a job hangs in it."""

    def __init__(self, deadline: float = DEADLINE_S) -> None:
        self._deadline = deadline
        self._hanging: set[str] = set()
        self._inbox: SimpleQueue[_Round[Any] | None] = SimpleQueue()
        self._start_worker()

    def run(self, jobs: Sequence[Job[T]], deadline: float | None = None) -> list[Outcome[T]]:
        """Run jobs one after the other and return their outcomes, the skipped ones first.

        Args:
            jobs: names and callables; a name identifies a job from call to call.
            deadline: seconds that each job may take, instead of the runner's.
        """
        limit = self._deadline if deadline is None else deadline
        outcomes: list[Outcome[T]] = []
        pending: list[Job[T]] = []
        for job in jobs:
            if job[0] in self._hanging:
                outcomes.append(Outcome(job[0], State.SKIPPED, error="an earlier call has not returned yet"))
            else:
                pending.append(job)
        while pending:
            work = _Round(pending, self._hanging)
            self._inbox.put(work)
            finished = work.wait(limit)
            outcomes.extend(work.outcomes)
            if finished:
                break
            name = pending[len(work.outcomes)][0]
            error = f"took more than {limit:g} s"
            outcomes.append(Outcome(name, State.HUNG, error=error, started=work.started, duration=limit))
            pending = pending[len(work.outcomes) + 1 :]
            self._start_worker()
        return outcomes

    def close(self) -> None:
        """Let the worker end; threads that hang end with the process."""
        self._inbox.put(None)

    def _start_worker(self) -> None:
        self._inbox = SimpleQueue()
        threading.Thread(target=_work, args=(self._inbox,), name="collectors", daemon=True).start()


class _Round(Generic[T]):
    """Some jobs on their way through a worker; `started` belongs to the job that runs now."""

    __slots__ = ("_abandoned", "_finished", "_hanging", "_jobs", "_lock", "outcomes", "started")

    def __init__(self, jobs: Sequence[Job[T]], hanging: set[str]) -> None:
        self._jobs = jobs
        self._hanging = hanging
        self._lock = threading.Lock()
        self._finished = threading.Lock()
        self._finished.acquire()
        self._abandoned = False
        self.outcomes: list[Outcome[T]] = []
        self.started = time.monotonic()

    def execute(self) -> bool:
        """Run the jobs in the worker; return False when the worker was given up meanwhile."""
        with self._lock:
            self.started = time.monotonic()
        for name, job in self._jobs:
            outcome = _attempt(name, job, self.started)
            with self._lock:
                if self._abandoned:
                    self._hanging.discard(name)
                    return False
                self.outcomes.append(outcome)
                self.started = time.monotonic()
        self._finished.release()
        return True

    def wait(self, limit: float) -> bool:
        """Wait for the end; return False when a job overran the limit and the worker was given up."""
        while True:
            remaining = self.started + limit - time.monotonic()
            if self._finished.acquire(timeout=max(0.0, remaining)):
                return True
            with self._lock:
                if len(self.outcomes) == len(self._jobs):
                    return True
                if time.monotonic() - self.started >= limit:
                    self._abandoned = True
                    self._hanging.add(self._jobs[len(self.outcomes)][0])
                    return False


def _work(inbox: "SimpleQueue[_Round[Any] | None]") -> None:
    while (work := inbox.get()) is not None:
        if not work.execute():
            return


def _attempt(name: str, job: Callable[[], T], started: float) -> Outcome[T]:
    try:
        result = job()
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything; the caller counts and logs it
        text = f"{type(error).__name__}: {error}"
        return Outcome(name, State.FAILED, None, text, started, time.monotonic() - started)
    return Outcome(name, State.DONE, result, "", started, time.monotonic() - started)

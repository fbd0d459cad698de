"""Kills, freezes and cuts at random moments, to processes of a whole deployment that is kept running meanwhile."""

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence

import asyncpg
import psutil

from e2e.deployment import Deployment
from e2e.fleet import Fleet
from e2e.processes import Program, wait_until
from e2e.relay import Relay

_EACH_S = (0.05, 1.2)
"""How long after one blow the next comes."""
_FROZEN_S = (0.1, 1.5)
_HELD_UP_S = (0.15, 0.5)
_STRIDE = 6
"""After so many kills the hub must work again for a moment, or nothing would ever come to the worker."""
_RECOVER_WITHIN_S = 60.0
_TERMINATE = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY md5(pid::text || $1) LIMIT $2
"""


class Chaos:
    """Chance with a seed, and what it may do.

    Attributes:
        kills: of hub, workers and PostgreSQL, by victim.
        harm: everything else that was done, by its kind.
        restarts: processes started again.
    """

    def __init__(
        self, deployment: Deployment, workers: Sequence[Program], relay: Relay, fleet: Fleet, seed: int
    ) -> None:
        self.kills: Counter[str] = Counter()
        self.harm: Counter[str] = Counter()
        self.restarts = 0
        self._deployment = deployment
        self._workers = workers
        self._relay = relay
        self._fleet = fleet
        self._chance = random.Random(seed)  # noqa: S311 - to be repeated, not to be unguessable
        self._deadly: dict[str, tuple[int, Callable[[], bool]]] = {
            "hub": (3, self._kill_hub),
            "worker": (4, self._kill_worker),
            "backend": (3, self._kill_backend),
            "postmaster": (1, self._kill_postmaster),
            "connections": (3, self._terminate_connections),
        }
        self._harmful: dict[str, Callable[[], bool]] = {
            "frozen": self._freeze,
            "cut": self._cut,
            "agent crash": self._crash_agent,
        }

    def run(self, kills: int) -> None:
        """Kill so often; let everything recover from time to time, and at the end."""
        names, weights = list(self._deadly), [weight for weight, _ in self._deadly.values()]
        while self.kills.total() < kills:
            time.sleep(self._chance.uniform(*_EACH_S))
            if self._chance.random() < 0.4:
                name = self._chance.choice(list(self._harmful))
                self.harm[name] += self._harmful[name]()
            else:
                name = self._chance.choices(names, weights)[0]
                killed = self._deadly[name][1]()
                self.kills[name] += killed
                if killed and self.kills.total() % _STRIDE == 0:
                    self.recover()
            self.keep_running()
        self.recover()

    def keep_running(self) -> None:
        """Start what has ended, as systemd or `opsentrix up` would."""
        for program in (self._deployment.hub, *self._workers):
            if not program.running:
                program.start()
                self.restarts += 1

    def recover(self) -> None:
        """Wait until the hub is healthy and frames are acked again."""
        before = self._fleet.acked()

        def well() -> bool:
            self.keep_running()
            return self._deployment.health() == 200 and self._fleet.acked() > before

        wait_until(well, "the hub works and acks frames again", _RECOVER_WITHIN_S)

    def _kill_hub(self) -> bool:
        return self._kill(self._deployment.hub)

    def _kill_worker(self) -> bool:
        return self._kill(self._chance.choice(self._workers))

    def _kill(self, victim: Program) -> bool:
        """Kill a program, every other time after holding up the database, so that it dies with work in hand."""
        frozen = (
            [pid for pid in self._backends() if _signal(pid, signal.SIGSTOP)] if self._chance.random() < 0.5 else []
        )
        try:
            if frozen:
                time.sleep(self._chance.uniform(*_HELD_UP_S))
            return _signal(victim.pid, signal.SIGKILL, victim)
        finally:
            for pid in frozen:
                _signal(pid, signal.SIGCONT)

    def _kill_postmaster(self) -> bool:
        return _signal(self._deployment.postmaster(), signal.SIGKILL)

    def _kill_backend(self) -> bool:
        return _signal(self._backend(), signal.SIGKILL)

    def _terminate_connections(self) -> bool:
        """Let PostgreSQL end some connections in order, perhaps the one that holds the worker's lock."""

        async def terminate() -> int:
            connection = await asyncpg.connect(self._deployment.database_url(), timeout=2)
            try:
                limit, salt = self._chance.randint(1, 4), str(self._chance.random())
                return len(await connection.fetch(_TERMINATE, salt, limit, timeout=2))
            finally:
                connection.terminate()

        if not self._deployment.postmaster():
            return False
        try:
            return asyncio.run(terminate()) > 0
        except Exception:  # noqa: BLE001 - PostgreSQL is down or coming up, whatever it says of that
            return False

    def _freeze(self) -> bool:
        """Stop a process for a moment: to the others it looks as if it were dead, and then it is not."""
        victims = [self._deployment.hub.pid, self._workers[0].pid, self._workers[1].pid, self._backend()]
        victim = self._chance.choice([*victims, self._deployment.postmaster()])
        if not _signal(victim, signal.SIGSTOP):
            return False
        try:
            time.sleep(self._chance.uniform(*_FROZEN_S))
        finally:
            _signal(victim, signal.SIGCONT)
        return True

    def _cut(self) -> bool:
        cut = self._chance.choice([self._relay.cut, self._relay.cut_towards_agent])
        if self._chance.random() < 0.5:
            self._relay.cut_after(self._chance.randint(1, 20_000))
        else:
            cut()
        return True

    def _crash_agent(self) -> bool:
        self._chance.choice(self._fleet.agents).crash()
        return True

    def _backend(self) -> int:
        """Return a process of PostgreSQL that serves a connection; 0 when there is none."""
        backends = self._backends()
        return self._chance.choice(backends) if backends else 0

    def _backends(self) -> list[int]:
        """Return the processes of PostgreSQL that serve connections."""
        try:
            children = psutil.Process(self._deployment.postmaster() or -1).children()
            return [one.pid for one in children if "[local]" in " ".join(one.cmdline())]
        except (psutil.Error, ValueError):
            return []


def _signal(pid: int, number: signal.Signals, program: Program | None = None) -> bool:
    """Send a signal and return whether there was somebody to get it; a killed program of ours is waited for."""
    if not pid or (program is not None and not program.running):
        return False
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    if program is not None:
        program.wait()
    return True

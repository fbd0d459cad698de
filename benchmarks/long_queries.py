"""How fast what is long or wide is read: a year of one series, and the mean of all agents over a day.

One hub holds a year of its agents. What the worker would have made of it is generated, see `benchmarks.generated`; the
newest hour comes over real WebSockets and waits as frames, because that is what a hub has in the middle of an hour.
"""

import contextlib
import json
import os
import statistics
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import numpy as np

from benchmarks import fleet_recording, query
from benchmarks.fleet_history import DAY_MS, HOUR_MS, send
from benchmarks.fleet_plan import Plan, identity
from benchmarks.fleet_recording import FRAME_TICKS, STEP_MS
from benchmarks.fleet_site import Site, running_site
from benchmarks.generated import Cycle, History, hour_of_cycle, write
from benchmarks.harness import BenchmarkError, Result
from benchmarks.peers import latencies

Answer = dict[str, Any]
Asked = dict[str, str | int | float]
YEAR_DAYS = 365
FULL_AGENTS = 100
METRICS = (latencies.METRIC, "cpu.user_pct", "kernel.ctxt", "vm.pgfault", "net.eth0.packets_recv")
_POINTS = 1000
_RATE = 2000.0
_WARM = 4
_MINUTE_MS = 60_000
_CLOSE = 1e-5  # the coarser tiers keep float32


@dataclass(frozen=True, slots=True)
class Size:
    """How much is stored and how often it is asked for; `minute_days` of the tier of minutes are written."""

    agents: int
    minute_days: int
    times: int


QUICK = Size(agents=5, minute_days=2, times=10)
FULL = Size(FULL_AGENTS, minute_days=30, times=40)


def measure(quick: bool) -> list[Result]:
    """Fill a hub with a year of 100 agents, or of 5 when quick, and query it."""
    size = QUICK if quick else FULL
    recording = fleet_recording.load()
    cycle = Cycle.of(recording)
    with running_site(size.agents, alerting=True) as site:
        site.rest_worker()
        newest_ms = time.time_ns() // 1_000_000 // HOUR_MS * HOUR_MS - HOUR_MS
        history = History(range(1, size.agents + 1), newest_ms, YEAR_DAYS, size.minute_days)
        write(site.dsn, recording, cycle, history)
        frame_ms = FRAME_TICKS * STEP_MS
        plan = Plan(site.hub.url, 1, size.agents, HOUR_MS // frame_ms - 1, _RATE, newest_ms)
        send(site, plan)
        held = Held(site, cycle, history, plan)
        year, mean = held.year(size), held.mean(size)
    return [year, mean_result(mean, size.agents, latencies.mean_of(size.agents, held.end_ms // 1000))]


class Held:
    """A hub that holds a history and the hour after it as frames."""

    def __init__(self, site: Site, cycle: Cycle, history: History, plan: Plan) -> None:
        self._site = site
        self._plan = plan
        self._cycle = cycle
        self._history = history
        self.end_ms = history.end_ms + HOUR_MS

    def year(self, size: Size) -> Result:
        """Measure a year of one series as 1,000 points; first with cold caches, an agent each time.

        Raises:
            BenchmarkError: an answer does not hold what was written.
        """
        days, agents = self._history.days, list(self._history.agents)
        first_ms = self.end_ms - days * DAY_MS
        cold, warm = [], []
        for place, agent_id in enumerate(agents[: size.times]):
            self._forget_files()
            metric = METRICS[place % len(METRICS)]
            asked: Asked = {
                "agent": agent_id, "metric": metric, "from": first_ms / 1000, "to": self.end_ms / 1000,
                "points": _POINTS,
            }  # fmt: skip
            took, body = self._ask(asked, times=_WARM + 1)
            self._check_year(agent_id, metric, json.loads(body))
            cold.append(took[0])
            warm += took[1:]
        wide = f"{len(agents)}_agents"
        note = (
            f"median of {len(warm)} over {len(cold)} agents, p95 {query.p95(warm):.1f} ms; cold, PostgreSQL's "
            f"files not in the page cache: {statistics.median(cold):.1f} ms; {len(agents)} agents x "
            f"{self._cycle.means.shape[1]} series x {days} days by the hour, {self._history.minute_days} of them by "
            "the minute as well, generated; one series, 1,000 points asked, the newest hour in frames"
        )
        return Result(
            f"query.year_1m_{wide}_ms", statistics.median(warm), "ms", "lower",
            50 if len(agents) == FULL_AGENTS else None, note=note,
        )  # fmt: skip

    def mean(self, size: Size) -> list[float]:
        """Return the milliseconds of each answer to the mean of one metric of all agents over a day as 1,000 points.

        Raises:
            BenchmarkError: an answer does not hold what was written, or not of all agents.
        """
        first_ms = self.end_ms - DAY_MS
        asked: Asked = {
            "metric": latencies.METRIC, "from": first_ms / 1000, "to": self.end_ms / 1000, "points": _POINTS,
            "agg": "avg", "across": "avg",
        }  # fmt: skip
        took, body = self._ask(asked, size.times + 1)
        self._check_mean(json.loads(body))
        return took

    def _ask(self, asked: Asked, times: int) -> tuple[list[float], bytes]:
        hub = self._site.hub
        return query.timed(hub.url, f"/api/v1/series?{urlencode(asked)}", {"Cookie": hub.cookie}, times)

    def _forget_files(self) -> None:
        """Have the kernel forget the database's files, as far as PostgreSQL has written them."""
        for file in (self._site.folder / "data" / "postgres" / "base").glob("*/*"):
            with contextlib.suppress(FileNotFoundError), file.open("rb") as opened:  # PostgreSQL may remove some
                os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)

    def _check_year(self, agent_id: int, metric: str, answer: Answer) -> None:
        one = _only(answer)
        hours = round(answer["step"]) * 1000 // HOUR_MS
        if hours < 1 or len(one["t"]) < 0.9 * self._history.days * 24 / hours:
            raise BenchmarkError(f"a year of {metric} came with {len(one['t'])} points")
        middle = len(one["t"]) // 2
        begin_ms = round(one["t"][middle] * 1000)
        places = [hour_of_cycle(agent_id, begin_ms + hour * HOUR_MS) for hour in range(hours)]
        self._compare(one["v"][middle], float(self._cycle.means[places, _place(metric)].mean()), metric)

    def _check_mean(self, answer: Answer) -> None:
        one = _only(answer)
        step_ms = round(answer["step"] * 1000)
        agents = self._history.agents
        if one["members"] != len(agents) or len(one["t"]) < 0.9 * DAY_MS / step_ms:
            raise BenchmarkError(f"the mean of {len(agents)} agents has {one['members']} and {len(one['t'])} points")
        at = len(one["t"]) // 2
        begin_ms = round(one["t"][at] * 1000)
        minute = begin_ms % HOUR_MS // _MINUTE_MS
        minutes = slice(minute, minute + step_ms // _MINUTE_MS)
        places = [hour_of_cycle(agent_id, begin_ms) for agent_id in agents]
        column = _place(latencies.METRIC)
        self._compare(one["v"][at], float(self._cycle.means[places, column, minutes].mean()), latencies.METRIC)
        at = len(one["t"]) - 2  # the last one that is whole, of frames alone
        newest = newest_mean(self._plan, column, round(one["t"][at] * 1000), step_ms)
        self._compare(one["v"][at], newest, latencies.METRIC)

    @staticmethod
    def _compare(found: float | None, expected: float, metric: str) -> None:
        if found is None or not np.isclose(found, expected, rtol=_CLOSE):
            raise BenchmarkError(f"a point of {metric} is {found}, not {expected}")


def mean_result(took: list[float], agents: int, peers: list[latencies.Latency]) -> Result:
    """Make the figure of answers to the mean over so many agents; the first one found colder caches."""
    first, warm = took[0], took[1:]
    return Result(
        f"query.mean_{agents}_agents_24h_ms", statistics.median(warm), "ms", "lower",
        60 if agents == FULL_AGENTS else None,
        peers[0].name if peers else None, peers[0].median_ms if peers else None,
        f"median of {len(warm)}, p95 {query.p95(warm):.1f} ms, the first {first:.1f} ms; 23 hours compacted, the "
        f"newest hour in frames of 5 s, 1,000 points asked{latencies.told(peers)}",
    )  # fmt: skip


def newest_mean(plan: Plan, column: int, first_ms: int, width_ms: int) -> float:
    """Return the mean of a column of the recording over all agents of a plan and a part of the time they replay."""
    means = []
    for agent_id in plan.ids:
        first_tick = -(-(first_ms - plan.tick_ms(agent_id, 0)) // STEP_MS)
        rows = fleet_recording.load().replayed(identity(agent_id).offset, first_tick, width_ms // STEP_MS)
        means.append(rows[:, column].mean())
    return float(np.mean(means))


def _only(answer: Answer) -> Answer:
    if len(answer["series"]) != 1:
        raise BenchmarkError(f"the answer holds {len(answer['series'])} series, not one")
    one: Answer = answer["series"][0]
    return one


def _place(metric: str) -> int:
    return next(at for at, one in enumerate(fleet_recording.load().series) if one.metric.name == metric)

"""One plugin: a program that is run at its own pace, and what it last said."""

import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from opsentrix_protocol.catalogue import Kind, Metric, labels_of

from opsentrix_agent.collector import Key, PerSecond, Reading
from opsentrix_agent.collectors.child import Child, ChildError, Finished, find
from opsentrix_agent.collectors.source import printable
from opsentrix_agent.errors import PluginError
from opsentrix_agent.plugins.output import Parsed, Value, parse
from opsentrix_agent.plugins.trust import check_trusted
from opsentrix_agent.rates import significant

LEFT_OUT = Metric(
    "opsentrix.agent.plugin.left_out",
    "{series}",
    Kind.GAUGE,
    "Values of a plugin's last output that were not taken: not finite, twice, wrong, or too many",
)
MAX_OUTPUT_BYTES = 256 * 1024
_HEAD_BYTES = 2048
_HEAD = re.compile(rb"^\s*(?:#|//|--)\s*opsentrix:(.*)$", re.MULTILINE)
_SETTING = re.compile(r"(interval|timeout)=(\d{1,5})s?")
_MAX_SECONDS = {"interval": 86_400, "timeout": 3_600}
_MAX_COMPLAINT_CHARS = 160


class Pace(NamedTuple):
    """How a plugin wants to be run: seconds from start to start, and seconds that a run may take."""

    interval: int = 30
    timeout: int = 10


class Plugin:
    """One program of the owner, a source of readings for the sampler.

    Before each run the file is checked and its head is read anew, so an edit counts from the next run on. Between two
    runs the readings of the last one stand; after one that failed there are none.

    Attributes:
        name: of the file without its suffix.
        path: of the file.
        runs: how many runs have ended, well or not.
    """

    def __init__(self, name: str, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the file; nothing is looked at yet."""
        self.name = name
        self.path = path
        self.runs = 0
        self._prefix = f"plugin.{name.replace('-', '_')}."
        self._labels = labels_of(plugin=name)
        self._clock = clock
        self._child: Child | None = None
        self._edition: tuple[int, int, int] | None = None
        self._start_at = self._started = self._last_started = 0.0
        self._metrics: dict[str, Metric] = {}
        self._counters: dict[Key, float] = {}
        self._readings: list[Reading] = []
        self._problem = ""

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """Everything that the program has said since it was last edited."""
        return (*self._metrics.values(), LEFT_OUT)

    def collect(self) -> list[Reading]:
        """Return what the program said in its last run; nothing at first.

        Raises:
            PluginError: it may not be run, or its last run failed.
        """
        now = self._clock()
        if self._child is not None and (finished := self._child.poll(now)) is not None:
            self._child = None
            self.runs += 1
            self._take(finished)
        if self._child is None and now >= self._start_at:
            self._start(now)
        if self._problem:
            raise PluginError(self._problem)
        return self._readings

    def close(self) -> None:
        """Kill the program if it runs."""
        if self._child is not None:
            self._child.stop()

    def _start(self, now: float) -> None:
        self._start_at = now + Pace().interval
        try:
            pace, argv = self._look()
            child = Child(pace.timeout, MAX_OUTPUT_BYTES, keep_errors=True)
            child.start(argv, now)
        except (PluginError, ChildError) as error:
            self.runs += 1
            self._fail(str(error))
            return
        self._child = child
        self._start_at = now + pace.interval
        self._started = now

    def _look(self) -> tuple[Pace, list[str]]:
        pace, argv, status = examine(self.path)
        edition = (status.st_ino, status.st_size, status.st_mtime_ns)
        if edition != self._edition:
            self._edition = edition
            self._metrics = {}
            self._counters = {}
        return pace, argv

    def _take(self, finished: Finished) -> None:
        problem = finished.problem
        if not problem and finished.exit_code:
            problem = f"exit code {finished.exit_code}"
        try:
            parsed = Parsed([], 0) if problem else parse(finished.output, self._prefix)
        except ValueError as error:
            problem = str(error)
        if problem:
            said = printable(finished.errors.strip().rpartition(b"\n")[2], _MAX_COMPLAINT_CHARS)
            self._fail(f"{self.path.name}: {problem}" + (f"; it said: {said}" if said else ""))
            return
        self._problem = ""
        self._learn(parsed)

    def _learn(self, parsed: Parsed) -> None:
        elapsed = self._started - self._last_started
        self._last_started = self._started
        left_out = parsed.left_out
        counters: dict[Key, float] = {}
        readings: list[Reading] = []
        for value in parsed.values:
            metric = self._metrics.setdefault(value.metric.name, value.metric)
            if (metric.unit, metric.kind) != (value.metric.unit, value.metric.kind):
                left_out += 1
            elif metric.kind is Kind.RATE:
                key = (metric.name, value.labels)
                counters[key] = value.number
                last = self._counters.get(key)
                # A counter that decreased was reset: nobody knows what it counted before.
                if last is not None and value.number >= last and elapsed > 0:
                    readings.append((metric, value.labels, PerSecond(significant((value.number - last) / elapsed))))
            else:
                readings.append((metric, value.labels, value.number))
        self._forget(parsed.values)
        self._counters = counters
        self._readings = [*readings, (LEFT_OUT, self._labels, float(left_out))]

    def _forget(self, values: list[Value]) -> None:
        """Keep no more names than one run can have, however often they change."""
        if len(self._metrics) > 2 * len(values):
            present = {value.metric.name for value in values}
            self._metrics = {name: metric for name, metric in self._metrics.items() if name in present}

    def _fail(self, problem: str) -> None:
        self._problem = problem
        self._readings = []
        self._counters = {}


def examine(path: Path) -> tuple[Pace, list[str], os.stat_result]:
    """Return how a plugin is to be run, and its status.

    Raises:
        PluginError: it may not be run, with what to do about it.
    """
    status = check_trusted(path)
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError as error:
        if not os.access(path, os.X_OK):
            raise PluginError(f"{path} cannot be read: {error.strerror}") from None
        head = b""  # a program may be executable without being readable
    pace = _pace(path, head)
    if path.suffix == ".py":
        return pace, [find("python3") or sys.executable, "-I", str(path)], status
    if not os.access(path, os.X_OK):
        raise PluginError(f"{path} is not executable", f"chmod +x {path}")
    return pace, [str(path)], status


def _pace(path: Path, head: bytes) -> Pace:
    found = _HEAD.search(head)
    seconds: dict[str, int] = {}
    for word in found[1].decode("ascii", "replace").split() if found else ():
        setting = _SETTING.fullmatch(word.rstrip(","))
        if setting is None or not 1 <= int(setting[2]) <= _MAX_SECONDS[setting[1]]:
            raise PluginError(f"{path}: {word[:40]!r} is not understood; write: # opsentrix: interval=30s timeout=10s")
        seconds[setting[1]] = int(setting[2])
    return Pace(**seconds)

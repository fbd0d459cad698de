"""From the request for a command to its first output at a browser: a real hub, a real agent, a real process.

A browser is logged in and connected to the live feed, as the dashboard is. It gives the agent a script of the owner's
that writes one line, asks to watch the command as soon as it knows its number, and notes when the line comes. Policy,
signature, journal, database and the script's own start are all in it.
"""

import json
import math
import os
import signal
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import socketio

from benchmarks.deployment import Hub, running_agent, running_hub
from benchmarks.harness import MEBIBYTE, BenchmarkError, Result, process_tree, use_of, wait_until

FULL, QUICK = 200, 20
PAUSE_S = 1.1
"""Between two commands: an agent takes no more than one a second for long, whoever sends them."""
TARGET_MS = 150
LINE = b"hello\n"
_WITHIN_S = 30.0
_NAMESPACE = "/live"
_PER_HOUR = 600


class Browser:
    """A Socket.IO client that notes when the first output of a command comes."""

    def __init__(self, client: socketio.Client) -> None:
        self._client = client
        self._changed = threading.Condition()
        self._came: dict[int, float] = {}
        client.on("command_output", self._note, namespace=_NAMESPACE)

    def watch(self, command: int) -> None:
        """Ask for a command's output."""
        answer = self._client.call("watch_command", {"command": command}, namespace=_NAMESPACE)
        if answer != {"ok": True}:
            raise BenchmarkError(f"the hub does not let the command be watched: {answer}")

    def forget(self, command: int) -> None:
        """Watch it no longer."""
        self._client.call("unwatch_command", {"command": command}, namespace=_NAMESPACE)

    def came(self, command: int) -> float:
        """Wait for the first output and return the monotonic time at which it came."""
        with self._changed:
            if not self._changed.wait_for(lambda: command in self._came, _WITHIN_S):
                raise BenchmarkError(f"no output of command {command} within {_WITHIN_S:g} s")
            return self._came[command]

    def _note(self, told: dict[str, Any]) -> bool:
        now = time.perf_counter()
        with self._changed:
            self._came.setdefault(told["command"], now)
            self._changed.notify_all()
        return True


@contextmanager
def browsing(hub: Hub) -> Iterator[Browser]:
    """Connect to the live feed as the person who is logged in."""
    client = socketio.Client(reconnection=False)
    browser = Browser(client)
    client.connect(hub.url, headers={"Cookie": hub.cookie}, transports=["websocket"], namespaces=[_NAMESPACE])
    try:
        yield browser
    finally:
        client.disconnect()


def furnish(folder: Path) -> None:
    """Write the files by which an owner allows the script."""
    scripts = folder / "actions.d"
    scripts.mkdir(parents=True)
    files = {
        "policy.json": json.dumps(
            {"actions": {"script": {"names": ["hello"]}}, "signers": {"hub": True}, "limits": {"per_hour": _PER_HOUR}}
        ),
        "actions.d/hello": "#!/bin/sh\necho hello\n",
        "actions.d/hello.json": "{}",
    }
    for name, text in files.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755 if name == "actions.d/hello" else 0o644)
    for one in (folder, scripts):
        one.chmod(0o755)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was measured.

    Attributes:
        taken: milliseconds of each command, of which most found an executor ready.
        cold: of those that did not.
        cpu_ms: what a command cost: agent, executor and script.
        ready_mb: resident memory of an executor that is ready, what it shares with the agent included.
    """

    taken: list[float]
    cold: list[float]
    cpu_ms: float
    ready_mb: float


def run(count: int, pause_s: float) -> Outcome:
    """Give so many commands one after the other, and some to an agent that is not ready.

    Raises:
        BenchmarkError: one did not succeed.
    """
    with tempfile.TemporaryDirectory(prefix="oxc") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the embedded PostgreSQL runs as another user
        furnish(folder / "agent")
        with running_hub(folder) as hub, running_agent(hub, folder / "agent") as pid, browsing(hub) as browser:
            wait_until(lambda: bool(hub.client.get("/api/v1/agents/1/actions").json()["items"]), "no policy came", 30)
            _once(hub, browser)  # what only the first one costs
            cold = [_once(hub, browser, lambda: _end_executors(pid)) for _ in range(max(5, count // 10))]
            _once(hub, browser)
            before, began = use_of([pid]).cpu_s, time.monotonic()
            taken = []
            for number in range(1, count + 1):
                time.sleep(max(0.0, began + number * pause_s - time.monotonic()))
                taken.append(_once(hub, browser))
            cpu_ms = 1000 * (use_of([pid]).cpu_s - before) / count
            wait_until(lambda: bool(_executors(pid)), "no executor is ready", _WITHIN_S)
            return Outcome(taken, cold, cpu_ms, use_of(_executors(pid)).rss_bytes / MEBIBYTE)


def _executors(pid: int) -> list[int]:
    """Return the executors of an agent."""
    return [one for one in process_tree(pid) if one != pid]


def _end_executors(pid: int) -> None:
    """End what the agent has made ready."""
    for one in _executors(pid):
        os.kill(one, signal.SIGKILL)
    wait_until(lambda: not _executors(pid), "an executor did not end", _WITHIN_S)


def _once(hub: Hub, browser: Browser, before: Callable[[], object] = lambda: None) -> float:
    """Give one command and return the milliseconds until its first output; `before` is done directly before."""
    asked = {"agents": [1], "action": "script", "params": {"name": "hello"}}
    # As the dashboard does before it asks "on these machines?".
    hub.client.post("/api/v1/commands/preview", json=asked).raise_for_status()
    before()
    began = time.perf_counter()
    command: int = hub.client.post("/api/v1/commands", json=asked).raise_for_status().json()["id"]
    browser.watch(command)
    taken = 1000 * (browser.came(command) - began)

    def ended() -> bool:
        return str(hub.client.get(f"/api/v1/commands/{command}").json()["state"]) == "finished"

    wait_until(ended, f"command {command} did not end", _WITHIN_S)
    browser.forget(command)
    output = hub.client.get(f"/api/v1/commands/{command}/runs/1/output", params={"download": True}).content
    if output != LINE:
        raise BenchmarkError(f"the script wrote {output!r}")
    return taken


def p95(taken: list[float]) -> float:
    """Return the 95th percentile: the least value that so many are not above."""
    return sorted(taken)[math.ceil(0.95 * len(taken)) - 1]


def results_of(outcome: Outcome) -> list[Result]:
    """Make the figures."""
    taken, cold = outcome.taken, outcome.cold
    note = f"{len(taken)} commands; fastest {min(taken):.0f} ms, slowest {max(taken):.0f}"
    not_ready = f"{len(cold)} commands to an agent that has no executor ready"
    return [
        Result("command.p95_ms", p95(taken), "ms", "lower", TARGET_MS, note=note),
        Result("command.p50_ms", statistics.median(taken), "ms", "lower", None),
        Result("command.cold_p95_ms", p95(cold), "ms", "lower", TARGET_MS, note=not_ready),
        Result("command.cold_p50_ms", statistics.median(cold), "ms", "lower", None),
        Result("command.agent_cpu_ms", outcome.cpu_ms, "ms", "lower", None, note="agent, executor and script"),
        Result("command.ready_rss_mb", outcome.ready_mb, "MB", "lower", None, note="for two minutes after a command"),
    ]


def measure(quick: bool) -> list[Result]:
    """Measure 200 commands, or 20 when quick."""
    return results_of(run(QUICK if quick else FULL, 0.3 if quick else PAUSE_S))

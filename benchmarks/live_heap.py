"""What a browser's memory does over eight hours of live updates on an agent's page.

The page, its Socket.IO client and its charts are the real ones, and so are the hub and the agent that they begin with.
Then the page's clock is turned on by four seconds at a time, and what the hub sent in the first seconds is sent
again with the times that the page's clock has come to. After each hour garbage is collected and the heap is read: what
grows from the first hour to the last is a leak.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import CDPSession, Page, WebSocketRoute

from benchmarks.browser import chromium, log_in, new_context
from benchmarks.deployment import running_agent
from benchmarks.fleet_site import running_site
from benchmarks.harness import BenchmarkError, Result, wait_until

FULL_HOURS, QUICK_HOURS = 8, 2
TARGET_PERCENT = 5
STEP_S = 4
HOUR_S = 3600
_PROCESSES_S = 5
_PING_S = 12
_RECORDED = 8
_WITHIN_S = 60
_SEEN_S = 60_000
_PREFIX = "451-/live,"


@dataclass
class Feed:
    """What the hub sent of one agent: frames of samples with their values, and lists of processes."""

    route: WebSocketRoute | None = None
    samples: list[tuple[dict[str, Any], bytes]] = field(default_factory=list)
    processes: list[dict[str, object]] = field(default_factory=list)
    taken_over: bool = False
    opened: int = 0
    _head: dict[str, Any] | None = None

    def attach(self, page: Page) -> None:
        """Stand between the page and the hub; of what the hub sends the page gets all until the feed is taken over."""
        page.route_web_socket("**/socket.io/**", self._opened)

    def _opened(self, route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        self.route = route
        self.opened += 1
        route.on_message(lambda message: None if self.taken_over else server.send(message))
        server.on_message(self._sent)
        # The hub ends what no longer answers its pings; the page is to keep what it has.
        server.on_close(lambda code, reason: None if self.taken_over else route.close(code=code, reason=reason))

    def _sent(self, message: str | bytes) -> None:
        if self.taken_over or self.route is None:
            return
        self._record(message)
        self.route.send(message)

    def _record(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            # A frame of several seconds would not fit the one second that it is sent for again.
            if self._head is not None and len(self._head["t"]) == 1:
                self.samples.append((self._head, message))
            self._head = None
        elif message.startswith(_PREFIX) and '["samples"' in message:
            self._head = json.loads(message[message.index("[") :])[1]
        elif '["processes"' in message:
            self.processes.append(json.loads(message[message.index("[") :])[1])

    def send_second(self, second: int) -> None:
        """Send what belongs to one second of the page's clock."""
        if self.route is None:
            raise BenchmarkError("the page has no connection")
        head, values = self.samples[second % len(self.samples)]
        self.route.send(f"{_PREFIX}{json.dumps(['samples', head | {'t': [float(second)]}])}")
        self.route.send(values)
        if second % _PROCESSES_S == 0 and self.processes:
            listed = self.processes[second // _PROCESSES_S % len(self.processes)]
            self.route.send(f"42/live,{json.dumps(['processes', listed | {'time': float(second)}])}")
        if second % _PING_S == 0:
            self.route.send("2")


@dataclass(frozen=True, slots=True)
class Reading:
    """Bytes of the heap in use, and how many nodes and listeners there are, after collecting garbage."""

    heap: int
    nodes: int
    listeners: int


def read(session: CDPSession) -> Reading:
    """Collect garbage and read what is left."""
    for _ in range(2):
        session.send("HeapProfiler.collectGarbage")
    heap = session.send("Runtime.getHeapUsage")["usedSize"]
    counters = session.send("Memory.getDOMCounters")
    return Reading(int(heap), counters["nodes"], counters["jsEventListeners"])


@contextmanager
def _watched_page() -> Iterator[tuple[Page, Feed]]:
    """Run a hub, an agent and a browser that shows the agent, with a clock that can be turned."""
    with running_site(1) as site, running_agent(site.hub, site.folder / "agent", name="watched"):
        wait_until(lambda: site.hub.online_agents() == 1, "the agent is not online", _WITHIN_S)
        with chromium() as browser, new_context(browser, site.hub) as context:
            page = log_in(context)
            feed = Feed()
            feed.attach(page)
            page.clock.install(time=time.time())
            page.goto("/dashboard/agents")
            page.get_by_role("table", name="Agents").get_by_role("link", name="watched").first.click()
            page.locator(".u-over").first.wait_for(timeout=_SEEN_S)
            yield page, feed


def run(hours: int) -> list[Reading]:
    """Let an agent's page live through so many hours; return a reading for each.

    Raises:
        BenchmarkError: hub, agent or browser did not come up, or the page failed or was not live all the time.
    """
    readings: list[Reading] = []
    with _watched_page() as (page, feed):
        deadline = time.monotonic() + _WITHIN_S
        while (len(feed.samples) < _RECORDED or not feed.processes) and time.monotonic() < deadline:
            page.wait_for_timeout(1000)
        feed.taken_over = True
        opened = feed.opened
        # The browser keeps each for its tools, which looks like a leak, and the page did not take what it was sent.
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(error.message))
        session = page.context.new_cdp_session(page)
        # From here on its clock goes only where it is turned.
        page.clock.pause_at(time.time() + 1)
        begun = int(page.evaluate("Date.now()")) // 1000
        for passed in range(0, hours * HOUR_S, STEP_S):
            for second in range(begun + passed, begun + passed + STEP_S):
                feed.send_second(second)
            page.clock.fast_forward(STEP_S * 1000)
            if (passed + STEP_S) % HOUR_S == 0:
                readings.append(read(session))
        if faults:
            raise BenchmarkError(f"the page failed {len(faults)} times, first with: {faults[0]}")
        if feed.opened != opened:
            raise BenchmarkError(f"the page lost its connection {feed.opened - opened} times")
        _check_live(page, begun + hours * HOUR_S)
    return readings


def _check_live(page: Page, now: int) -> None:
    """Make sure that the page took for live what it was sent.

    Raises:
        BenchmarkError: its clock did not come to the end, or it says that nothing comes.
    """
    if abs(page.evaluate("Date.now()") / 1000 - now) > _WITHIN_S or not page.get_by_text("seen just now").is_visible():
        raise BenchmarkError("the page did not live through all of it")


def results_of(hours: int, readings: list[Reading]) -> list[Result]:
    """Make the figures: what came to be between the first hour and the last."""
    first, last = readings[0], readings[-1]
    growth = 100 * (last.heap / first.heap - 1)
    course = ", ".join(f"{one.heap / 1e6:.1f}" for one in readings)
    return [
        Result(
            f"dashboard.heap_growth_{hours}h_percent", growth, "%", "lower",
            TARGET_PERCENT if hours == FULL_HOURS else None, note=f"MB after each hour: {course}",
        ),
        Result(f"dashboard.nodes_growth_{hours}h", last.nodes - first.nodes, "nodes", "lower", None),
        Result(f"dashboard.listeners_growth_{hours}h", last.listeners - first.listeners, "listeners", "lower", None),
    ]  # fmt: skip


def measure(quick: bool) -> list[Result]:
    """Watch an agent for eight hours of the page's own clock; for two when quick."""
    hours = QUICK_HOURS if quick else FULL_HOURS
    return results_of(hours, run(hours))

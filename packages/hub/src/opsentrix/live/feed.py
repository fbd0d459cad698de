"""The live feed: who watches what, and what each of them is told."""

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from opsentrix_protocol.processes import ProcessTable

from opsentrix import selfmetrics
from opsentrix.live.outbox import LAYOUT
from opsentrix.live.summary import Summaries
from opsentrix.model.frames import Batch, Layout, StoredFrame
from opsentrix.model.processes import MAX_LISTED, newest

MAX_WATCHED = 20
"""Agents that one browser may watch at once."""

SetPace = Callable[[int, int], None]
"""Asks an agent (id) to put so many ticks into a frame; 0 is the agent's own choice."""


Seen = frozenset[int] | None
"""The agents that somebody sees; None for all."""


class Subscriber(Protocol):
    """A browser, as far as the feed knows it."""

    def seen(self) -> Seen:
        """Return the agents that are shown to it now: the same object as long as they stay the same."""

    def sees(self, agent_id: int) -> bool:
        """Return whether an agent is shown to it now."""

    def sees_responses(self) -> bool:
        """Return whether it may know of commands and runs of runbooks at all."""

    async def recheck(self) -> None:
        """Look again at who it is and what it may see; it leaves when it may see nothing any more."""

    def tell(self, event: str, payload: dict[str, Any]) -> None:
        """Send something small that need not be confirmed."""

    def stream(self, agent_id: int, event: str, payload: dict[str, Any]) -> None:
        """Send samples, under back-pressure."""


class Feed:
    """Passes batches on to those who watch their agent, and changes of the fleet to those who watch the fleet."""

    def __init__(self, summaries: Summaries, set_pace: SetPace) -> None:
        self._summaries = summaries
        self._set_pace = set_pace
        self._watching: dict[int, dict[Subscriber, Layout | None]] = {}
        self._browsers: set[Subscriber] = set()
        self._fleet: dict[Subscriber, Seen] = {}
        self._changed: set[int] = set()
        self._added: set[int] = set()
        self._removed: set[int] = set()
        self._processes: dict[int, bytes] = {}

    def watch_agent(self, subscriber: Subscriber, agent_id: int) -> bool:
        """Send an agent's samples from now on; False when this browser watches too many already."""
        watched = [number for number, who in self._watching.items() if subscriber in who]
        if len(watched) >= MAX_WATCHED and agent_id not in watched:
            return False
        who = self._watching.setdefault(agent_id, {})
        who[subscriber] = None
        if len(who) == 1:
            self._set_pace(agent_id, 1)
        if agent_id in self._processes:
            subscriber.tell("processes", {"agent": agent_id, **self.processes(agent_id)})
        return True

    def unwatch_agent(self, subscriber: Subscriber, agent_id: int) -> None:
        """Stop sending an agent's samples."""
        who = self._watching.get(agent_id, {})
        if who.pop(subscriber, self) is not self and not who:
            del self._watching[agent_id]
            self._set_pace(agent_id, 0)

    def watch_fleet(self, subscriber: Subscriber) -> None:
        """Send changes of all agents from now on."""
        self._fleet[subscriber] = subscriber.seen()

    def unwatch_fleet(self, subscriber: Subscriber) -> None:
        """Stop sending changes of the fleet."""
        self._fleet.pop(subscriber, None)

    def leave(self, subscriber: Subscriber) -> None:
        """Forget a browser that is gone."""
        self._fleet.pop(subscriber, None)
        for agent_id in [agent_id for agent_id, who in self._watching.items() if subscriber in who]:
            self.unwatch_agent(subscriber, agent_id)

    def push(self, batch: Batch) -> None:
        """Take a batch."""
        for at, frame in enumerate(batch.frames):
            self._changed.add(frame.agent_id)
            if frame.processes:
                self._processes[frame.agent_id] = frame.processes
            if frame.agent_id in self._watching:
                self._stream(frame, batch.layouts[at], batch.values[at])

    def watched(self, agent_id: int) -> bool:
        """Whether somebody waits for an agent's samples."""
        return agent_id in self._watching

    def _stream(self, frame: StoredFrame, layout: Layout, values: NDArray[np.float64]) -> None:
        watching = self._watching[frame.agent_id]
        for subscriber, known in list(watching.items()):
            if not subscriber.sees(frame.agent_id):
                continue
            if known is not layout:
                watching[subscriber] = layout
                subscriber.stream(frame.agent_id, LAYOUT, _layout(frame.agent_id, layout))
            subscriber.stream(frame.agent_id, "samples", _samples(frame, values))
            if frame.processes:
                subscriber.tell("processes", {"agent": frame.agent_id, **self.processes(frame.agent_id)})

    def status_changed(self, agent_id: int, status: str, last_heartbeat: str | None) -> None:
        """Tell those who watch an agent of its new status at once, and the fleet's watchers at the next tick."""
        self._changed.add(agent_id)
        for subscriber in filter(lambda one: one.sees(agent_id), self._watching.get(agent_id, {})):
            subscriber.tell("status", {"agent": agent_id, "status": status, "last_heartbeat": last_heartbeat})

    def incident_changed(self, incident_id: int, agent_ids: frozenset[int]) -> None:
        """Tell all browsers that see one of its agents that an incident is not what it was."""
        for subscriber in self._browsers:
            if _sees_any(subscriber, agent_ids):
                subscriber.tell("incident", {"id": incident_id})

    def responses_changed(self, agent_ids: frozenset[int]) -> None:
        """Tell all browsers that see one of these agents, and what is done there, that commands or runs changed."""
        for subscriber in self._browsers:
            if subscriber.sees_responses() and _sees_any(subscriber, agent_ids):
                subscriber.tell("responses", {})

    def agent_changed(self, agent_id: int) -> None:
        """Note that something else of an agent is new: whoever lists it should fetch it."""
        self._added.add(agent_id)

    def agent_removed(self, agent_id: int) -> None:
        """Forget a deleted agent and tell the fleet's watchers."""
        self._removed.add(agent_id)
        self._added.discard(agent_id)
        self._changed.discard(agent_id)
        self._processes.pop(agent_id, None)
        self._summaries.forget(agent_id)

    def fleet_tick(self, liveness: Callable[[int], dict[str, Any] | None]) -> None:
        """Tell the fleet's watchers what changed since the last call; to be called each second.

        Args:
            liveness: returns an agent's `status` and `last_heartbeat`, or None when there is no such agent.
        """
        changed, added, removed = self._changed, self._added, self._removed
        self._changed, self._added, self._removed = set(), set(), set()
        self._stop_watching_unseen()
        if not self._fleet:
            return
        agents = [
            {"id": agent_id, **alive, "summary": self._summaries.newest(agent_id)}
            for agent_id in sorted(changed)
            if (alive := liveness(agent_id)) is not None
        ]
        whole = {"agents": agents, "added": sorted(added), "removed": sorted(removed)}
        payloads: dict[tuple[Seen, Seen], dict[str, Any]] = {(None, None): whole}
        for subscriber, before in self._fleet.items():
            now = self._fleet[subscriber] = subscriber.seen()
            payload = payloads.get((before, now))
            if payload is None:
                payload = payloads[before, now] = _narrowed(agents, added, removed, before, now)
            if any(payload.values()):
                subscriber.tell("fleet", payload)

    def _stop_watching_unseen(self) -> None:
        """Let go of agents that are not shown any more to those who watch them."""
        for agent_id, who in list(self._watching.items()):
            for subscriber in [one for one in who if not one.sees(agent_id)]:
                self.unwatch_agent(subscriber, agent_id)

    def processes(self, agent_id: int) -> dict[str, Any]:
        """Return the newest process table of an agent: `time` (Unix seconds or None) and `items`."""
        table = newest(self._processes[agent_id]) if agent_id in self._processes else None
        return {"time": None, "items": []} if table is None else _shown(table)

    def joined(self, subscriber: Subscriber) -> None:
        """Count a browser that connected."""
        selfmetrics.LIVE_SUBSCRIBERS.inc()
        self._browsers.add(subscriber)

    def left(self, subscriber: Subscriber) -> None:
        """Count and forget a browser that disconnected."""
        selfmetrics.LIVE_SUBSCRIBERS.dec()
        self._browsers.discard(subscriber)
        self.leave(subscriber)

    async def recheck(self) -> None:
        """Look again at who all browsers are: to be called when somebody's rights change, and now and then."""
        for subscriber in list(self._browsers):
            await subscriber.recheck()


def _sees_any(subscriber: Subscriber, agent_ids: frozenset[int]) -> bool:
    seen = subscriber.seen()
    return seen is None or not seen.isdisjoint(agent_ids)


def _narrowed(
    agents: list[dict[str, Any]], added: set[int], removed: set[int], before: Seen, now: Seen
) -> dict[str, Any]:
    """Return what somebody is told who saw some agents at the last tick and sees some now.

    An agent that came within their reach is new to them, and one that left it is gone.
    """
    if now is None:
        return {"agents": agents, "added": sorted(added), "removed": sorted(removed)}
    earlier = now if before is None else before
    return {
        "agents": [one for one in agents if one["id"] in now],
        "added": sorted(added & now | now - earlier),
        "removed": sorted(removed & earlier | earlier - now),
    }


def _layout(agent_id: int, layout: Layout) -> dict[str, Any]:
    series = [
        {
            "metric": one.metric.name,
            "unit": one.metric.unit,
            "kind": one.metric.kind.name.lower(),
            "labels": dict(one.labels),
        }
        for one in layout.series
    ]
    return {"agent": agent_id, "layout": f"{layout.id:016x}", "series": series}


def _samples(frame: StoredFrame, values: NDArray[np.float64]) -> dict[str, Any]:
    times = (frame.time_ms + frame.step_ms * np.arange(frame.ticks)) / 1000
    return {
        "agent": frame.agent_id,
        "layout": f"{frame.layout_id:016x}",
        "t": times.tolist(),
        "v": values.astype("<f8", copy=False).tobytes(),
    }


def _shown(table: ProcessTable) -> dict[str, Any]:
    items = [
        {
            "pid": one.pid,
            "name": one.name[:64],
            "user": one.user[:64],
            "state": one.state,
            "cpu": one.cpu_cores,
            "memory_bytes": one.memory_bytes,
            "threads": one.threads,
            "read_bytes": one.read_bytes,
            "write_bytes": one.write_bytes,
        }
        for one in sorted(table.processes, key=lambda one: one.cpu_cores, reverse=True)[:MAX_LISTED]
    ]
    return {"time": table.time_ms / 1000, "items": items}

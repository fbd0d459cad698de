"""A browser's side of the live feed: a Socket.IO client that asks nothing and notes what it is told."""

import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Any

import socketio

from e2e.deployment import Deployment

NAMESPACE = "/live"


class Watcher:
    """Notes all events with the monotonic time at which each came."""

    def __init__(self, client: socketio.Client) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._events: list[tuple[float, str, Any]] = []
        client.on("*", self._note, namespace=NAMESPACE)

    def watch_agent(self, agent_id: int) -> None:
        """Ask for an agent's samples and status."""
        assert self._client.call("watch_agent", {"agent": agent_id}, namespace=NAMESPACE) == {"ok": True}

    def watch_fleet(self) -> None:
        """Ask for changes of all agents."""
        assert self._client.call("watch_fleet", {}, namespace=NAMESPACE) == {"ok": True}

    def events(self, wanted: str) -> list[tuple[float, Any]]:
        """Return when and what came under one name so far."""
        with self._lock:
            return [(when, payload) for when, name, payload in self._events if name == wanted]

    def count(self, wanted: str) -> int:
        """Return how many events came under one name so far."""
        return len(self.events(wanted))

    def _note(self, name: str, payload: object) -> bool:
        with self._lock:
            self._events.append((time.monotonic(), name, payload))
        return True  # the confirmation that the hub waits for before it sends more


def _in_order(client: socketio.Client) -> None:
    """Have messages handled one after the other: each in a thread of its own, parts of an event overtake each other."""
    handle = client.eio._trigger_event

    def handle_now(event: str, *arguments: object, **options: object) -> object:
        return handle(event, *arguments, **{**options, "run_async": False})

    client.eio._trigger_event = handle_now


@contextlib.contextmanager
def watching(deployment: Deployment) -> Iterator[Watcher]:
    """Connect as the person who is logged in."""
    client = socketio.Client(reconnection=False)
    _in_order(client)
    watcher = Watcher(client)
    cookies = "; ".join(f"{name}={value}" for name, value in deployment.client.cookies.items())
    client.connect(deployment.url, headers={"Cookie": cookies}, transports=["websocket"], namespaces=[NAMESPACE])
    try:
        yield watcher
    finally:
        client.disconnect()

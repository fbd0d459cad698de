"""The scene of the pictures: a real hub with an invented fleet, and what people of an invented team did there."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from benchmarks.deployment import Hub, clean_environment, running_agent, running_hub
from benchmarks.harness import spawned, wait_until
from scripts.showcase import link
from scripts.showcase.machines import Machine, fleet

SIZE = 160
PAST_S = {True: 3600, False: 900}
_DECK = "worker-deck"
"""A real agent, which runs what the pictures show of commands; its own page is not photographed."""
_WITHIN_S = 120.0

RULES = (
    ("Volume fills up", "system.filesystem.utilization > 90%", "critical"),
    ("Processor is busy", "system.cpu.utilization > 75% on environment=production", "warning"),
    ("Queue grows", "rate(rabbitmq.queue.messages, 5m) > 40/s for 5m on tag=queue", "warning"),
)
"""Name, expression and severity of the team's own alert rules."""
RUNBOOK = f"""\
name: Rotate logs
description: Writes the logs anew before they fill the disk.
mode: approve
on: agent={_DECK}
triggers:
- alert: Volume fills up
  severity: [critical]
steps:
- action: script
  params: {{name: rotate-logs}}
  timeout: 1m
"""
SCRIPTS = {
    "rotate-logs": """\
echo "rotating 14 logs below /var/log"
for name in access error worker audit; do
  echo "  $name.log -> $name.log.1.zst"
done
echo "freed 3.2 GiB, 41 % of the volume is free now"
""",
    "disk-report": """\
echo "Volume          Size   Used  Free"
echo "/              400 G    31 %  276 G"
echo "/var/lib       400 G    59 %  164 G"
""",
}
"""What the owner of the real agent allows, as it is run by a shell."""


def _panel(number: int, kind: str, grid: tuple[int, int, int, int], **more: object) -> dict[str, object]:
    return {"id": number, "kind": kind, "grid": dict(zip("xywh", grid, strict=True)), **more}


_CPU = {"metric": "system.cpu.utilization", "labels": {"state": "user"}, "by": ["environment"]}
_DISK = {"metric": "system.filesystem.utilization", "environment": ["production"], "across": "max", "by": ["agent"]}
DASHBOARD = {
    "name": "Production",
    "description": "What the team looks at first",
    "spec": {
        "schema_version": 1,
        "range": "15m",
        "panels": [
            _panel(1, "map", (0, 0, 8, 6), title="Machines by memory", color="memory", by="environment"),
            _panel(2, "incidents", (8, 0, 4, 6), title="Wrong now"),
            _panel(3, "timeseries", (0, 6, 6, 6), title="Fullest volumes", queries=[_DISK | {"top": 5}]),
            _panel(4, "timeseries", (6, 6, 6, 6), title="Processors", queries=[_CPU]),
            _panel(5, "text", (0, 12, 12, 3), title="Before you restart", text="Ask whoever is on call."),
        ],
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scene:
    """What is there, by the numbers that addresses name."""

    hub: Hub
    database: int
    dashboard: int
    incident: int
    rule: int
    command: int
    runbook: int
    run: int


@contextmanager
def playing(folder: Path) -> Iterator[Scene]:
    """Set the scene in a folder and keep it going for the time of the block."""
    folder.chmod(0o755)  # the embedded PostgreSQL runs as another user
    _furnish(folder / "deck")
    with (
        running_hub(folder, settings={"OPSENTRIX_NOTIFY_ALLOW_PRIVATE": "true"}) as hub,
        _worker(folder),
        _receiver() as hook,
        _fleet(hub, fleet(SIZE)) as numbers,
        running_agent(hub, folder / "deck", name=_DECK),
    ):
        yield _people(hub, numbers, hook)


def _furnish(folder: Path) -> None:
    """Write the files by which an owner allows the scripts."""
    (folder / "actions.d").mkdir(parents=True)
    policy = {"actions": {"script": {"names": list(SCRIPTS)}}, "signers": {"hub": True}}
    files = {"policy.json": json.dumps(policy)}
    for name, text in SCRIPTS.items():
        files |= {f"actions.d/{name}": f"#!/bin/sh\n{text}", f"actions.d/{name}.json": "{}"}
    for name, text in files.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755 if text.startswith("#!") else 0o644)


@contextmanager
def _worker(folder: Path) -> Iterator[None]:
    environment = clean_environment(OPSENTRIX_DATA_DIR=str(folder / "data"))
    with spawned(["opsentrix", "worker"], folder / "worker.log", environment):
        yield


@contextmanager
def _receiver() -> Iterator[str]:
    """Take notifications as a chat would, so that the history has some that were delivered."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/hooks/on-call"
        server.shutdown()


@contextmanager
def _fleet(hub: Hub, machines: list[Machine]) -> Iterator[dict[str, int]]:
    """Enroll the machines and let them report; yield their numbers by name, once their past is stored."""
    token = _post(hub, "/api/v1/enrollment-tokens", {"max_uses": len(machines)})["token"]
    registered = {one.name: _enroll(hub, token, one) for one in machines}
    credentials = {name: str(answer["credential"]) for name, answer in registered.items()}
    loop, ready = asyncio.new_event_loop(), threading.Event()
    task = loop.create_task(link.run(hub.url, credentials, machines, PAST_S, ready.set))
    thread = threading.Thread(target=lambda: loop.run_until_complete(asyncio.wait([task])), daemon=True)
    thread.start()
    try:
        wait_until(lambda: ready.is_set() or task.done(), "the fleet did not come up", _WITHIN_S)
        if task.done():
            task.result()
        yield {name: int(answer["id"]) for name, answer in registered.items()}
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join()


def _enroll(hub: Hub, token: str, machine: Machine) -> dict[str, Any]:
    body = {
        "name": machine.name, "type": "host", "host": f"{machine.name}.example.net", "tags": list(machine.tags),
        "environment": machine.environment, "reporting_interval": 5,
    }  # fmt: skip
    return _post(hub, "/api/v1/agents/register", body, {"Authorization": f"Bearer {token}"})


def _people(hub: Hub, numbers: dict[str, int], hook: str) -> Scene:
    """Do what the team did: rules, who is told, an incident that somebody looks after, a command, a runbook."""
    for name, role in (("mira", "admin"), ("jonas", "operator"), ("ada", "viewer")):
        _post(hub, "/api/v1/users", {"username": name, "role": role})
    channel = _post(hub, "/api/v1/channels", {
        "name": "On call", "kind": "webhook", "settings": {"url": hook}, "allow_private": True,
    })["id"]  # fmt: skip
    everything = next(one for one in _get(hub, "/api/v1/routes")["items"] if one["default"])
    told = everything | {"targets": [{"kind": "channel", "id": channel}]}
    hub.client.put(f"/api/v1/routes/{everything['id']}", json=told).raise_for_status()
    _post(hub, "/api/v1/routes", {
        "name": "Critical, at any hour", "targets": [{"kind": "channel", "id": channel}], "severities": ["critical"],
    })  # fmt: skip
    _post(hub, "/api/v1/api-tokens", {"name": "Status page", "permissions": ["agents:read"]})
    dashboard = _post(hub, "/api/v1/dashboards", DASHBOARD)["id"]
    _post(hub, "/api/v1/shares", {"place": "dashboard", "dashboard": dashboard, "label": "Wall in the office"})
    runbook = _post(hub, "/api/v1/runbooks", {"yaml": RUNBOOK})["id"]
    rules = [
        _post(hub, "/api/v1/alert-rules", {"name": name, "expression": expression, "severity": severity})["id"]
        for name, expression, severity in RULES
    ]
    matchers = [{"key": "environment", "op": "=", "value": "lab"}]
    _post(hub, "/api/v1/silences", {
        "matchers": matchers, "ends_at": time.time() + 3 * 3600, "comment": "The lab is being moved to new racks",
    })  # fmt: skip
    _post(hub, "/api/v1/maintenance-windows", {
        "name": "Patch night", "matchers": [{"key": "tag", "op": "=", "value": "web"}], "zone": "Europe/Vienna",
        "starts_local": "2030-01-08T02:00:00", "duration_s": 7200, "rrule": "FREQ=MONTHLY;BYDAY=2TU",
    })  # fmt: skip
    deck = _number(hub, _DECK)
    wait_until(lambda: bool(_get(hub, f"/api/v1/agents/{deck}/actions")["items"]), "no policy came", _WITHIN_S)
    change = {"environment": "lab", "tags": ["batch"]}
    hub.client.patch(f"/api/v1/agents/{deck}", json=change).raise_for_status()
    commands = [
        _post(hub, "/api/v1/commands", {"agents": [deck], "action": "script", "params": {"name": name}})["id"]
        for name in SCRIPTS
    ]
    _post(hub, f"/api/v1/runbooks/{runbook}/run", {"agents": [deck]})
    run = _get(hub, "/api/v1/runbook-runs")["items"][0]["id"]
    title = RULES[0][0]
    wait_until(lambda: any(title in one["title"] for one in _open(hub)), "no incident began", _WITHIN_S)
    incident = next(one["id"] for one in _open(hub) if title in one["title"])
    for path, body in (
        ("acknowledge", {"until": time.time() + 4 * 3600}),
        ("comments", {"text": "The nightly dump was kept twice. I free the old one, then raise the volume."}),
    ):
        hub.client.post(f"/api/v1/incidents/{incident}/{path}", json=body).raise_for_status()
    return Scene(hub, numbers["db-primary"], dashboard, incident, rules[0], commands[0], runbook, run)


def _open(hub: Hub) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = _get(hub, "/api/v1/incidents?state=open&state=acknowledged")["items"]
    return items


def _number(hub: Hub, name: str) -> int:
    """Wait until the agent of this name is online and return its number."""
    found: list[int] = []

    def online() -> bool:
        items = _get(hub, "/api/v1/agents?status=online&limit=1000")["items"]
        found[:] = [one["id"] for one in items if one["name"] == name]
        return bool(found)

    wait_until(online, f"{name} is not online", _WITHIN_S)
    return found[0]


def _get(hub: Hub, path: str) -> dict[str, Any]:
    answer: dict[str, Any] = hub.client.get(path).raise_for_status().json()
    return answer


def _post(hub: Hub, path: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> dict[str, Any]:
    answer = hub.client.post(path, json=body, headers=headers)
    if answer.is_error:
        raise ValueError(f"{path}: {answer.text}")
    said: dict[str, Any] = answer.json()
    return said

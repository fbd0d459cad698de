"""A machine with things that break, and an owner whose scripts mend them, or do not: the test knows the truth.

Each disk is a file with a file system of its own on a loop device, so a full one harms nothing else.
"""

import contextlib
import itertools
import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from e2e.deployment import Deployment
from e2e.processes import wait_until

WITHIN_S = 120.0
FULL = 0.8
_SIZE_MB = 8
_SCRIPT = """#!/bin/sh
disk={disk}
echo x >>{folder}/did-{name}-{disk}
room={folder}/disks/{disk}
{body}
"""
BODIES = {
    "clear": 'rm -f "$room/ballast"',
    "shrug": "true",
    "spoil": 'n=0; while [ $n -lt 400 ]; do true >"$room/f$n" || break; n=$((n+1)); done 2>/dev/null; true',
    "tidy": 'rm -f "$room"/f*',
    "wait": 'while [ ! -e "{folder}/go-$disk" ]; do sleep 0.1; done; rm -f "$room/ballast"',
    "fail": "exit 3",
}
"""What the owner's scripts do to a disk, by their names."""


def can_mount() -> bool:
    """Return whether this user may mount loop devices here."""
    return os.geteuid() == 0 and Path("/dev/loop-control").exists()


class Disk:
    """A small file system that can be filled."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.room = folder / "disks" / name
        self.room.mkdir(parents=True)
        image = folder / f"{name}.img"
        with image.open("wb") as file:
            file.truncate(_SIZE_MB << 20)
        subprocess.run(["mkfs.ext4", "-q", "-m", "0", "-N", "64", "-O", "^has_journal", str(image)], check=True)
        subprocess.run(["mount", "-o", "loop", str(image), str(self.room)], check=True)

    def fill(self) -> None:
        """Leave no room."""
        with contextlib.suppress(OSError), (self.room / "ballast").open("wb", buffering=0) as file:
            while True:
                file.write(bytes(1 << 16))

    @property
    def full(self) -> bool:
        """Whether it is full, by the kernel's own words."""
        stat = os.statvfs(self.room)
        return 1 - stat.f_bavail / stat.f_blocks > FULL

    @property
    def where(self) -> str:
        """The matcher of its series."""
        return f'{{mountpoint="{self.room}"}}'

    def unmount(self) -> None:
        """Let go of it, whoever still looks."""
        subprocess.run(["umount", "-l", str(self.room)], check=False)


class Service:
    """A process that somebody kills, and its supervisor, which starts it again when it is asked to.

    The script itself cannot: what a command leaves running ends with it.
    """

    def __init__(self, folder: Path) -> None:
        self._pid, self._asked = folder / "service.pid", folder / "service.start"
        self.start = f"touch {self._asked}"
        self._process = self._begin()
        self._over = threading.Event()
        self._supervisor = threading.Thread(target=self._supervise)
        self._supervisor.start()

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def kill(self) -> None:
        """Kill it."""
        self._process.kill()
        self._process.wait()

    def end(self) -> None:
        """End it and its supervisor."""
        self._over.set()
        self._supervisor.join()
        self.kill()

    def _begin(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(["sleep", "600"])
        self._pid.write_text(str(process.pid))
        return process

    def _supervise(self) -> None:
        while not self._over.wait(0.1):
            if self._asked.exists():
                self._asked.unlink()
                self._process = self._begin()


class Ward:
    """A hub, a real agent whose owner allows the scripts, and what may break."""

    def __init__(self, deployment: Deployment, disks: Sequence[str]) -> None:
        self.hub = deployment
        self.folder = deployment.folder
        self.disks: list[Disk] = []
        self.service = Service(self.folder)
        scripts = self.folder / "actions.d"
        scripts.mkdir(mode=0o755)
        # A script of its own for each disk: agents run one only once at a time.
        for name, disk in self._scripts(disks):
            body = {**BODIES, "revive": self.service.start}[name].replace("{folder}", str(self.folder))
            text = _SCRIPT.format(folder=self.folder, name=name, disk=disk, body=body)
            _write(scripts / f"{name}-{disk}", text, 0o755)
            _write(scripts / f"{name}-{disk}.json", json.dumps({"parameters": {}}), 0o644)
        names = [f"{name}-{disk}" for name, disk in self._scripts(disks)]
        policy = {"actions": {"script": {"names": names}}, "signers": {"hub": True}}
        _write(self.folder / "policy.json", json.dumps(policy), 0o644)
        plugins = self.folder / "collectors.d"
        plugins.mkdir(mode=0o755)
        alive = f"kill -0 $(cat {self.folder}/service.pid) 2>/dev/null && echo alive 1 || echo alive 0"
        _write(plugins / "app", f"#!/bin/sh\n# opsentrix: interval=1s timeout=1s\n{alive}\n", 0o755)
        self.agent = self.machine("web")

    def machine(self, name: str) -> Any:  # noqa: ANN401 - an agent of the deployment
        """Return a real agent that runs."""
        agent = self.hub.agent(name, reporting_interval=1, plugin_dir=str(self.folder / "collectors.d"))
        agent.start()
        wait_until(lambda: bool(self.hub.get(f"/api/v1/agents/{agent.id}/actions")["items"]), "its policy", WITHIN_S)
        return agent

    @staticmethod
    def _scripts(disks: Sequence[str]) -> Iterator[tuple[str, str]]:
        yield from itertools.product(BODIES, disks)
        yield "revive", "service"

    def disk(self, name: str) -> Disk:
        """Return a new disk."""
        self.disks.append(Disk(self.folder, name))
        return self.disks[-1]

    def watch(self, disk: Disk, agent: str = "web") -> None:
        """Let an alert tell when a disk is full."""
        self.rule(f"full {disk.name}", f"system.filesystem.utilization{disk.where} > 80% on agent={agent}")

    def rule(self, name: str, expression: str) -> None:
        """Add an alert rule."""
        self.hub.post("/api/v1/alert-rules", name=name, expression=expression, severity="critical")

    def runbook(self, name: str, *steps: tuple[str, str], **more: object) -> int:
        """Add a runbook whose steps are scripts on disks, which alerts of its own name start; return its id."""
        said = {
            "name": name, "mode": "automatic", "on": "agent=web", "triggers": [{"alert": f"full {name}"}],
            "steps": [script(*one) for one in steps], "within": "6s",
            "limits": {"cooldown": "0s", "per_hour": 100, "fleet_per_hour": 100, "at_once": 100}, **more,
        }  # fmt: skip
        return int(self.hub.post("/api/v1/runbooks", definition=said)["id"])

    def run(self, runbook: int, agent: int = 0) -> int:
        """Run a runbook by hand and return the run's id."""
        return int(self.hub.post(f"/api/v1/runbooks/{runbook}/run", agents=[agent or self.agent.id])["runs"][0])

    def runs(self, runbook: int) -> list[dict[str, Any]]:
        """Return the runs of a runbook, the oldest first."""
        return list(reversed(self.hub.get("/api/v1/runbook-runs", runbook=runbook, limit=200)["items"]))

    def told(self, run: int) -> dict[str, Any]:
        """Return a run."""
        return dict(self.hub.get(f"/api/v1/runbook-runs/{run}"))

    def ended(self, runbook: int, count: int = 1) -> list[dict[str, Any]]:
        """Wait until so many runs of a runbook have ended and return them."""

        def reached() -> bool:
            return sum(1 for one in self.runs(runbook) if one["state"] == "ended") >= count

        wait_until(reached, f"{count} runs of runbook {runbook} ended: {self.runs(runbook)}", WITHIN_S)
        return self.runs(runbook)

    def story(self, run: int) -> str:
        """Return what became of a run, for the words of a failure."""
        told = self.told(run)
        steps = [(one["action"], one["params"], one["undo"], one["state"], one["error"]) for one in told["steps"]]
        checks = [(one["name"], one["truth"], one["evidence"].get("series")) for one in told["checks"]]
        return f"{told['runbook_name']}: {told['note']!r} {told['since']} {steps} {checks}"

    def wait_state(self, run: int, state: str) -> None:
        """Wait until a run is in a state."""
        wait_until(lambda: self.told(run)["state"] == state, f"run {run} is {state}: {self.told(run)}", WITHIN_S)

    def wait_some(self, runbook: int) -> None:
        """Wait until an alert has started a runbook."""
        wait_until(lambda: bool(self.runs(runbook)), f"runbook {runbook} is started", WITHIN_S)

    def hub_calm(self, rule: str) -> None:
        """Wait until no alert of a rule fires: a leak that comes before is the same alert still."""

        def calm() -> bool:
            listed = self.hub.get("/api/v1/alerts", limit=200)["items"]
            return all(one["rule_name"] != rule or one["state"] in ("pending", "inactive") for one in listed)

        wait_until(calm, f"{rule} is over", WITHIN_S)

    def did(self, name: str, disk: str) -> int:
        """Return how often a script was begun on a disk."""
        path = self.folder / f"did-{name}-{disk}"
        return len(path.read_text().split()) if path.exists() else 0

    def go(self, disk: str) -> None:
        """Let the script `wait` end."""
        (self.folder / f"go-{disk}").touch()

    def close(self) -> None:
        """Leave nothing behind."""
        self.service.end()
        for one in self.disks:
            self.go(one.name)
        time.sleep(0.3)
        for one in self.disks:
            one.unmount()


@contextlib.contextmanager
def ward(deployment: Deployment, disks: Sequence[str]) -> Iterator[Ward]:
    """Return a ward that is tidied up in the end."""
    made = Ward(deployment, disks)
    try:
        yield made
    finally:
        made.close()


def script(name: str, disk: str) -> dict[str, Any]:
    """Return the step that runs a script on a disk."""
    return {"action": "script", "params": {"name": f"{name}-{disk}"}}


def _write(path: Path, text: str, mode: int) -> None:
    path.write_text(text)
    path.chmod(mode)

"""A real agent whose owner allows one script, which goes on until it is let go, and commands to it through the API."""

from collections.abc import Sequence
from typing import Any

import psutil

from e2e.deployment import Deployment
from e2e.owner import Owner, begun
from e2e.processes import wait_until

WITHIN_S = 60.0
SCRIPT = "job"
JOB = 'echo x >>{runs}\necho "begun $1"\nwhile [ ! -e {go} ]; do sleep 0.1; done\n{then}\nexit 3'
THEN = "echo done >&2"


class Machine:
    """One agent with its owner's folder.

    Attributes:
        runs: has a line for each time that the script began.
        go: the script goes on until this file is there.
    """

    def __init__(
        self, deployment: Deployment, name: str, server_url: str | None = None, *, within: Sequence[str] = (),
        then: str = THEN, more: dict[str, object] | None = None, **signers: object,
    ) -> None:  # fmt: skip
        """Enroll it.

        Args:
            deployment: of the hub.
            name: unique there.
            server_url: where it finds the hub, if not at its URL.
            within: see `Deployment.agent`.
            then: what the script does at its end, in the shell's words.
            more: actions that the owner allows beside the script.
            signers: of the policy.
        """
        self.hub = deployment
        self.owner = Owner(deployment.folder / f"{name}-etc")
        self.runs, self.go = self.owner.folder / "runs", self.owner.folder / "go"
        word = {"type": "string", "characters": "a-z"}
        self.owner.script(SCRIPT, JOB.format(runs=self.runs, go=self.go, then=then), word=word)
        actions = {"script": {"names": [SCRIPT]}} | (more or {})
        self.owner.allow(actions, {"output_bytes": 1 << 20}, **{"hub": True, **signers})
        self.agent = deployment.agent(name, server_url, etc=self.owner.folder, within=within, reporting_interval=1)

    @property
    def id(self) -> int:
        """Its number in the hub."""
        return self.agent.id

    def start(self) -> None:
        """Start it, and wait until the hub knows what is allowed."""
        self.agent.start()
        wait_until(lambda: bool(self.actions()["items"]), "the hub knows the policy", WITHIN_S)

    def actions(self) -> dict[str, Any]:
        """Return what the hub says is allowed."""
        return dict(self.hub.get(f"/api/v1/agents/{self.id}/actions"))

    def begun(self) -> int:
        """Return how often the script began; each of them is in the journal."""
        count = len(self.runs.read_text().split()) if self.runs.exists() else 0
        assert len(begun(self.agent.state_dir)) >= count
        return count

    def executors(self) -> list[psutil.Process]:
        """Return the executors that follow a command: those of the agent's that have a process."""
        words = {"execute", "run", str(self.agent.state_dir)}
        found = [one for one in psutil.process_iter(["cmdline"]) if words <= {*(one.info["cmdline"] or ())}]
        return [one for one in found if one.is_running() and one.children()]

    def give(self) -> int:
        """Have the script run and return the command."""
        return give(self.hub, self.id)

    def output(self, command: int) -> str:
        """Return what its run of a command wrote, as the hub has it."""
        return self.hub.client.get(f"/api/v1/commands/{command}/runs/{self.id}/output").text

    def run(self, command: int) -> dict[str, Any]:
        """Return its run of a command."""
        items = self.hub.get(f"/api/v1/commands/{command}")["items"]
        return next(dict(one) for one in items if one["agent"] == self.id)

    def wait_state(self, command: int, *states: str) -> dict[str, Any]:
        """Wait until its run of a command is in one of these states, and return it."""
        wait_until(lambda: self.run(command)["state"] in states, f"the run is {states}", WITHIN_S)
        return self.run(command)

    def wait_begun(self) -> None:
        """Wait until the script runs."""
        wait_until(lambda: self.begun() == 1, "it runs", WITHIN_S)


def give(deployment: Deployment, *agents: int, **asked: object) -> int:
    """Give agents a command, for the script if not for another action, and return its number."""
    params = {"name": SCRIPT, "word": "hi"}
    wanted = {"agents": list(agents), "action": "script", "params": params} | asked
    return int(deployment.post("/api/v1/commands", **wanted)["id"])

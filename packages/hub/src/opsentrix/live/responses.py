"""What changed among commands and runs of runbooks, until browsers are told of it."""

from collections.abc import Collection
from typing import NamedTuple

from opsentrix.model.commands import Command, Run
from opsentrix.model.runbook_runs import RunbookRun


class Changes(NamedTuple):
    """Numbers of what changed.

    Attributes:
        agents: those on which something did.
        commands: those that changed as a whole, on all of their agents.
    """

    agents: set[int]
    commands: set[int]


class ResponseChanges:
    """Gathers changes: a rollout over thousands of machines changes more often than anybody reads a list."""

    def __init__(self) -> None:
        """Begin with none."""
        self._gathered = Changes(set(), set())

    def command(self, command: Command, runs: Collection[Run]) -> None:
        """Note that a command changed: on these runs' agents, or as a whole where there are none, and when it ended."""
        self._gathered.agents.update(one.agent_id for one in runs)
        if not runs or command.ended_at is not None:
            self._gathered.commands.add(command.id)

    def runbook_run(self, run: RunbookRun) -> None:
        """Note that a run of a runbook changed."""
        self._gathered.agents.add(run.agent_id)

    def take(self) -> Changes:
        """Return what changed since the last call."""
        taken, self._gathered = self._gathered, Changes(set(), set())
        return taken

"""Who watches which command, and what each of them is told."""

from collections.abc import Collection, Mapping
from typing import Any

from opsentrix.live.watchers import Watchers
from opsentrix.model.commands import Command, Run


class CommandFeed(Watchers):
    """Passes states and output on to those who watch a command, each only of agents that they see."""

    def changed(self, command: Command, runs: Collection[Run]) -> None:
        """Tell how a command and some of its runs stand now."""
        for subscriber in self.of(command.id):
            subscriber.tell("command", {"id": command.id, "state": command.state, "note": command.note})
            seen = [_shown(one) for one in runs if subscriber.sees(one.agent_id)]
            if seen:
                subscriber.tell("command_runs", {"id": command.id, "runs": seen})

    def output(self, run: Run, seq: int, stream: int, data: bytes) -> None:
        """Pass on a piece of output, under back-pressure: what a slow browser misses, it fetches."""
        payload: Mapping[str, Any] = {
            "command": run.command_id, "agent": run.agent_id, "seq": seq,
            "stream": "stderr" if stream == 2 else "stdout", "data": data,
        }  # fmt: skip
        for subscriber in self.of(run.command_id):
            if subscriber.sees(run.agent_id):
                subscriber.stream(run.agent_id, "command_output", dict(payload))


def _shown(run: Run) -> dict[str, Any]:
    return {
        "agent": run.agent_id,
        "state": run.state,
        "exit_code": run.exit_code,
        "duration_ms": run.duration_ms,
        "error": run.error,
        "started_at": None if run.started_at is None else run.started_at.isoformat(),
        "ended_at": None if run.ended_at is None else run.ended_at.isoformat(),
        "output_bytes": run.output_bytes,
        "output_truncated": run.output_truncated,
    }

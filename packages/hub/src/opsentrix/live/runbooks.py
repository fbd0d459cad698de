"""What those are told who watch a run of a runbook."""

from opsentrix.live.watchers import Watchers
from opsentrix.model.runbook_runs import RunbookRun


class RunbookFeed(Watchers):
    """Passes states on to those who watch a run and see its agent."""

    def changed(self, run: RunbookRun) -> None:
        """Tell how a run stands now."""
        for subscriber in self.of(run.id):
            if subscriber.sees(run.agent_id):
                subscriber.tell(
                    "runbook_run",
                    {
                        "id": run.id, "state": run.state, "outcome": run.outcome, "verdict": run.verdict,
                        "position": run.position, "command": run.command_id, "note": run.note,
                    },
                )  # fmt: skip

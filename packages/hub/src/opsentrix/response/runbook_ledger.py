"""What is told of runs of runbooks: to the audit log, to incidents' timelines, to those who look."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from opsentrix.db import Connection
from opsentrix.model import runbook_json
from opsentrix.model.incidents import HUB, Entry, EntryKind
from opsentrix.model.runbook_runs import Cause, RunbookRun, RunbookState
from opsentrix.model.runbooks import Runbook
from opsentrix.model.stored_runbooks import StoredRunbook
from opsentrix.response.keeper import IncidentChanged, Who
from opsentrix.storage import agents, audit, incidents

Told = Callable[[RunbookRun], None]


class Listeners(NamedTuple):
    """Who is told of runs that changed, and of incidents whose timelines have new lines, once that is committed."""

    run: Told
    incident: IncidentChanged

    def tell(self, runs: Sequence[RunbookRun]) -> None:
        """Tell of runs that changed."""
        for run in runs:
            self.run(run)
            if run.incident_id is not None:
                self.incident(run.incident_id, frozenset((run.agent_id,)))


def said(run: RunbookRun) -> Runbook:
    """Return what the runbook said when the run began."""
    return runbook_json.from_json(run.definition)


async def note_new(connection: Connection, run: RunbookRun, who: Who, reason: str) -> None:
    """Note a new run in the audit log and its incident's timeline."""
    await audit.add(
        connection, who.actor, "runbook_run.create", f"runbook_run:{run.id}", who.address, runbook=run.runbook_id,
        name=run.runbook_name, version=run.version, agent=run.agent_id, cause=run.cause, state=run.state,
        note=run.note, labels=dict(run.labels), forced=run.forced, reason=reason,
    )  # fmt: skip
    words = {
        RunbookState.SUGGESTED: "is suggested",
        RunbookState.AWAITING_APPROVAL: "awaits approval",
        RunbookState.ENDED: f"was skipped: {run.note}",
    }
    lines = [words[run.state]] if run.state in words else []
    if run.cause is Cause.HAND:
        lines.insert(0, f"was asked for by {who.name}")
    await write_lines(connection, run, lines, run.created_at, who.name)


async def write_lines(
    connection: Connection, run: RunbookRun, lines: Sequence[str], now: datetime, actor: str = HUB
) -> None:
    """Tell the incident's timeline."""
    if run.incident_id is None or not lines:
        return
    name = (await agents.names(connection, [run.agent_id])).get(run.agent_id, "")
    about = f"runbook {run.runbook_name} on {name} (run {run.id})"
    await incidents.add_entries(
        connection,
        [
            Entry(
                run.incident_id, now, EntryKind.RUNBOOK, f"{about} {line}", actor, run.fingerprint, (run.agent_id,)
            )
            for line in lines
        ],
    )  # fmt: skip


async def stopped(connection: Connection, stored: StoredRunbook, why: str) -> None:
    """Note in the audit log that a runbook stopped itself."""
    await audit.add(connection, HUB, "runbook.stop", f"runbook:{stored.id}", "", name=stored.name, reason=why)

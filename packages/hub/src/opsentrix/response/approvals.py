"""Which standing approval a step of a runbook bears."""

from datetime import datetime

from opsentrix_protocol import opsentrix_pb2 as pb

from opsentrix.db import Connection
from opsentrix.model.runbook_runs import RunbookRun
from opsentrix.storage import standing_approvals


async def approval_of(
    connection: Connection, run: RunbookRun, action: str, params: str, now: datetime
) -> pb.StandingApproval | None:
    """Return what an operator signed so that a runbook may do this there, in the version of this run."""
    for message in await standing_approvals.of_step(connection, str(run.runbook_id), run.agent_id, action, params, now):
        approval = pb.StandingApproval.FromString(message)
        if run.runbook_id is not None and approval.runbook_sha256 == run.sha256:
            return approval
    return None

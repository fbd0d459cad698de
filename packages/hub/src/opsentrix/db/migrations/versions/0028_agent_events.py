"""Indexes for what happened to one agent, newest first.

Revision ID: 0028
Revises: 0027
"""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

CHANGES = (
    # In the place of the one by (agent_id, number): no statement needs an agent's transitions in their own order.
    "DROP INDEX alert_events_agent",
    "CREATE INDEX alert_events_agent ON alert_events (agent_id, at, number)",
    "CREATE INDEX command_runs_begun ON command_runs (agent_id, coalesce(started_at, sent_at), id)",
    "CREATE INDEX runbook_runs_begun ON runbook_runs (agent_id, begun_at, id)",
    "CREATE INDEX audit_log_target ON audit_log (target, time, id)",
)


def upgrade() -> None:
    """Make them."""
    for statement in CHANGES:
        op.execute(statement)

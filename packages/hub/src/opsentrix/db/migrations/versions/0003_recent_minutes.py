"""Recent minutes, and the few frames that span more than a minute.

Revision ID: 0003
Revises: 0002
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of recent minutes, and find long frames by an index of their own."""
    # Not logged: it can be lost, because the frames that it stands for are there as well.
    op.execute(
        """
        CREATE UNLOGGED TABLE recent_minutes (
            agent_id bigint NOT NULL,
            minute integer NOT NULL,
            layout_id bigint NOT NULL,
            ticks smallint NOT NULL,
            "values" bytea STORAGE EXTERNAL NOT NULL,
            counts bytea STORAGE EXTERNAL NOT NULL,
            PRIMARY KEY (agent_id, minute)
        )
        """
    )
    # Whoever looks for the frames of a moment must look back as far as a frame can reach. Few reach over a minute.
    op.execute("CREATE INDEX agent_metrics_long ON agent_metrics (agent_id, time) WHERE (ticks - 1) * step_ms > 60000")

"""Why frames are missing, when a series ended, when a boot was heard of last, and when layouts were removed.

Revision ID: 0004
Revises: 0003
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the causes, and what tells which series, layouts and boots are of no use any more."""
    op.execute(
        """
        CREATE TABLE frame_causes (
            agent_id bigint NOT NULL,
            boot integer NOT NULL,
            first_seq bigint NOT NULL,
            last_seq bigint NOT NULL,
            reason text NOT NULL,
            first_tick timestamptz,
            last_tick timestamptz,
            noted_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (agent_id, boot, first_seq, reason)
        )
        """
    )
    # Which frames a gap lies between, so that it can be explained again when frames come late; 0: not known.
    op.execute(
        """
        ALTER TABLE gaps ADD COLUMN step_ms integer NOT NULL DEFAULT 1000,
            ADD COLUMN before_boot integer NOT NULL DEFAULT 0, ADD COLUMN before_seq bigint NOT NULL DEFAULT 0,
            ADD COLUMN after_boot integer NOT NULL DEFAULT 0, ADD COLUMN after_seq bigint NOT NULL DEFAULT 0
        """
    )
    # A series ends when the last layout that has it is removed; infinity sorts behind every time that is asked for.
    op.execute("ALTER TABLE series ADD COLUMN ended_at timestamptz NOT NULL DEFAULT 'infinity'")
    op.execute("CREATE INDEX series_first_seen_at ON series (agent_id, first_seen_at)")
    op.execute("CREATE INDEX series_ended_at ON series (ended_at) WHERE ended_at < 'infinity'")
    op.execute("ALTER TABLE agent_boots ADD COLUMN last_seen_at timestamptz NOT NULL DEFAULT now()")
    # Counts removals of layouts: a hub whose count is another must look again at what it remembers.
    op.execute("CREATE SEQUENCE layout_removals")

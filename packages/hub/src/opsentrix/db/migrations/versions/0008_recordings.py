"""What agents' flight recorders held when somebody asked.

Revision ID: 0008
Revises: 0007
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create recordings and the pieces in which they come."""
    op.execute(
        """
        CREATE TABLE recordings (
            agent_id bigint NOT NULL REFERENCES agents ON DELETE CASCADE,
            id bigint GENERATED ALWAYS AS IDENTITY,
            begins timestamptz NOT NULL,
            ends timestamptz NOT NULL CHECK (ends > begins),
            state text NOT NULL DEFAULT 'requested' CHECK (state IN ('requested', 'arriving', 'complete', 'failed')),
            error text NOT NULL DEFAULT '',
            truncated boolean NOT NULL DEFAULT false,
            bytes bigint NOT NULL DEFAULT 0,
            reason text NOT NULL,
            requested_by text NOT NULL,
            created_at timestamptz NOT NULL,
            finished_at timestamptz,
            PRIMARY KEY (agent_id, id)
        )
        """
    )
    op.execute("CREATE UNIQUE INDEX recordings_open ON recordings (agent_id) WHERE state IN ('requested', 'arriving')")
    op.execute("CREATE INDEX recordings_created_at ON recordings (created_at)")
    op.execute(
        """
        CREATE TABLE recording_parts (
            agent_id bigint NOT NULL,
            recording bigint NOT NULL,
            index integer NOT NULL,
            data bytea NOT NULL,
            PRIMARY KEY (agent_id, recording, index),
            FOREIGN KEY (agent_id, recording) REFERENCES recordings (agent_id, id) ON DELETE CASCADE
        )
        """
    )

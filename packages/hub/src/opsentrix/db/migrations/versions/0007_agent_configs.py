"""What the hub wants of agents' settings, and what they say of it.

Revision ID: 0007
Revises: 0006
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the versions of the configurations and the agents' newest answers."""
    op.execute(
        """
        CREATE TABLE agent_configs (
            agent_id bigint NOT NULL REFERENCES agents ON DELETE CASCADE,
            version bigint NOT NULL CHECK (version > 0),
            content jsonb NOT NULL,
            author text NOT NULL,
            comment text NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (agent_id, version)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE agent_config_states (
            agent_id bigint PRIMARY KEY REFERENCES agents ON DELETE CASCADE,
            state jsonb NOT NULL,
            reported_at timestamptz NOT NULL DEFAULT now()
        )
        """
    )

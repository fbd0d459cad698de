"""Rollouts of releases of the agent, and how far each agent is.

Revision ID: 0010
Revises: 0009
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create rollouts and their agents, and note whose owner allows upgrades."""
    op.execute("ALTER TABLE agents ADD COLUMN allows_upgrades boolean NOT NULL DEFAULT false")
    op.execute(
        """
        CREATE TABLE upgrade_rollouts (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            key bytea NOT NULL UNIQUE CHECK (length(key) = 16),
            version text NOT NULL,
            sha256 text NOT NULL,
            size bigint NOT NULL,
            signatures jsonb NOT NULL,
            soak_s integer NOT NULL,
            max_failures integer NOT NULL,
            state text NOT NULL CHECK (state IN ('running', 'paused', 'halted', 'stopped', 'finished')),
            reason text NOT NULL DEFAULT '',
            ring integer NOT NULL DEFAULT 0,
            rings integer NOT NULL,
            ring_done_at timestamptz,
            created_by text NOT NULL,
            created_at timestamptz NOT NULL,
            changed_at timestamptz NOT NULL
        )
        """
    )
    op.execute(
        """
        CREATE UNIQUE INDEX upgrade_rollouts_one_at_a_time ON upgrade_rollouts ((true))
        WHERE state IN ('running', 'paused')
        """
    )
    op.execute(
        """
        CREATE TABLE upgrade_agents (
            rollout_id bigint NOT NULL REFERENCES upgrade_rollouts ON DELETE CASCADE,
            agent_id bigint NOT NULL REFERENCES agents ON DELETE CASCADE,
            ring integer NOT NULL,
            state text NOT NULL,
            detail text NOT NULL DEFAULT '',
            asked_at timestamptz,
            changed_at timestamptz NOT NULL,
            PRIMARY KEY (rollout_id, agent_id)
        )
        """
    )
    op.execute("CREATE INDEX upgrade_agents_agent ON upgrade_agents (agent_id)")

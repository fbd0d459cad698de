"""Credentials in a table of their own, admission of agents, what tokens are for, and hosts that share an identity.

Revision ID: 0014
Revises: 0013
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE agent_credentials (
        hash bytea PRIMARY KEY,
        agent_id bigint NOT NULL REFERENCES agents ON DELETE CASCADE,
        state text NOT NULL CHECK (state IN ('offered', 'active', 'retiring', 'revoked')),
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz,
        CHECK ((state = 'retiring') = (expires_at IS NOT NULL))
    )
    """,
    "CREATE INDEX agent_credentials_agent ON agent_credentials (agent_id)",
    "CREATE UNIQUE INDEX agent_credentials_active ON agent_credentials (agent_id) WHERE state = 'active'",
    """
    INSERT INTO agent_credentials (hash, agent_id, state, created_at)
    SELECT credential_hash, id, 'active', created_at FROM agents
    """,
    """
    ALTER TABLE agents
        DROP COLUMN credential_hash,
        ADD COLUMN admission text NOT NULL DEFAULT 'admitted'
            CHECK (admission IN ('pending', 'admitted', 'refused', 'revoked')),
        ADD COLUMN admission_at timestamptz NOT NULL DEFAULT now(),
        ADD COLUMN admission_by text NOT NULL DEFAULT '',
        ADD COLUMN admission_reason text NOT NULL DEFAULT '',
        ADD COLUMN enrolled_with bigint REFERENCES enrollment_tokens ON DELETE SET NULL,
        ADD COLUMN enrolled_from text NOT NULL DEFAULT '',
        ADD COLUMN rotation_requested_at timestamptz,
        ADD COLUMN rotation_error text NOT NULL DEFAULT ''
    """,
    "CREATE INDEX agents_enrolled_with ON agents (enrolled_with) WHERE enrolled_with IS NOT NULL",
    """
    ALTER TABLE enrollment_tokens
        ADD COLUMN types text[] NOT NULL DEFAULT '{}',
        ADD COLUMN approval boolean NOT NULL DEFAULT false,
        ADD COLUMN agent_id bigint REFERENCES agents ON DELETE CASCADE
    """,
    """
    CREATE TABLE agent_machines (
        agent_id bigint NOT NULL REFERENCES agents ON DELETE CASCADE,
        machine text NOT NULL,
        host text NOT NULL,
        address text NOT NULL,
        run bytea NOT NULL,
        seen_at timestamptz NOT NULL,
        PRIMARY KEY (agent_id, machine)
    )
    """,
    """
    CREATE TABLE agent_clones (
        agent_id bigint PRIMARY KEY REFERENCES agents ON DELETE CASCADE,
        noticed_at timestamptz NOT NULL,
        sides jsonb NOT NULL,
        kept smallint CHECK (kept IN (0, 1))
    )
    """,
)


def upgrade() -> None:
    """Create the tables and move the agents' credentials."""
    for statement in STATEMENTS:
        op.execute(statement)

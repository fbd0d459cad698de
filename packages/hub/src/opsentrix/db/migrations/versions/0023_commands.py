"""Commands: the hub's key, agents' policies, commands with their runs and output, operators' keys, approvals.

Revision ID: 0023
Revises: 0022
"""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE command_keys (
        one boolean PRIMARY KEY DEFAULT true CHECK (one),
        public_key bytea NOT NULL CHECK (length(public_key) = 32),
        private_key bytea NOT NULL,
        created_at timestamptz NOT NULL
    )
    """,
    """
    CREATE TABLE agent_policies (
        agent_id bigint PRIMARY KEY REFERENCES agents ON DELETE CASCADE,
        allowed jsonb NOT NULL,
        sha256 bytea NOT NULL,
        problem text NOT NULL,
        told_at timestamptz NOT NULL
    )
    """,
    """
    CREATE TABLE commands (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        action text NOT NULL,
        params text NOT NULL,
        effect text NOT NULL CHECK (effect IN ('reads', 'changes', 'disrupts')),
        reason text NOT NULL,
        requested_by text NOT NULL,
        requester_id bigint REFERENCES users ON DELETE SET NULL,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        timeout_s int NOT NULL CHECK (timeout_s >= 0),
        batch_size int NOT NULL CHECK (batch_size > 0),
        pause_s int NOT NULL CHECK (pause_s >= 0),
        stop_after int NOT NULL CHECK (stop_after >= 0),
        turns int NOT NULL CHECK (turns > 0),
        runs int NOT NULL CHECK (runs > 0),
        turn int NOT NULL DEFAULT 0,
        turn_over_at timestamptz,
        state text NOT NULL
            CHECK (state IN ('awaiting_approval', 'running', 'finished', 'stopped', 'cancelled', 'rejected',
                'expired')),
        note text NOT NULL DEFAULT '',
        decided_by text NOT NULL DEFAULT '',
        decided_at timestamptz,
        ended_at timestamptz
    )
    """,
    "CREATE INDEX commands_open ON commands (id) WHERE ended_at IS NULL",
    "CREATE INDEX commands_created_at ON commands (created_at)",
    """
    CREATE TABLE command_runs (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        command_id bigint NOT NULL REFERENCES commands ON DELETE CASCADE,
        agent_id bigint NOT NULL REFERENCES agents ON DELETE CASCADE,
        key text NOT NULL UNIQUE,
        turn int NOT NULL,
        state text NOT NULL DEFAULT 'waiting'
            CHECK (state IN ('waiting', 'sent', 'running', 'succeeded', 'failed', 'refused', 'timed_out', 'cancelled',
                'expired', 'unknown')),
        message bytea,
        taken boolean NOT NULL DEFAULT false,
        cancelling boolean NOT NULL DEFAULT false,
        sent_at timestamptz,
        retry_at timestamptz,
        started_at timestamptz,
        ended_at timestamptz,
        exit_code int,
        duration_ms bigint,
        error text NOT NULL DEFAULT '',
        output_seq bigint NOT NULL DEFAULT 0,
        output_kept bigint NOT NULL DEFAULT 0,
        output_bytes bigint NOT NULL DEFAULT 0,
        output_truncated boolean NOT NULL DEFAULT false,
        output_removed boolean NOT NULL DEFAULT false,
        UNIQUE (command_id, agent_id)
    )
    """,
    "CREATE INDEX command_runs_agent ON command_runs (agent_id, id)",
    (
        "CREATE INDEX command_runs_open ON command_runs (agent_id)"
        " WHERE state IN ('waiting', 'sent', 'running', 'unknown')"
    ),
    """
    CREATE TABLE command_output (
        run_id bigint NOT NULL REFERENCES command_runs ON DELETE CASCADE,
        seq bigint NOT NULL,
        stream smallint NOT NULL CHECK (stream IN (1, 2)),
        data bytea NOT NULL,
        PRIMARY KEY (run_id, seq)
    )
    """,
    """
    CREATE TABLE operator_keys (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
        name text NOT NULL,
        public_key bytea NOT NULL UNIQUE CHECK (length(public_key) = 32),
        created_at timestamptz NOT NULL,
        UNIQUE (user_id, name)
    )
    """,
    """
    CREATE TABLE standing_approvals (
        id text PRIMARY KEY,
        runbook text NOT NULL,
        action text NOT NULL,
        params text NOT NULL,
        agent_ids bigint[] NOT NULL,
        message bytea NOT NULL,
        user_id bigint REFERENCES users ON DELETE SET NULL,
        approved_by text NOT NULL,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL
    )
    """,
)


def upgrade() -> None:
    """Make the tables."""
    for statement in TABLES:
        op.execute(statement)

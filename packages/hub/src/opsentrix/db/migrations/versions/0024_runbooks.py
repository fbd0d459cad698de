"""Runbooks, their versions and runs; which run and which incident a command belongs to.

Revision ID: 0024
Revises: 0023
"""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE runbooks (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name text NOT NULL UNIQUE,
        version int NOT NULL DEFAULT 1,
        enabled boolean NOT NULL,
        definition jsonb NOT NULL,
        sha256 bytea NOT NULL CHECK (length(sha256) = 32),
        created_at timestamptz NOT NULL,
        changed_at timestamptz NOT NULL,
        changed_by text NOT NULL,
        author_id bigint REFERENCES users ON DELETE SET NULL,
        opened_at timestamptz,
        opened_why text NOT NULL DEFAULT '',
        closed_at timestamptz,
        next_at timestamptz
    )
    """,
    """
    CREATE TABLE runbook_versions (
        runbook_id bigint NOT NULL REFERENCES runbooks ON DELETE CASCADE,
        version int NOT NULL,
        enabled boolean NOT NULL,
        definition jsonb NOT NULL,
        sha256 bytea NOT NULL,
        changed_at timestamptz NOT NULL,
        changed_by text NOT NULL,
        PRIMARY KEY (runbook_id, version)
    )
    """,
    """
    CREATE TABLE runbook_runs (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        runbook_id bigint REFERENCES runbooks ON DELETE SET NULL,
        runbook_name text NOT NULL,
        version int NOT NULL,
        definition jsonb NOT NULL,
        sha256 bytea NOT NULL,
        agent_id bigint NOT NULL REFERENCES agents ON DELETE CASCADE,
        cause text NOT NULL CHECK (cause IN ('hand', 'alert', 'schedule')),
        state text NOT NULL
            CHECK (state IN ('suggested', 'awaiting_approval', 'checking', 'running', 'judging', 'undoing', 'ended')),
        requested_by text NOT NULL,
        requester_id bigint REFERENCES users ON DELETE SET NULL,
        created_at timestamptz NOT NULL,
        expires_at timestamptz,
        fingerprint bytea,
        event_number bigint,
        incident_id bigint REFERENCES incidents ON DELETE SET NULL,
        labels jsonb NOT NULL DEFAULT '{}',
        forced boolean NOT NULL DEFAULT false,
        decided_by text NOT NULL DEFAULT '',
        position int NOT NULL DEFAULT 0,
        command_id bigint REFERENCES commands ON DELETE SET NULL,
        begun_at timestamptz,
        since timestamptz,
        deadline timestamptz,
        baseline text CHECK (baseline IN ('holds', 'fails', 'unknown')),
        outcome text CHECK (outcome IN ('done', 'step_failed', 'skipped', 'declined', 'expired', 'cancelled')),
        verdict text CHECK (verdict IN ('fixed', 'not_fixed', 'worse', 'unknown')),
        evidence jsonb NOT NULL DEFAULT '{}',
        note text NOT NULL DEFAULT '',
        ended_at timestamptz,
        CHECK ((state = 'ended') = (outcome IS NOT NULL)),
        UNIQUE (runbook_id, agent_id, event_number)
    )
    """,
    "CREATE INDEX runbook_runs_open ON runbook_runs (id) WHERE ended_at IS NULL",
    "CREATE INDEX runbook_runs_agent ON runbook_runs (agent_id, created_at)",
    "CREATE INDEX runbook_runs_runbook ON runbook_runs (runbook_id, id)",
    "CREATE INDEX runbook_runs_incident ON runbook_runs (incident_id) WHERE incident_id IS NOT NULL",
    """
    CREATE TABLE runbook_run_steps (
        run_id bigint NOT NULL REFERENCES runbook_runs ON DELETE CASCADE,
        undo boolean NOT NULL,
        position int NOT NULL,
        command_id bigint NOT NULL REFERENCES commands ON DELETE CASCADE,
        PRIMARY KEY (run_id, undo, position)
    )
    """,
    """
    CREATE TABLE runbook_cursor (
        one boolean PRIMARY KEY DEFAULT true CHECK (one),
        number bigint NOT NULL
    )
    """,
    "ALTER TABLE commands ADD COLUMN runbook_run_id bigint REFERENCES runbook_runs ON DELETE SET NULL",
    "ALTER TABLE commands ADD COLUMN incident_id bigint REFERENCES incidents ON DELETE SET NULL",
    "CREATE INDEX commands_incident ON commands (incident_id) WHERE incident_id IS NOT NULL",
)


def upgrade() -> None:
    """Make the tables."""
    for statement in TABLES:
        op.execute(statement)

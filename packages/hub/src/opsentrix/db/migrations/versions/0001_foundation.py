"""Users, enrollment, agents, series and frames.

Revision ID: 0001
Revises:
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE users (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        username text NOT NULL UNIQUE,
        password_hash text NOT NULL,
        role text NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
        disabled boolean NOT NULL DEFAULT false,
        created_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    """
    CREATE TABLE user_sessions (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        token_hash bytea NOT NULL UNIQUE,
        user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
        address text NOT NULL,
        user_agent text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        last_seen_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX user_sessions_expires_at ON user_sessions (expires_at)",
    """
    CREATE TABLE enrollment_tokens (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        token_hash bytea NOT NULL UNIQUE,
        created_by bigint REFERENCES users ON DELETE SET NULL,
        environment text NOT NULL DEFAULT '',
        tags text[] NOT NULL DEFAULT '{}',
        max_uses integer NOT NULL CHECK (max_uses > 0),
        uses integer NOT NULL DEFAULT 0 CHECK (uses <= max_uses),
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        revoked_at timestamptz
    )
    """,
    """
    CREATE TABLE agents (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name text NOT NULL,
        type text NOT NULL,
        host text NOT NULL,
        port integer CHECK (port BETWEEN 1 AND 65535),
        environment text NOT NULL DEFAULT '',
        metadata jsonb NOT NULL DEFAULT '{}',
        tags text[] NOT NULL DEFAULT '{}',
        status text NOT NULL DEFAULT 'offline' CHECK (status IN ('online', 'offline', 'error', 'maintenance')),
        last_heartbeat timestamptz,
        version text NOT NULL DEFAULT '',
        reporting_interval double precision NOT NULL CHECK (reporting_interval > 0),
        facts jsonb NOT NULL DEFAULT '{}',
        credential_hash bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE INDEX agents_name ON agents (lower(name), id)",
    """
    CREATE TABLE agent_boots (
        id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        agent_id bigint NOT NULL REFERENCES agents ON DELETE CASCADE,
        boot_id uuid NOT NULL,
        first_seen_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (agent_id, boot_id)
    )
    """,
    """
    CREATE TABLE metrics (
        id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name text NOT NULL,
        unit text NOT NULL,
        kind smallint NOT NULL,
        UNIQUE (name, unit, kind)
    )
    """,
    """
    CREATE TABLE series (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        agent_id bigint NOT NULL REFERENCES agents ON DELETE CASCADE,
        metric_id integer NOT NULL REFERENCES metrics,
        labels jsonb NOT NULL,
        first_seen_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (agent_id, metric_id, labels)
    )
    """,
    """
    CREATE TABLE layouts (
        agent_id bigint NOT NULL REFERENCES agents ON DELETE CASCADE,
        layout_id bigint NOT NULL,
        series_ids bigint[] NOT NULL,
        first_seen_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (agent_id, layout_id)
    )
    """,
    # No foreign keys: they would be checked for every frame, and an agent's frames go with their partitions.
    """
    CREATE TABLE agent_metrics (
        agent_id bigint NOT NULL,
        time timestamptz NOT NULL,
        boot integer NOT NULL,
        seq bigint NOT NULL,
        layout_id bigint NOT NULL,
        step_ms integer NOT NULL,
        ticks smallint NOT NULL,
        value_type smallint NOT NULL,
        compression smallint NOT NULL,
        columns bytea STORAGE EXTERNAL NOT NULL,
        absent bytea STORAGE EXTERNAL NOT NULL,
        PRIMARY KEY (agent_id, time, boot, seq)
    ) PARTITION BY RANGE (time)
    """,
    """
    CREATE TABLE audit_log (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        time timestamptz NOT NULL DEFAULT now(),
        actor text NOT NULL,
        action text NOT NULL,
        target text NOT NULL,
        address text NOT NULL,
        detail jsonb NOT NULL DEFAULT '{}'
    )
    """,
    "CREATE INDEX audit_log_time ON audit_log (time)",
)


def upgrade() -> None:
    """Create the foundation's tables."""
    for statement in STATEMENTS:
        op.execute(statement)

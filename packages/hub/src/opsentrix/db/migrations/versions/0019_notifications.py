"""Notifications: channels, who is told, what is to be said, and the proof that it was.

Revision ID: 0019
Revises: 0018
"""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE channels (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name text NOT NULL UNIQUE,
        kind text NOT NULL,
        settings jsonb NOT NULL,
        sealed bytea NOT NULL,
        enabled boolean NOT NULL,
        allow_private boolean NOT NULL,
        per_minute int NOT NULL CHECK (per_minute > 0),
        digest_minutes int NOT NULL CHECK (digest_minutes >= 0),
        subject text NOT NULL,
        body text NOT NULL,
        failing_since timestamptz,
        failures int NOT NULL DEFAULT 0,
        retry_at timestamptz,
        last_error text NOT NULL DEFAULT '',
        last_sent_at timestamptz,
        created_at timestamptz NOT NULL
    )
    """,
    """
    CREATE TABLE routes (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        position int NOT NULL,
        is_default boolean NOT NULL DEFAULT false,
        name text NOT NULL,
        definition jsonb NOT NULL
    )
    """,
    "CREATE UNIQUE INDEX routes_default ON routes (is_default) WHERE is_default",
    """
    INSERT INTO routes (position, is_default, name, definition)
    VALUES (0, true, 'everything else', '{"targets": []}')
    """,
    """
    CREATE TABLE escalations (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name text NOT NULL UNIQUE,
        definition jsonb NOT NULL
    )
    """,
    """
    CREATE TABLE rotas (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name text NOT NULL UNIQUE,
        definition jsonb NOT NULL
    )
    """,
    """
    CREATE TABLE notifications (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        incident_id bigint,
        kind text NOT NULL,
        agent_ids bigint[] NOT NULL,
        notice jsonb NOT NULL,
        created_at timestamptz NOT NULL,
        planned_at timestamptz,
        decision jsonb NOT NULL DEFAULT '[]'
    )
    """,
    "CREATE INDEX notifications_unplanned ON notifications (id) WHERE planned_at IS NULL",
    "CREATE INDEX notifications_incident ON notifications (incident_id, id)",
    # Without a notification: a bundle, that is a digest or a summary of others. The channel's name outlives it.
    """
    CREATE TABLE notification_deliveries (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        notification_id bigint REFERENCES notifications ON DELETE CASCADE,
        incident_id bigint,
        channel_id bigint REFERENCES channels ON DELETE SET NULL,
        channel text NOT NULL,
        step bigint NOT NULL DEFAULT 0,
        why text NOT NULL,
        digest boolean NOT NULL DEFAULT false,
        state text NOT NULL DEFAULT 'pending'
            CHECK (state IN ('pending', 'sending', 'bundled', 'sent', 'failed', 'cancelled')),
        tries int NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL,
        due_at timestamptz NOT NULL,
        lease_until timestamptz,
        finished_at timestamptz,
        bundle_id bigint REFERENCES notification_deliveries ON DELETE SET NULL,
        UNIQUE (notification_id, channel_id, step)
    )
    """,
    (
        "CREATE INDEX notification_deliveries_open ON notification_deliveries (channel_id, due_at, id)"
        " WHERE state IN ('pending', 'sending')"
    ),
    (
        "CREATE INDEX notification_deliveries_unfinished ON notification_deliveries (channel_id, incident_id, id)"
        " WHERE state IN ('pending', 'sending', 'bundled')"
    ),
    "CREATE INDEX notification_deliveries_incident ON notification_deliveries (incident_id)",
    "CREATE INDEX notification_deliveries_bundle ON notification_deliveries (bundle_id) WHERE bundle_id IS NOT NULL",
    """
    CREATE TABLE notification_attempts (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        delivery_id bigint NOT NULL REFERENCES notification_deliveries ON DELETE CASCADE,
        channel_id bigint REFERENCES channels ON DELETE SET NULL,
        started_at timestamptz NOT NULL,
        finished_at timestamptz,
        ok boolean,
        status int,
        answer text NOT NULL DEFAULT '',
        duration_ms int
    )
    """,
    "CREATE INDEX notification_attempts_delivery ON notification_attempts (delivery_id)",
    "CREATE INDEX notification_attempts_recent ON notification_attempts (channel_id, started_at)",
    """
    CREATE TABLE escalation_runs (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        incident_id bigint NOT NULL,
        escalation_id bigint NOT NULL REFERENCES escalations ON DELETE CASCADE,
        notification_id bigint NOT NULL REFERENCES notifications ON DELETE CASCADE,
        begun_at timestamptz NOT NULL,
        number int NOT NULL DEFAULT 0,
        next_at timestamptz NOT NULL,
        UNIQUE (incident_id, escalation_id)
    )
    """,
    "CREATE INDEX escalation_runs_next ON escalation_runs (next_at)",
)


def upgrade() -> None:
    """Create the tables, and a default route that tells nobody yet."""
    for statement in TABLES:
        op.execute(statement)

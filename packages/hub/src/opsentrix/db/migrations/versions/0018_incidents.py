"""Incidents with their alerts and timelines, dependencies between agents, silences and maintenance windows.

Revision ID: 0018
Revises: 0017
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_SEVERITY = "CHECK (severity IN ('info', 'warning', 'critical'))"


def upgrade() -> None:
    """Create what stands between alerts and notifications."""
    op.execute(
        f"""
        CREATE TABLE incidents (
            id bigint PRIMARY KEY,
            kind text NOT NULL CHECK (kind IN ('alerts', 'mass_loss')),
            title text NOT NULL,
            severity text NOT NULL {_SEVERITY},
            state text NOT NULL CHECK (state IN ('open', 'acknowledged', 'resolved')),
            opened_at timestamptz NOT NULL,
            acknowledged_by text NOT NULL DEFAULT '',
            acknowledged_until timestamptz,
            assignee text NOT NULL DEFAULT '',
            notes text NOT NULL DEFAULT '',
            kept_open boolean NOT NULL DEFAULT false,
            resolved_at timestamptz,
            resolved_by text NOT NULL DEFAULT '',
            merged_into bigint,
            told boolean NOT NULL DEFAULT false,
            told_at timestamptz,
            told_severity text NOT NULL DEFAULT '',
            due_at timestamptz,
            changed_at timestamptz NOT NULL
        )
        """
    )
    op.execute("CREATE INDEX incidents_open ON incidents (id DESC) WHERE state <> 'resolved'")
    op.execute("CREATE INDEX incidents_due ON incidents (due_at) WHERE due_at IS NOT NULL")
    op.execute("CREATE INDEX incidents_resolved ON incidents (resolved_at) WHERE resolved_at IS NOT NULL")
    op.execute(
        f"""
        CREATE TABLE incident_alerts (
            incident_id bigint NOT NULL REFERENCES incidents ON DELETE CASCADE,
            fingerprint bytea NOT NULL,
            rule_id bigint NOT NULL,
            rule_name text NOT NULL,
            agent_id bigint,
            agent_name text NOT NULL DEFAULT '',
            labels jsonb NOT NULL,
            severity text NOT NULL {_SEVERITY},
            loss boolean NOT NULL,
            value double precision,
            known boolean NOT NULL DEFAULT true,
            since timestamptz NOT NULL,
            fired_at timestamptz NOT NULL,
            over_at timestamptz,
            changes timestamptz[] NOT NULL DEFAULT '{{}}',
            loud_at timestamptz,
            told boolean NOT NULL DEFAULT false,
            quiet text NOT NULL DEFAULT '',
            moved_to bigint,
            PRIMARY KEY (incident_id, fingerprint)
        )
        """
    )
    op.execute("CREATE INDEX incident_alerts_fingerprint ON incident_alerts (fingerprint)")
    op.execute("CREATE INDEX incident_alerts_agent ON incident_alerts (agent_id)")
    op.execute(
        """
        CREATE TABLE incident_events (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            incident_id bigint NOT NULL REFERENCES incidents ON DELETE CASCADE,
            at timestamptz NOT NULL,
            kind text NOT NULL,
            actor text NOT NULL DEFAULT '',
            text text NOT NULL,
            fingerprint bytea,
            agent_ids bigint[] NOT NULL DEFAULT '{}'
        )
        """
    )
    op.execute("CREATE INDEX incident_events_incident ON incident_events (incident_id, id)")
    op.execute(
        """
        CREATE TABLE dependencies (
            agent_id bigint NOT NULL REFERENCES agents ON DELETE CASCADE,
            behind_id bigint NOT NULL REFERENCES agents ON DELETE CASCADE,
            created_at timestamptz NOT NULL,
            created_by text NOT NULL,
            PRIMARY KEY (agent_id, behind_id),
            CHECK (agent_id <> behind_id)
        )
        """
    )
    op.execute("CREATE INDEX dependencies_behind ON dependencies (behind_id)")
    op.execute(
        """
        CREATE TABLE silences (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            matchers jsonb NOT NULL,
            within jsonb NOT NULL,
            starts_at timestamptz NOT NULL,
            ends_at timestamptz NOT NULL CHECK (ends_at >= starts_at),
            comment text NOT NULL,
            created_by text NOT NULL,
            created_at timestamptz NOT NULL,
            expired_by text NOT NULL DEFAULT ''
        )
        """
    )
    op.execute("CREATE INDEX silences_ends ON silences (ends_at)")
    op.execute(
        """
        CREATE TABLE maintenance_windows (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            name text NOT NULL,
            matchers jsonb NOT NULL,
            within jsonb NOT NULL,
            starts_local timestamp NOT NULL,
            zone text NOT NULL,
            duration_s integer NOT NULL CHECK (duration_s > 0),
            rrule text NOT NULL DEFAULT '',
            comment text NOT NULL DEFAULT '',
            created_by text NOT NULL,
            created_at timestamptz NOT NULL
        )
        """
    )
    # One row: the newest alert event that is in incidents, the newest incident, the moment that they have come to, and
    # when quiet changes next.
    op.execute(
        """
        CREATE TABLE incident_cursor (
            single boolean PRIMARY KEY DEFAULT true CHECK (single),
            number bigint NOT NULL DEFAULT 0,
            last_incident bigint NOT NULL DEFAULT 0,
            as_of timestamptz,
            due_at timestamptz
        )
        """
    )
    op.execute("INSERT INTO incident_cursor DEFAULT VALUES")

"""Alert rules, the alerts that are not inactive, and every transition of an alert.

Revision ID: 0017
Revises: 0016
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_SEVERITY = "CHECK (severity IN ('info', 'warning', 'critical'))"
_STATE = "('inactive', 'pending', 'firing', 'unknown')"


def upgrade() -> None:
    """Create rules with their versions and overrides, alerts and their transitions.

    Alerts and transitions name rules and agents without a foreign key: what was outlives both, and a transition of an
    agent that is just being deleted must not fail those of all others.
    """
    op.execute(
        f"""
        CREATE TABLE alert_rules (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            name text NOT NULL,
            version integer NOT NULL DEFAULT 1,
            enabled boolean NOT NULL DEFAULT true,
            severity text NOT NULL {_SEVERITY},
            definition jsonb NOT NULL,
            labels jsonb NOT NULL DEFAULT '{{}}',
            annotations jsonb NOT NULL DEFAULT '{{}}',
            group_by text[] NOT NULL DEFAULT '{{}}',
            loss boolean NOT NULL DEFAULT false,
            created_at timestamptz NOT NULL,
            changed_at timestamptz NOT NULL,
            changed_by text NOT NULL
        )
        """
    )
    op.execute(
        """
        CREATE TABLE alert_defaults (
            one boolean PRIMARY KEY DEFAULT true CHECK (one),
            added_at timestamptz NOT NULL
        )
        """
    )
    op.execute(
        """
        CREATE TABLE alert_rule_versions (
            rule_id bigint NOT NULL REFERENCES alert_rules ON DELETE CASCADE,
            version integer NOT NULL,
            body jsonb NOT NULL,
            changed_at timestamptz NOT NULL,
            changed_by text NOT NULL,
            PRIMARY KEY (rule_id, version)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE alert_rule_overrides (
            rule_id bigint NOT NULL REFERENCES alert_rules ON DELETE CASCADE,
            agent_id bigint NOT NULL REFERENCES agents ON DELETE CASCADE,
            threshold double precision,
            enabled boolean NOT NULL DEFAULT true,
            changed_at timestamptz NOT NULL,
            changed_by text NOT NULL,
            PRIMARY KEY (rule_id, agent_id)
        )
        """
    )
    op.execute("CREATE INDEX alert_rule_overrides_agent ON alert_rule_overrides (agent_id)")
    op.execute(
        f"""
        CREATE TABLE alert_instances (
            fingerprint bytea PRIMARY KEY CHECK (length(fingerprint) = 32),
            rule_id bigint NOT NULL,
            rule_version integer NOT NULL,
            agent_id bigint,
            labels jsonb NOT NULL,
            severity text NOT NULL {_SEVERITY},
            state text NOT NULL CHECK (state IN {_STATE} AND state <> 'inactive'),
            since timestamptz NOT NULL,
            value double precision,
            last_sample_at timestamptz,
            clear_since timestamptz,
            changed_at timestamptz NOT NULL
        )
        """
    )
    op.execute("CREATE INDEX alert_instances_agent ON alert_instances (agent_id)")
    op.execute("CREATE INDEX alert_instances_rule ON alert_instances (rule_id)")
    op.execute("CREATE INDEX alert_instances_since ON alert_instances (since DESC, fingerprint)")
    op.execute(
        f"""
        CREATE TABLE alert_events (
            number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            fingerprint bytea NOT NULL CHECK (length(fingerprint) = 32),
            rule_id bigint NOT NULL,
            rule_version integer NOT NULL,
            rule_name text NOT NULL,
            agent_id bigint,
            labels jsonb NOT NULL,
            severity text NOT NULL {_SEVERITY},
            loss boolean NOT NULL,
            before text NOT NULL CHECK (before IN {_STATE}),
            after text NOT NULL CHECK (after IN {_STATE}),
            at timestamptz NOT NULL,
            recorded_at timestamptz NOT NULL,
            value double precision,
            threshold double precision,
            reason text NOT NULL DEFAULT '',
            incident_id bigint
        )
        """
    )
    op.execute("CREATE INDEX alert_events_fingerprint ON alert_events (fingerprint, number)")
    op.execute("CREATE INDEX alert_events_agent ON alert_events (agent_id, number)")

"""Groups of alert rules, and what "why was I paged?" could not know so far: when rules were evaluated, what came late.

Revision ID: 0020
Revises: 0019
"""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE alert_rule_groups (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        name text NOT NULL UNIQUE,
        selector text NOT NULL DEFAULT '',
        enabled boolean NOT NULL DEFAULT true,
        description text NOT NULL DEFAULT '',
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL,
        changed_at timestamptz NOT NULL,
        changed_by text NOT NULL
    )
    """,
    "ALTER TABLE alert_rules ADD COLUMN group_id bigint REFERENCES alert_rule_groups",
    "CREATE INDEX alert_rules_group ON alert_rules (group_id)",
    # The default rules that nobody changed; what is said of them stays their newest version.
    """
    INSERT INTO alert_rule_groups (name, description, created_at, changed_at, changed_by)
    SELECT 'Defaults', 'The rules that a new hub has.', min(created_at), min(created_at), 'hub'
    FROM alert_rules WHERE changed_by = 'hub' HAVING count(*) > 0
    """,
    "UPDATE alert_rules SET group_id = (SELECT id FROM alert_rule_groups) WHERE changed_by = 'hub'",
    """
    UPDATE alert_rule_versions v SET body = body || jsonb_build_object('group_id', r.group_id)
    FROM alert_rules r WHERE (r.id, r.version) = (v.rule_id, v.version)
    """,
    """
    CREATE TABLE alert_engine_runs (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        began_at timestamptz NOT NULL,
        seen_at timestamptz NOT NULL
    )
    """,
    """
    CREATE TABLE alert_late_samples (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        agent_id bigint NOT NULL REFERENCES agents ON DELETE CASCADE,
        first_at timestamptz NOT NULL,
        last_at timestamptz NOT NULL,
        came_at timestamptz NOT NULL,
        came_until timestamptz NOT NULL
    )
    """,
    "CREATE INDEX alert_late_samples_agent ON alert_late_samples (agent_id, came_until)",
)


def upgrade() -> None:
    """Create the tables, and put the default rules into a group."""
    for statement in TABLES:
        op.execute(statement)

"""Silences and maintenance windows of chosen agents, and annotations.

Revision ID: 0027
Revises: 0026
"""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

CHANGES = (
    # Empty: all agents. No foreign key: what was chosen stays in the record when a machine goes.
    "ALTER TABLE silences ADD COLUMN agents bigint[] NOT NULL DEFAULT '{}'",
    "ALTER TABLE maintenance_windows ADD COLUMN agents bigint[] NOT NULL DEFAULT '{}'",
    # `agents` is null for the whole fleet; a key is its maker's own.
    """
    CREATE TABLE annotations (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        kind text NOT NULL CHECK (kind IN ('deploy', 'note')),
        at timestamptz NOT NULL,
        until timestamptz NOT NULL CHECK (until >= at),
        title text NOT NULL,
        text text NOT NULL,
        tags text[] NOT NULL,
        url text NOT NULL,
        agents bigint[],
        key text,
        created_by text NOT NULL,
        created_at timestamptz NOT NULL,
        UNIQUE (created_by, key)
    )
    """,
    "CREATE INDEX annotations_at ON annotations (at)",
)


def upgrade() -> None:
    """Make the columns and the table."""
    for statement in CHANGES:
        op.execute(statement)

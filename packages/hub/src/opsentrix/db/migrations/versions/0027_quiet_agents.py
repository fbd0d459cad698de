"""Silences and maintenance windows of chosen agents.

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
)


def upgrade() -> None:
    """Make the columns."""
    for statement in CHANGES:
        op.execute(statement)

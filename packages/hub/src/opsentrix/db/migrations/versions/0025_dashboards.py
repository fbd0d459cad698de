"""Dashboards: what a team wants to see together.

Revision ID: 0025
Revises: 0024
"""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.execute(
        """
        CREATE TABLE dashboards (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            name text NOT NULL,
            description text NOT NULL,
            spec jsonb NOT NULL,
            version int NOT NULL DEFAULT 1,
            created_at timestamptz NOT NULL,
            created_by text NOT NULL,
            changed_at timestamptz NOT NULL,
            changed_by text NOT NULL,
            deleted_at timestamptz
        )
        """
    )

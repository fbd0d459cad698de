"""Shares: passes to see one page without logging in.

Revision ID: 0026
Revises: 0025
"""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.execute(
        """
        CREATE TABLE shares (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
            secret_hash bytea NOT NULL UNIQUE CHECK (length(secret_hash) = 32),
            label text NOT NULL,
            place text NOT NULL,
            search text NOT NULL,
            dashboard_id bigint REFERENCES dashboards ON DELETE CASCADE,
            CHECK ((place = 'dashboard') = (dashboard_id IS NOT NULL)),
            scope_environments text[] NOT NULL,
            scope_tags text[] NOT NULL,
            created_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            last_used_at timestamptz
        )
        """
    )
    op.execute("CREATE INDEX shares_user ON shares (user_id)")

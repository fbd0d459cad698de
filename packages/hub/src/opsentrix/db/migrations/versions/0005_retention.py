"""How long history is kept of some agents.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the rules."""
    op.execute(
        """
        CREATE TABLE retention_rules (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            environment text,
            tag text,
            keep_1s_days integer CHECK (keep_1s_days > 0),
            keep_1m_days integer CHECK (keep_1m_days > 0),
            keep_1h_days integer CHECK (keep_1h_days > 0),
            created_at timestamptz NOT NULL DEFAULT now(),
            CHECK (num_nonnulls(environment, tag) = 1),
            CHECK (num_nonnulls(keep_1s_days, keep_1m_days, keep_1h_days) > 0),
            UNIQUE (environment),
            UNIQUE (tag)
        )
        """
    )

"""Web push: browsers that people turned notifications on in, and the key that says who sends.

Revision ID: 0022
Revises: 0021
"""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables."""
    op.execute(
        """
        CREATE TABLE push_subscriptions (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
            session_id bigint REFERENCES user_sessions ON DELETE SET NULL,
            endpoint_hash bytea NOT NULL UNIQUE CHECK (length(endpoint_hash) = 32),
            service text NOT NULL,
            sealed bytea NOT NULL,
            user_agent text NOT NULL,
            created_at timestamptz NOT NULL,
            last_delivered_at timestamptz,
            failures int NOT NULL DEFAULT 0,
            last_error text NOT NULL DEFAULT '',
            tested_at timestamptz
        )
        """
    )
    op.execute("CREATE INDEX push_subscriptions_user_id ON push_subscriptions (user_id)")
    op.execute("CREATE INDEX push_subscriptions_session_id ON push_subscriptions (session_id)")
    op.execute(
        """
        CREATE TABLE push_keys (
            one boolean PRIMARY KEY DEFAULT true CHECK (one),
            public bytea NOT NULL CHECK (length(public) = 65),
            sealed bytea NOT NULL,
            created_at timestamptz NOT NULL
        )
        """
    )

"""Which agents people see, and API tokens.

Revision ID: 0012
Revises: 0011
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Give users a scope, which is everything at first, and create API tokens."""
    op.execute(
        """
        ALTER TABLE users
            ADD COLUMN scope_environments text[] NOT NULL DEFAULT '{}',
            ADD COLUMN scope_tags text[] NOT NULL DEFAULT '{}'
        """
    )
    op.execute(
        """
        CREATE TABLE api_tokens (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            token_hash bytea NOT NULL UNIQUE,
            user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
            name text NOT NULL,
            role text NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
            scope_environments text[] NOT NULL,
            scope_tags text[] NOT NULL,
            permissions text[] NOT NULL,
            created_at timestamptz NOT NULL,
            expires_at timestamptz NOT NULL,
            last_used_at timestamptz,
            last_used_from text NOT NULL DEFAULT ''
        )
        """
    )
    op.execute("CREATE INDEX api_tokens_user_id ON api_tokens (user_id)")

"""Sessions that change their token, second factors, invitations and reset links.

Revision ID: 0011
Revises: 0010
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

STATEMENTS = (
    # People who were invited, or come from an identity provider, have no password.
    "ALTER TABLE users ALTER COLUMN password_hash DROP NOT NULL, ADD COLUMN last_login_at timestamptz",
    "CREATE UNIQUE INDEX users_name ON users (lower(username))",
    """
    ALTER TABLE user_sessions
        ADD COLUMN method text NOT NULL DEFAULT 'password',
        ADD COLUMN proven_at timestamptz,
        ADD COLUMN rotated_at timestamptz,
        ADD COLUMN previous_hash bytea UNIQUE,
        ADD COLUMN previous_until timestamptz
    """,
    "UPDATE user_sessions SET proven_at = created_at, rotated_at = created_at",
    """
    ALTER TABLE user_sessions
        ALTER COLUMN method DROP DEFAULT,
        ALTER COLUMN proven_at SET NOT NULL,
        ALTER COLUMN rotated_at SET NOT NULL
    """,
    "CREATE INDEX user_sessions_user_id ON user_sessions (user_id)",
    """
    CREATE TABLE login_challenges (
        token_hash bytea PRIMARY KEY,
        user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
        expires_at timestamptz NOT NULL,
        tries integer NOT NULL DEFAULT 0
    )
    """,
    "CREATE INDEX login_challenges_user_id ON login_challenges (user_id)",
    """
    CREATE TABLE user_totp (
        user_id bigint PRIMARY KEY REFERENCES users ON DELETE CASCADE,
        sealed bytea NOT NULL,
        confirmed_at timestamptz,
        last_step bigint NOT NULL DEFAULT 0
    )
    """,
    """
    CREATE TABLE recovery_codes (
        user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
        code_hash bytea NOT NULL,
        PRIMARY KEY (user_id, code_hash)
    )
    """,
    """
    CREATE TABLE password_links (
        user_id bigint PRIMARY KEY REFERENCES users ON DELETE CASCADE,
        token_hash bytea NOT NULL UNIQUE,
        expires_at timestamptz NOT NULL
    )
    """,
)


def upgrade() -> None:
    """Create what people's accounts need."""
    for statement in STATEMENTS:
        op.execute(statement)

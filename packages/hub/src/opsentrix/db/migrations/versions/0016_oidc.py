"""Identities of people at an OpenID Connect provider, and logins there that are over.

Revision ID: 0016
Revises: 0015
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables."""
    op.execute(
        """
        CREATE TABLE user_identities (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
            issuer text NOT NULL,
            subject text NOT NULL,
            label text NOT NULL,
            gives_role boolean NOT NULL,
            created_at timestamptz NOT NULL,
            last_login_at timestamptz,
            UNIQUE (issuer, subject),
            UNIQUE (user_id, issuer)
        )
        """
    )
    op.execute("CREATE TABLE used_oidc_states (state_hash bytea PRIMARY KEY, expires_at timestamptz NOT NULL)")
    op.execute("CREATE INDEX used_oidc_states_expires_at ON used_oidc_states (expires_at)")

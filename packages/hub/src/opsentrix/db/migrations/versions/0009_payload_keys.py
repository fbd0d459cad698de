"""Keys that agents seal what they send to, and which agents must.

Revision ID: 0009
Revises: 0008
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

STATEMENTS = (
    # The private key is sealed by the vault, whose key is not in the database.
    """
    CREATE TABLE payload_keys (
        id bytea PRIMARY KEY CHECK (length(id) = 8),
        public_key bytea NOT NULL CHECK (length(public_key) = 32),
        private_key bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "ALTER TABLE agents ADD must_seal boolean NOT NULL DEFAULT false",
)


def upgrade() -> None:
    """Make the table and the column."""
    for statement in STATEMENTS:
        op.execute(statement)

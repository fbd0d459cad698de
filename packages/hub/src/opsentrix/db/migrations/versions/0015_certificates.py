"""The hub's own certificate authority, and the certificates that it issued to agents.

Revision ID: 0015
Revises: 0014
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the authorities, of which one is in use, and the certificates."""
    op.execute(
        """
        CREATE TABLE authorities (
            fingerprint text PRIMARY KEY,
            certificate text NOT NULL,
            sealed_key bytea NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            retired_at timestamptz
        )
        """
    )
    op.execute("CREATE UNIQUE INDEX authorities_one_in_use ON authorities ((true)) WHERE retired_at IS NULL")
    op.execute(
        """
        CREATE TABLE certificates (
            serial text PRIMARY KEY,
            agent_id bigint NOT NULL REFERENCES agents ON DELETE CASCADE,
            authority text NOT NULL REFERENCES authorities,
            not_before timestamptz NOT NULL,
            not_after timestamptz NOT NULL,
            revoked_at timestamptz,
            used_at timestamptz,
            created_at timestamptz NOT NULL DEFAULT now(),
            changed_at timestamptz NOT NULL DEFAULT now()
        )
        """
    )
    op.execute("CREATE INDEX certificates_of_agent ON certificates (agent_id, not_after)")
    op.execute("CREATE INDEX certificates_changed ON certificates (changed_at)")

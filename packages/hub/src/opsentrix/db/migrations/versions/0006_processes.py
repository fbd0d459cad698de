"""Process samples, beside the frames that they came in and the blocks of their hour.

Revision ID: 0006
Revises: 0005
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Give frames and blocks a place for them."""
    op.execute("ALTER TABLE agent_metrics ADD COLUMN processes bytea NOT NULL DEFAULT ''")
    # Compressed already, and appended to when frames come late.
    op.execute("ALTER TABLE blocks_1s ADD COLUMN processes bytea STORAGE EXTERNAL NOT NULL DEFAULT ''")

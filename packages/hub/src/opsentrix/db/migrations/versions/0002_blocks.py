"""Blocks of the three tiers, the days whose hours are still to be rolled up, and the gap ledger.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TABLE = """
    CREATE TABLE {name} (
        agent_id bigint NOT NULL,
        time timestamptz NOT NULL,
        series_ids bigint[] NOT NULL,
        offsets integer[] NOT NULL,
        axis bytea NOT NULL,
        data bytea STORAGE EXTERNAL NOT NULL,
        PRIMARY KEY (agent_id, time)
    ) PARTITION BY RANGE (time)
"""


def upgrade() -> None:
    """Create the tables of the tiers."""
    for name in ("blocks_1s", "blocks_1m", "blocks_1h"):
        op.execute(_TABLE.format(name=name))
    # Frames leave their table when they are compacted; which ones a boot had committed must outlive them.
    op.execute("ALTER TABLE agent_boots ADD COLUMN compacted int8multirange NOT NULL DEFAULT '{}'")
    op.execute(
        """
        CREATE TABLE rollup_queue (
            agent_id bigint NOT NULL,
            day timestamptz NOT NULL,
            PRIMARY KEY (agent_id, day)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE gaps (
            agent_id bigint NOT NULL,
            first_tick timestamptz NOT NULL,
            last_tick timestamptz NOT NULL,
            reason text NOT NULL,
            lost_frames bigint NOT NULL,
            PRIMARY KEY (agent_id, first_tick)
        )
        """
    )
    op.execute(
        """
        CREATE TABLE compacted_until (
            agent_id bigint PRIMARY KEY,
            first_tick timestamptz NOT NULL,
            last_tick timestamptz NOT NULL,
            step_ms integer NOT NULL,
            boot integer NOT NULL,
            seq bigint NOT NULL
        )
        """
    )

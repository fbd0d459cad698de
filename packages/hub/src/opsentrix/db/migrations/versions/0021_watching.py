"""What the hub needs to watch itself: signs of life, canaries, and the rule and channel that are reserved for them.

Revision ID: 0021
Revises: 0020
"""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_RULE = (
    '{"condition": {"kind": "comparison", "operand": {"kind": "last", "metric": "opsentrix.canary.signal"},'
    ' "op": ">", "threshold": {"value": 0.5}}}'
)


def upgrade() -> None:
    """Create the tables, and what is reserved under the number 0, where no identity begins."""
    op.execute(
        """
        CREATE TABLE pulses (
            name text PRIMARY KEY,
            beat_at timestamptz NOT NULL,
            done_to timestamptz
        )
        """
    )
    op.execute(
        """
        CREATE TABLE canaries (
            number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            instance text NOT NULL,
            sampled timestamptz NOT NULL,
            judged timestamptz,
            recorded timestamptz,
            grouped timestamptz,
            noticed timestamptz,
            planned timestamptz,
            sent timestamptz,
            received timestamptz,
            lost boolean NOT NULL DEFAULT false
        )
        """
    )
    op.execute("CREATE INDEX canaries_sampled ON canaries (sampled)")
    op.execute("ALTER TABLE alert_defaults ADD COLUMN hub_added_at timestamptz")
    op.execute(
        f"""
        INSERT INTO alert_rules (id, name, severity, definition, created_at, changed_at, changed_by)
        OVERRIDING SYSTEM VALUE VALUES (0, 'Canary', 'info', '{_RULE}', now(), now(), 'hub')
        """  # noqa: S608 - constant
    )
    op.execute(
        """
        INSERT INTO channels (id, name, kind, settings, sealed, enabled, allow_private, per_minute, digest_minutes,
            subject, body, created_at)
        OVERRIDING SYSTEM VALUE
        VALUES (0, '', 'canary', '{}', '', true, false, 600, 0, '', '', now())
        """
    )

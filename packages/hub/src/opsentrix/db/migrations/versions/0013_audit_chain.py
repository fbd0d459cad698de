"""The audit log becomes append-only and a hash chain, with signed checkpoints.

Revision ID: 0013
Revises: 0012
"""

import json
from dataclasses import replace

import sqlalchemy as sa
from alembic import op

from opsentrix.model.audit import START, Result, chained, content_of

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_AT_ONCE = 1000

COLUMNS = (
    """
    ALTER TABLE audit_log
        ADD COLUMN number bigint,
        ADD COLUMN result text NOT NULL DEFAULT 'ok',
        ADD COLUMN before jsonb,
        ADD COLUMN after jsonb,
        ADD COLUMN content bytea,
        ADD COLUMN hash bytea
    """,
    # One row: the chain's newest number and hash, and those of the newest entry that retention removed.
    """
    CREATE TABLE audit_head (
        single boolean PRIMARY KEY DEFAULT true CHECK (single),
        number bigint NOT NULL,
        hash bytea NOT NULL,
        anchor_number bigint NOT NULL DEFAULT 0,
        anchor_hash bytea NOT NULL
    )
    """,
    """
    CREATE TABLE audit_keys (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        public_key bytea NOT NULL UNIQUE,
        sealed bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    """
    CREATE TABLE audit_checkpoints (
        number bigint PRIMARY KEY,
        hash bytea NOT NULL,
        signed_at timestamptz NOT NULL,
        public_key bytea NOT NULL,
        signature bytea NOT NULL
    )
    """,
)

RULES = (
    "ALTER TABLE audit_log ALTER COLUMN content SET NOT NULL",
    "CREATE UNIQUE INDEX audit_log_number ON audit_log (number)",
    "CREATE INDEX audit_log_unchained ON audit_log (id) WHERE number IS NULL",
    "CREATE INDEX audit_log_actor ON audit_log (actor, number)",
    "CREATE INDEX audit_log_action ON audit_log (action, number)",
    # Deferred to the end of the transaction: whoever writes an entry early in a long one holds nobody up. The first
    # entry's trigger numbers all that this transaction wrote; nobody else's unchained ones are visible to it.
    """
    CREATE FUNCTION audit_chain() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        head audit_head%ROWTYPE;
        entry record;
    BEGIN
        IF (SELECT number IS NOT NULL FROM audit_log WHERE id = NEW.id) THEN
            RETURN NULL;
        END IF;
        SELECT * INTO STRICT head FROM audit_head FOR UPDATE;
        FOR entry IN SELECT id, time, content FROM audit_log WHERE number IS NULL ORDER BY id LOOP
            head.number := head.number + 1;
            head.hash := sha256(
                'opsentrix audit 1\\000'::bytea || head.hash || int8send(head.number)
                || int8send((extract(epoch FROM entry.time) * 1000000)::bigint) || entry.content
            );
            UPDATE audit_log SET number = head.number, hash = head.hash WHERE id = entry.id;
        END LOOP;
        UPDATE audit_head SET number = head.number, hash = head.hash;
        RETURN NULL;
    END
    $$
    """,
    """
    CREATE CONSTRAINT TRIGGER audit_chain AFTER INSERT ON audit_log DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION audit_chain()
    """,
    """
    CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' AND OLD.number IS NULL AND NEW.content = OLD.content THEN
            RETURN NEW;
        END IF;
        IF TG_OP = 'DELETE' AND OLD.number <= (SELECT anchor_number FROM audit_head) THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'The audit log is append-only.' USING ERRCODE = 'restrict_violation';
    END
    $$
    """,
    """
    CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit_log
    FOR EACH ROW EXECUTE FUNCTION audit_append_only()
    """,
    """
    CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()
    """,
)


def upgrade() -> None:
    """Chain the entries that are there, then make the log append-only."""
    for statement in COLUMNS:
        op.execute(statement)
    number, last = _chain_existing(op.get_bind())
    op.get_bind().execute(
        sa.text("INSERT INTO audit_head (number, hash, anchor_hash) VALUES (:number, :hash, :start)"),
        {"number": number, "hash": last, "start": START},
    )
    for statement in RULES:
        op.execute(statement)


def _chain_existing(bind: sa.Connection) -> tuple[int, bytes]:
    """Number and chain all entries in the order of their ids; return the last number and hash."""
    number, last, seen = 0, START, 0
    while True:
        rows = bind.execute(
            sa.text(
                "SELECT id, time, actor, action, target, address, detail::text FROM audit_log WHERE id > :seen"
                " ORDER BY id LIMIT :limit"
            ),
            {"seen": seen, "limit": _AT_ONCE},
        ).all()
        if not rows:
            return number, last
        chainings = []
        for row in rows:
            detail = json.loads(row.detail)
            # What once stood in the detail has columns of its own now.
            parts = {name: detail.pop(name) for name in ("before", "after") if isinstance(detail.get(name), dict)}
            content = content_of(row.actor, row.action, row.target, row.address, detail=detail, **parts)
            if row.action.endswith(".refuse"):
                content = replace(content, result=Result.REFUSED)
            number += 1
            last = chained(last, number, row.time, content.digest())
            chainings.append(
                {
                    "id": row.id, "number": number, "hash": last, "content": content.digest(), "actor": content.actor,
                    "action": content.action, "target": content.target, "address": content.address,
                    "result": str(content.result), "detail": json.dumps(content.detail),
                    "before": None if content.before is None else json.dumps(content.before),
                    "after": None if content.after is None else json.dumps(content.after),
                }
            )  # fmt: skip
        bind.execute(
            sa.text(
                "UPDATE audit_log SET number = :number, hash = :hash, content = :content, actor = :actor,"
                " action = :action, target = :target, address = :address, result = :result,"
                " before = CAST(:before AS jsonb), after = CAST(:after AS jsonb), detail = CAST(:detail AS jsonb)"
                " WHERE id = :id"
            ),
            chainings,
        )
        seen = rows[-1].id

"""What can have happened to an agent, put into the database as the hub would have left it."""

import uuid
from datetime import UTC, datetime, timedelta

from packages.hub.tests.kit.hub import RunningHub

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


async def add_alert(
    hub: RunningHub, agent_id: int, when: datetime, before: str, after: str, name: str = "CPU", **more: object
) -> None:
    fields = {"rule_id": 1, "incident_id": None, "fingerprint": name.encode().ljust(32, b"."), **more}
    await hub.fetch(
        """
        INSERT INTO alert_events (fingerprint, rule_id, rule_version, rule_name, agent_id, labels, severity, loss,
            before, after, at, recorded_at, incident_id)
        VALUES ($1, $2, 1, $3, $4, '{"device": "sda"}', 'warning', false, $5, $6, $7, $7, $8)
        """,
        fields["fingerprint"], fields["rule_id"], name, agent_id, before, after, when, fields["incident_id"],
    )  # fmt: skip


async def add_command(
    hub: RunningHub, agent_id: int, sent: datetime, ended: datetime | None, state: str, run: int | None = None
) -> int:
    [row] = await hub.fetch(
        """
        INSERT INTO commands (action, params, effect, reason, requested_by, created_at, expires_at, timeout_s,
            batch_size, pause_s, stop_after, turns, runs, state, runbook_run_id)
        VALUES ('service.restart', '{"unit": "nginx"}', 'disrupts', 'it hangs', 'ann', $1, $1, 60, 1, 0, 0, 1, 1,
            'running', $2)
        RETURNING id
        """,
        sent, run,
    )  # fmt: skip
    await hub.fetch(
        """
        INSERT INTO command_runs (command_id, agent_id, key, turn, state, sent_at, ended_at)
        VALUES ($1, $2, $3, 0, $4, $5, $6)
        """,
        row["id"], agent_id, uuid.uuid4().hex, state, sent, ended,
    )  # fmt: skip
    number: int = row["id"]
    return number


async def add_run(hub: RunningHub, agent_id: int, begun: datetime | None, **more: object) -> int:
    fields = {"state": "ended", "outcome": "done", "verdict": None, "ended_at": None, **more}
    [row] = await hub.fetch(
        """
        INSERT INTO runbook_runs (runbook_name, version, definition, sha256, agent_id, cause, state, requested_by,
            created_at, begun_at, outcome, verdict, ended_at, note)
        VALUES ('Free the disk', 1, '{}', '', $1, 'hand', $2, 'ann', $3, $4, $5, $6, $7, 'as planned') RETURNING id
        """,
        agent_id, fields["state"], begun or NOON, begun, fields["outcome"], fields["verdict"], fields["ended_at"],
    )  # fmt: skip
    number: int = row["id"]
    return number


async def add_mark(hub: RunningHub, when: datetime, title: str, agents: list[int] | None) -> None:
    await hub.fetch(
        """
        INSERT INTO annotations (kind, at, until, title, text, tags, url, agents, created_by, created_at)
        VALUES ('deploy', $1, $1, $2, 'from 1.3', '{}', 'https://ci.example/7', $3, 'ci', $1)
        """,
        when, title, agents,
    )  # fmt: skip

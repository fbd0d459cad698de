"""The machines that agents ran on, and hosts that use one identity."""

from datetime import datetime
from typing import Any

from opsentrix.db import Connection
from opsentrix.model.identity import Clone, Host

KEPT_MACHINES = 16
"""An agent that names ever new ones fills no more than this."""


async def machines(connection: Connection) -> dict[int, list[Host]]:
    """Return by agent the machines that it ran on, the newest last."""
    found: dict[int, list[Host]] = {}
    rows = await connection.fetch(
        "SELECT agent_id, run, machine, host AS name, address, seen_at FROM agent_machines ORDER BY seen_at"
    )
    for row in rows:
        fields = dict(row)
        found.setdefault(fields.pop("agent_id"), []).append(Host(**fields))
    return found


async def add_machine(connection: Connection, agent_id: int, host: Host) -> None:
    """Note the machine that an agent runs on now."""
    await connection.execute(
        """
        INSERT INTO agent_machines (agent_id, machine, host, address, run, seen_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (agent_id, machine) DO UPDATE SET host = excluded.host, address = excluded.address,
            run = excluded.run, seen_at = excluded.seen_at
        """,
        agent_id, host.machine, host.name, host.address, host.run, host.seen_at,
    )  # fmt: skip
    await connection.execute(
        """
        DELETE FROM agent_machines WHERE agent_id = $1 AND machine NOT IN
            (SELECT machine FROM agent_machines WHERE agent_id = $1 ORDER BY seen_at DESC LIMIT $2)
        """,
        agent_id, KEPT_MACHINES,
    )  # fmt: skip


async def everything(connection: Connection) -> list[Clone]:
    """Return all that was noticed and is not settled."""
    rows = await connection.fetch("SELECT agent_id, noticed_at, sides, kept FROM agent_clones")
    return [
        Clone(row["agent_id"], row["noticed_at"], (_host(row["sides"][0]), _host(row["sides"][1])), row["kept"])
        for row in rows
    ]


async def put(connection: Connection, clone: Clone) -> None:
    """Keep what was noticed, in place of what was noticed of this agent before."""
    await connection.execute(
        """
        INSERT INTO agent_clones (agent_id, noticed_at, sides, kept) VALUES ($1, $2, $3, $4)
        ON CONFLICT (agent_id) DO UPDATE SET noticed_at = excluded.noticed_at, sides = excluded.sides,
            kept = excluded.kept
        """,
        clone.agent_id, clone.noticed_at, [_plain(side) for side in clone.sides], clone.kept,
    )  # fmt: skip


async def settle(connection: Connection, agent_id: int) -> None:
    """Forget the machines and the clone of an agent whose identity is its own again."""
    await connection.execute("DELETE FROM agent_clones WHERE agent_id = $1", agent_id)
    await connection.execute("DELETE FROM agent_machines WHERE agent_id = $1", agent_id)


def _plain(host: Host) -> dict[str, str]:
    return {
        "run": host.run.hex(),
        "machine": host.machine,
        "name": host.name,
        "address": host.address,
        "seen_at": host.seen_at.isoformat(),
    }


def _host(plain: dict[str, Any]) -> Host:
    seen_at = datetime.fromisoformat(plain["seen_at"])
    return Host(bytes.fromhex(plain["run"]), plain["machine"], plain["name"], plain["address"], seen_at)

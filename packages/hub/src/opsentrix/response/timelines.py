"""What the timelines of incidents say of commands that people gave from them."""

from collections.abc import Collection, Sequence
from datetime import datetime

from opsentrix.db import Connection
from opsentrix.model.commands import OPEN, Command, Run
from opsentrix.model.incidents import Entry, EntryKind
from opsentrix.storage import agents, incidents

MAX_TOLD = 20
"""Of a command for more machines than these, the end on each is not told: the command's own page has them."""


async def tell_given(connection: Connection, command: Command, agent_ids: Collection[int], by: str) -> None:
    """Tell that a person gave a command, if they did so from an incident."""
    if command.incident_id is None:
        return
    names = await agents.names(connection, agent_ids)
    where = ", ".join(names.values()) if len(names) <= MAX_TOLD else f"{len(names)} agents"
    text = f"command {command.id}: {command.action} on {where}"
    entry = Entry(
        command.incident_id, command.created_at, EntryKind.COMMAND, text, by, agent_ids=tuple(names)
    )  # fmt: skip
    await incidents.add_entries(connection, [entry])


async def tell_ended(connection: Connection, command: Command, runs: Sequence[Run], now: datetime) -> None:
    """Tell how a command ended on machines, if a person gave it from an incident."""
    ended = [one for one in runs if one.state not in OPEN]
    if command.incident_id is None or command.runs > MAX_TOLD or not ended:
        return
    names = await agents.names(connection, [one.agent_id for one in ended])
    await incidents.add_entries(
        connection,
        [
            Entry(
                command.incident_id, now, EntryKind.COMMAND,
                f"command {command.id}: {command.action} on {names.get(one.agent_id, '')} "
                f"{one.state.replace('_', ' ')}" + (f": {one.error}" if one.error else ""),
                agent_ids=(one.agent_id,),
            )
            for one in ended
        ],
    )  # fmt: skip

"""Agents that go for good: one that a person deletes, many at once, those that nobody ever let in."""

from collections.abc import Sequence

from opsentrix.api.selection import noted
from opsentrix.api.services import Services
from opsentrix.model.agents import Agent
from opsentrix.storage import agents, alerts, audit


async def remove(services: Services, gone: Sequence[Agent], actor: str, address: str) -> None:
    """Delete agents with all their history: all of them or none.

    Raises:
        UnavailableError: the database is away; they are still there, and can be deleted again.
    """
    ids = [one.id for one in gone]
    # First they lose their way in, then their history goes: nothing can be written in between and stay behind.
    for agent_id in ids:
        services.registry.remove(agent_id)
        services.credentials.replace(agent_id, ())
        services.clones.forget(agent_id)
        services.sessions.end(agent_id, "the agent was deleted")
        services.layouts.forget(agent_id)
        services.recordings.forget(agent_id)
    await services.writer.forget(ids)
    async with services.registry.settled(), services.database.transaction() as connection:
        await agents.delete_history(connection, ids)
        await alerts.retire_agents(connection, ids, services.now())
        await agents.delete(connection, ids)
        if len(gone) == 1:
            await audit.add(
                connection, actor, "agent.delete", f"agent:{gone[0].id}", address,
                before={
                    "name": gone[0].name, "type": gone[0].type, "host": gone[0].host,
                    "environment": gone[0].environment, "tags": gone[0].tags,
                },
            )  # fmt: skip
        else:
            await audit.add(
                connection, actor, "agent.bulk_delete", "agents", address,
                before={"names": [one.name for one in gone]}, agents=noted(ids),
            )  # fmt: skip
    for agent_id in ids:
        services.latest.forget(agent_id)
        services.feed.agent_removed(agent_id)

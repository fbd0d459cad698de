"""From a scope to agents, remembered until agents change."""

from dataclasses import replace
from datetime import UTC, datetime

from opsentrix.fleet import visibility
from opsentrix.fleet.registry import Registry
from opsentrix.fleet.visibility import Visibility
from opsentrix.model.agents import Agent, AgentStatus
from opsentrix.model.users import Scope

PROD = Scope(environments=frozenset(("prod",)))
DB = Scope(tags=frozenset(("db",)))
EPOCH = datetime.fromtimestamp(0, UTC)


def agent(agent_id: int, environment: str, *tags: str) -> Agent:
    return Agent(
        agent_id, f"a{agent_id}", "server", "h", None, environment, {}, tags, AgentStatus.OFFLINE, None, "", 5.0, {},
        EPOCH,
    )  # fmt: skip


def registry_of(*agents: Agent) -> Registry:
    registry = Registry(None, lambda: 0.0, lambda: 0.0)  # type: ignore[arg-type]  # nothing here reads the database
    for one in agents:
        registry.add(one)
    return registry


def ids(found: Visibility, *scopes: Scope) -> set[int]:
    only = found.only(scopes)
    assert only is not None
    assert found.ids(scopes) is only
    return set(only)


def test_scopes_narrow_each_other() -> None:
    found = Visibility(registry_of(agent(1, "prod"), agent(2, "lab", "db"), agent(3, "prod", "db")))
    assert found.only(()) is None
    assert set(found.ids(())) == {1, 2, 3}
    assert ids(found, PROD) == {1, 3}
    assert ids(found, DB) == {2, 3}
    assert ids(found, PROD, DB) == {3}
    assert found.find((PROD,), 2) is None
    assert found.find((), 2) is not None
    assert found.find((), 77) is None


def test_what_is_remembered_follows_every_change_of_agents() -> None:
    registry = registry_of(agent(1, "prod"), agent(2, "lab"))
    found = Visibility(registry)
    first = found.only((PROD,))
    assert ids(found, PROD) == {1}
    registry.introduce(1, "2.0", 1.0, {"os": "linux"})
    registry.replace(replace(agent(2, "lab"), name="renamed"))
    registry.add(agent(4, "lab"))
    assert found.only((PROD,)) is first, "the same object while the same agents are within"
    registry.replace(agent(2, "prod"))
    assert ids(found, PROD) == {1, 2}
    registry.replace(agent(1, "prod", "db"))
    assert ids(found, DB) == {1}
    registry.add(agent(3, "prod"))
    registry.remove(1)
    assert ids(found, PROD) == {2, 3}
    assert ids(found, DB) == set()


def test_so_many_scopes_are_remembered_at_most() -> None:
    found = Visibility(registry_of(agent(1, "prod")))
    kept = found.only((PROD,))
    for number in range(visibility._KEPT + 10):
        found.only((Scope(tags=frozenset((f"t{number}",))),))
        assert found.only((PROD,)) is kept
    assert len(found._known) == visibility._KEPT

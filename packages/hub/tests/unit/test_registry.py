"""Who is alive, by a clock that the test sets."""

import asyncio
from datetime import UTC, datetime
from unittest.mock import AsyncMock, MagicMock

import pytest
from opsentrix.db import Database
from opsentrix.errors import UnavailableError
from opsentrix.fleet.registry import Registry, StatusChange, status_at
from opsentrix.model.agents import Agent, AgentStatus
from opsentrix.model.identity import Admission
from opsentrix.storage import agents

from packages.hub.tests.kit.hub import measured

ONLINE, OFFLINE, ERROR, MAINTENANCE = (
    AgentStatus.ONLINE, AgentStatus.OFFLINE, AgentStatus.ERROR, AgentStatus.MAINTENANCE,
)  # fmt: skip


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def an_agent(number: int = 1, interval: float = 10.0, status: AgentStatus = OFFLINE) -> Agent:
    return Agent(
        id=number, name=f"a{number}", type="server", host="h", port=None, environment="", metadata={}, tags=(),
        status=status, last_heartbeat=None, version="", reporting_interval=interval, facts={},
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def registry(clock: Clock) -> Registry:
    registry = Registry(MagicMock(spec=Database), clock, clock)
    registry.add(an_agent())
    return registry


@pytest.mark.parametrize("declared", [ONLINE, ERROR, MAINTENANCE])
@pytest.mark.parametrize(("silent", "alive"), [(0, True), (10, True), (20, True), (20.1, False), (1e6, False)])
def test_status_holds_for_two_intervals(silent: float, alive: bool, declared: AgentStatus) -> None:
    assert status_at(1000 + silent, 1000, 10, declared) is (declared if alive else OFFLINE)


def test_what_an_agent_says_of_itself_holds_even_if_it_is_offline() -> None:
    assert status_at(1000, 1000, 10, OFFLINE) is OFFLINE


def test_an_agent_comes_goes_and_comes_back(registry: Registry, clock: Clock) -> None:
    assert registry.sweep() == []
    registry.beat(1, None)
    assert registry.sweep() == [StatusChange(1, OFFLINE, ONLINE)]
    clock.now += 20
    assert registry.sweep() == []
    clock.now += 0.5
    assert registry.sweep() == [StatusChange(1, ONLINE, OFFLINE)]
    assert registry.sweep() == []
    registry.beat(1, None)
    assert registry.sweep() == [StatusChange(1, OFFLINE, ONLINE)]


def test_a_declared_status_stays_while_samples_come(registry: Registry, clock: Clock) -> None:
    registry.beat(1, MAINTENANCE)
    registry.beat(1, None)
    assert registry.sweep() == [StatusChange(1, OFFLINE, MAINTENANCE)]
    registry.beat(1, ONLINE)
    assert registry.sweep() == [StatusChange(1, MAINTENANCE, ONLINE)]


def test_an_agent_that_says_goodbye_is_offline_at_once(registry: Registry) -> None:
    registry.beat(1, ONLINE)
    registry.sweep()
    registry.beat(1, OFFLINE)
    assert registry.sweep() == [StatusChange(1, ONLINE, OFFLINE)]
    registry.beat(1, None)
    assert registry.sweep() == [StatusChange(1, OFFLINE, ONLINE)]


def test_a_new_interval_counts_at_once(registry: Registry, clock: Clock) -> None:
    registry.beat(1, ONLINE)
    registry.sweep()
    told = registry.introduce(1, "1.2.3", 60.0, {"os.type": "linux"})
    assert told is not None
    assert (told.version, told.reporting_interval, told.facts) == ("1.2.3", 60.0, {"os.type": "linux"})
    assert registry.introduce(1, "1.2.3", 60.0, {"os.type": "linux"}) is None
    clock.now += 100
    assert registry.sweep() == []


def test_last_heartbeat_is_when_it_was_heard(registry: Registry, clock: Clock) -> None:
    known = registry.get(1)
    assert known is not None
    assert known.last_heartbeat is None
    registry.beat(1, None)
    clock.now += 5
    assert known.last_heartbeat == datetime.fromtimestamp(1_000_000, UTC)


def test_what_people_change_leaves_what_the_agent_told(registry: Registry) -> None:
    registry.introduce(1, "1.2.3", 5.0, {"os.type": "linux"})
    # As people read it from the database before the agent's facts were written there.
    registry.replace(an_agent())
    known = registry.get(1)
    assert known is not None
    assert (known.agent.version, known.agent.reporting_interval) == ("1.2.3", 5.0)
    assert known.agent.facts == {"os.type": "linux"}


def test_what_people_change_of_an_agent_does_not_let_it_in_again(registry: Registry) -> None:
    registry.admit(1, Admission.REVOKED)
    registry.replace(an_agent())  # read before it was revoked
    assert registry.admission(1) is Admission.REVOKED


def test_strangers_and_the_deleted_are_nobody(registry: Registry) -> None:
    registry.remove(1)
    registry.remove(1)
    for agent in (1, 2):
        registry.beat(agent, ONLINE)
        assert registry.introduce(agent, "", 1, {}) is None
        assert registry.get(agent) is None
    registry.admit(1, Admission.REVOKED)
    assert registry.admission(1) is None
    assert registry.sweep() == []


def test_counts_agents_by_status(registry: Registry) -> None:
    registry.add(an_agent(2))
    registry.beat(2, ERROR)
    registry.sweep()
    assert {one: measured("opsentrix_agents", status=one) for one in AgentStatus} == {
        ONLINE: 0, OFFLINE: 1, ERROR: 1, MAINTENANCE: 0,
    }  # fmt: skip


async def test_an_older_state_is_never_written_after_a_newer_one(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[AgentStatus] = []
    go_on = asyncio.Event()
    calls = 0

    async def slow_at_first(_: object, liveness: list[tuple[int, AgentStatus, object]]) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            await go_on.wait()
        written.append(liveness[0][1])

    monkeypatch.setattr(agents, "set_liveness", slow_at_first)
    registry.beat(1, ONLINE)
    registry.sweep()
    first = asyncio.create_task(registry.flush())
    await asyncio.sleep(0)
    registry.beat(1, ERROR)
    registry.sweep()
    second = asyncio.create_task(registry.flush())
    await asyncio.sleep(0.01)
    go_on.set()
    await asyncio.gather(first, second)
    assert written == [ONLINE, ERROR]


async def test_what_could_not_be_written_is_written_later(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    write = AsyncMock(side_effect=[UnavailableError("away"), None])
    monkeypatch.setattr(agents, "set_liveness", write)
    registry.beat(1, ONLINE)
    with pytest.raises(UnavailableError):
        await registry.flush()
    await registry.flush()
    await registry.flush()
    assert write.await_count == 2

"""The planner: who is asked next, when a ring is over, when to stop. Time is a number of seconds."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from opsentrix.model.upgrades import (
    ANSWER_WITHIN,
    AT_ONCE,
    FAILURES,
    AgentState,
    Release,
    Rollout,
    RolloutAgent,
    RolloutState,
    Step,
    rings_of,
    step,
)

START = datetime(2026, 1, 1, tzinfo=UTC)
SOAK = 600
S = AgentState


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


class Fleet:
    """A rollout and its agents, stepped as the hub does."""

    def __init__(self, *rings: Sequence[int], max_failures: int = 0) -> None:
        self.rollout = Rollout(
            1, bytes(16), Release("2.0", "0" * 64, 1, ()), timedelta(seconds=SOAK), max_failures,
            RolloutState.RUNNING, "", 0, len(rings), None, "admin", START, START,
        )  # fmt: skip
        self.agents = {one: RolloutAgent(one, number, S.WAITING) for number, ring in enumerate(rings) for one in ring}
        self.online = set(self.agents)

    def step(self, seconds: float = 0) -> Step:
        done = step(self.rollout, list(self.agents.values()), self.online, at(seconds))
        self.rollout = replace(self.rollout, state=done.state, ring=done.ring, ring_done_at=done.ring_done_at)
        for one in done.ask:
            self.agents[one] = replace(self.agents[one], state=S.ASKED, asked_at=at(seconds))
        self.set(S.LOST, *done.lost)
        return done

    def set(self, state: AgentState, *agents: int) -> None:
        for one in agents:
            self.agents[one] = replace(self.agents[one], state=state)


@pytest.mark.parametrize(
    ("count", "shares", "sizes"),
    [
        (100, ["1", "10%", "100%"], [1, 9, 90]),
        (3, ["1", "10%", "100%"], [1, 2]),
        (1, ["1", "10%", "100%"], [1]),
        (0, ["1", "100%"], []),
        (11, ["10%", "100%"], [2, 9]),
        (2, ["5", "100%"], [2]),
    ],
)
def test_rings_are_shares_of_the_agents(count: int, shares: list[str], sizes: list[int]) -> None:
    agents = list(range(count))
    rings = rings_of(agents, shares)
    assert [len(ring) for ring in rings] == sizes
    assert [one for ring in rings for one in ring] == agents


def test_one_ring_after_the_other_with_time_to_look_between() -> None:
    fleet = Fleet([1], [2, 3])
    assert fleet.step().ask == [1]
    assert fleet.step(1).ask == []
    fleet.set(S.CONFIRMED, 1)
    assert fleet.step(10).ask == []
    assert fleet.step(9 + SOAK).ask == []
    assert fleet.step(10 + SOAK).ask == [2, 3]
    fleet.set(S.CONFIRMED, 2)
    assert fleet.step(11 + SOAK).state is RolloutState.RUNNING
    fleet.set(S.CONFIRMED, 3)
    assert fleet.step(12 + SOAK).state is RolloutState.FINISHED


@pytest.mark.parametrize("failure", sorted(FAILURES))
def test_a_failure_too_many_ends_it(failure: AgentState) -> None:
    fleet = Fleet([1], [2, 3])
    fleet.step()
    fleet.set(failure, 1)
    done = fleet.step(1)
    assert (done.state, done.ask) == (RolloutState.HALTED, [])
    assert "1 of the agents failed, and 0 may" in done.reason


def test_as_many_failures_as_are_allowed_do_not_end_it() -> None:
    fleet = Fleet([1, 2], [3], max_failures=1)
    assert fleet.step().ask == [1, 2]
    fleet.set(S.REVERTED, 1)
    fleet.set(S.CONFIRMED, 2)
    fleet.step(1)
    assert fleet.step(1 + SOAK).ask == [3]
    fleet.set(S.FAILED, 3)
    assert fleet.step(2 + SOAK).state is RolloutState.HALTED


def test_a_ring_in_which_nobody_came_through_is_the_last() -> None:
    fleet = Fleet([1], [2, 3], max_failures=5)
    fleet.step()
    fleet.set(S.REFUSED, 1)
    assert "No agent of ring 1" in fleet.step(1).reason


def test_those_that_are_away_hold_nobody_up_and_are_asked_when_they_come_back() -> None:
    fleet = Fleet([1, 2], [3])
    fleet.online = {1, 3}
    assert fleet.step().ask == [1]
    fleet.set(S.CONFIRMED, 1)
    fleet.step(1)
    assert fleet.step(1 + SOAK).ask == [3]
    fleet.set(S.CONFIRMED, 3)
    assert fleet.step(2 + SOAK).state is RolloutState.RUNNING
    fleet.online = {1, 2, 3}
    assert fleet.step(9000).ask == [2]


def test_a_first_ring_that_is_away_is_waited_for() -> None:
    fleet = Fleet([1], [2])
    fleet.online = {2}
    for seconds in (0, SOAK, 9 * SOAK):
        done = fleet.step(seconds)
        assert (done.ask, done.ring, done.state) == ([], 0, RolloutState.RUNNING)


def test_who_was_asked_and_says_nothing_has_failed() -> None:
    fleet = Fleet([1], [2])
    fleet.step()
    limit = ANSWER_WITHIN.total_seconds()
    assert fleet.step(limit).lost == []
    done = fleet.step(limit + 1)
    assert (done.lost, done.state) == ([1], RolloutState.HALTED)


def test_a_paused_rollout_asks_nobody_and_sees_failures() -> None:
    fleet = Fleet([1], [2, 3])
    fleet.step()
    fleet.rollout = replace(fleet.rollout, state=RolloutState.PAUSED)
    fleet.set(S.CONFIRMED, 1)
    assert fleet.step(1).ask == []
    assert fleet.step(9 * SOAK).ask == []
    fleet.rollout = replace(fleet.rollout, state=RolloutState.RUNNING)
    assert fleet.step(9 * SOAK).ask == [2, 3]
    fleet.rollout = replace(fleet.rollout, state=RolloutState.PAUSED)
    fleet.set(S.REVERTED, 2)
    assert fleet.step(9 * SOAK).state is RolloutState.HALTED


def test_so_many_are_asked_at_a_time() -> None:
    fleet = Fleet(range(200))
    assert len(fleet.step().ask) == AT_ONCE
    assert fleet.step(1).ask == []
    fleet.set(S.CONFIRMED, *range(10))
    fleet.set(S.DOWNLOADING, *range(10, 20))
    assert len(fleet.step(2).ask) == 10


def test_a_ring_whose_agents_were_deleted_is_over() -> None:
    fleet = Fleet([1], [2])
    del fleet.agents[1]
    fleet.step()
    assert fleet.step(SOAK).ask == [2]

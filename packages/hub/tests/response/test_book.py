"""What is done with a command: pure, at moments of the test's choice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from opsentrix.model.commands import (
    OPEN,
    OUTPUT_PER_COMMAND,
    OUTPUT_PER_RUN,
    Batch,
    Command,
    CommandState,
    Effect,
    Ending,
    Run,
    RunState,
    output_limit,
)
from opsentrix.response import book
from opsentrix.response.book import Presence, Step

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def command(agents: int = 1, **change: object) -> Command:
    made = Command(
        id=1, action="service.restart", params="{}", effect=Effect.DISRUPTS, reason="", requested_by="ann",
        requester_id=1, created_at=NOW, expires_at=NOW + HOUR, timeout_s=0, batch=Batch(agents), turns=1, runs=agents,
        state=CommandState.RUNNING,
    )  # fmt: skip
    return replace(made, **change)  # type: ignore[arg-type]  # any field, by name


def run(agent: int = 1, state: RunState = RunState.WAITING, turn: int = 0, **change: object) -> Run:
    made = Run(id=agent, command_id=1, agent_id=agent, key=f"k{agent}", turn=turn, state=state, sent_at=NOW)
    return replace(made, **change)  # type: ignore[arg-type]  # any field, by name


def step(
    one: Command, *runs: Run, bad: int = 0, there: set[int] | None = None, lost: set[int] | None = None,
    settled: bool = True, now: datetime = NOW,
) -> Step:  # fmt: skip
    present = {each.agent_id for each in runs} if there is None else there
    return book.step(one, runs, bad, Presence(present, lost or set(), settled), now)


def sent(done: Step) -> list[int]:
    return [one.agent_id for one in done.send]


class World:
    """A command that is stepped until nothing changes, by agents that end as they are told."""

    def __init__(self, agents: int, batch: Batch, ends: dict[int, RunState], away: set[int] | None = None) -> None:
        turns = -(-agents // batch.size)
        self.command = command(agents, batch=batch, turns=turns)
        self.runs = {one: run(one, turn=(one - 1) // batch.size) for one in range(1, agents + 1)}
        self.there = set(self.runs) - (away or set())
        self.ends = ends
        self.most = 0
        self.order: list[int] = []
        self.now = NOW

    def play(self, seconds: int = 100) -> None:
        for _ in range(seconds):
            open_runs = [one for one in self.runs.values() if one.state in OPEN]
            bad = sum(one.state in (RunState.FAILED, RunState.UNKNOWN) for one in self.runs.values())
            done = book.step(self.command, open_runs, bad, Presence(self.there), self.now)
            self.command = done.command
            for one in done.changed:
                self.runs[one.id] = one
            for one in done.send:
                self.runs[one.id] = replace(one, state=RunState.SENT)
                self.order.append(one.agent_id)
            under_way = [one for one in self.runs.values() if one.state is RunState.SENT]
            self.most = max(self.most, len(under_way))
            for one in under_way[:1]:
                state = self.ends.get(one.agent_id, RunState.SUCCEEDED)
                self.runs[one.id] = replace(one, state=state, ended_at=self.now)
            if self.command.ended_at is not None:
                return
            self.now += timedelta(seconds=1)


def test_all_are_sent_at_once_without_batches_as_far_as_they_are_there() -> None:
    done = step(command(3), run(1), run(2), run(3), there={1, 3})
    assert sent(done) == [1, 3]
    assert done.command.ended_at is None


def test_a_command_ends_when_no_run_is_open() -> None:
    assert step(command()).command == replace(command(), state=CommandState.FINISHED, turn_over_at=NOW, ended_at=NOW)


@pytest.mark.parametrize("size", [1, 2, 3, 10])
def test_no_more_than_a_batch_is_ever_under_way_and_all_have_their_turn(size: int) -> None:
    world = World(10, Batch(size), {})
    world.play()
    assert (world.most, sorted(world.order), world.order) == (size, list(range(1, 11)), sorted(world.order))
    assert world.command.state is CommandState.FINISHED


def test_the_next_batch_waits_for_the_pause() -> None:
    one = command(2, batch=Batch(1, pause_s=30), turns=2)
    done = step(one, run(2, turn=1))
    assert (sent(done), done.command.turn_over_at) == ([], NOW)
    assert sent(step(done.command, run(2, turn=1), now=NOW + timedelta(seconds=29))) == []
    assert sent(step(done.command, run(2, turn=1), now=NOW + timedelta(seconds=30))) == [2]


def test_a_batch_does_not_wait_for_who_is_away_but_sends_it_when_it_comes() -> None:
    world = World(3, Batch(1), {}, away={1})
    world.play(10)
    assert world.order == [2, 3]
    world.there.add(1)
    world.play()
    assert world.order == [2, 3, 1]


def test_right_after_the_hubs_start_nobody_counts_as_away() -> None:
    one = command(2, batch=Batch(1), turns=2)
    runs = (run(1), run(2, turn=1))
    assert sent(step(one, *runs, there={2}, settled=False)) == []
    assert sent(step(one, *runs, there={2}, settled=True)) == [2]


@pytest.mark.parametrize(("stop_after", "reached"), [(1, [1, 2]), (2, [1, 2, 3, 4]), (0, [1, 2, 3, 4, 5])])
def test_it_stops_after_so_many_that_did_not_end_well(stop_after: int, reached: list[int]) -> None:
    world = World(5, Batch(1, stop_after=stop_after), {2: RunState.FAILED, 4: RunState.UNKNOWN})
    world.play()
    assert world.order == reached
    stopped = stop_after > 0
    assert (world.command.state is CommandState.STOPPED) == stopped
    assert [one.state for one in world.runs.values()].count(RunState.CANCELLED) == 5 - len(reached)


def test_what_expired_is_never_sent_and_what_is_under_way_goes_on() -> None:
    late = NOW + HOUR
    done = step(command(2), run(1), run(2, RunState.RUNNING, started_at=late), now=late)
    assert (sent(done), [(one.agent_id, one.state) for one in done.changed]) == ([], [(1, RunState.EXPIRED)])
    assert done.command.ended_at is None


@pytest.mark.parametrize("state", [one for one in CommandState if one is not CommandState.RUNNING])
def test_only_a_running_command_sends(state: CommandState) -> None:
    assert step(command(state=state), run()).send == []


def test_approval_that_does_not_come_expires_all_of_it() -> None:
    done = step(command(state=CommandState.AWAITING_APPROVAL), run(), now=NOW + HOUR)
    assert (done.command.state, done.command.note) == (CommandState.EXPIRED, book.NO_APPROVAL)
    assert [one.state for one in done.changed] == [RunState.EXPIRED]


def test_the_lost_and_the_silent_become_unknown() -> None:
    done = step(command(2), run(1, RunState.SENT), run(2, RunState.RUNNING), there={2}, lost={1})
    assert [(one.agent_id, one.state, one.error) for one in done.changed] == [(1, RunState.UNKNOWN, book.LOST)]
    silent = step(command(), run(1, RunState.SENT), now=NOW + HOUR + timedelta(seconds=61))
    assert [(one.state, one.error) for one in silent.changed] == [(RunState.UNKNOWN, book.SAID_NOTHING)]
    late = NOW + timedelta(hours=1, seconds=59)
    assert step(command(), run(1, RunState.RUNNING, started_at=NOW), now=late).changed == []


def test_an_unknown_run_stops_the_batches_behind_it_at_once() -> None:
    one = command(2, batch=Batch(1, stop_after=1), turns=2)
    done = step(one, run(1, RunState.SENT), run(2, turn=1), lost={1})
    assert done.command.state is CommandState.STOPPED
    assert {each.agent_id: each.state for each in done.changed} == {1: RunState.UNKNOWN, 2: RunState.CANCELLED}


def test_a_busy_agent_is_asked_again_later_and_not_at_once() -> None:
    waiting = run(retry_at=NOW + timedelta(seconds=5))
    assert sent(step(command(), waiting)) == []
    assert sent(step(command(), waiting, now=NOW + timedelta(seconds=5))) == [1]


@pytest.mark.parametrize(
    ("change", "of_command", "again"),
    [
        ({}, {}, True),
        ({"state": RunState.UNKNOWN}, {}, True),
        ({"state": RunState.UNKNOWN}, {"state": CommandState.FINISHED}, True),
        ({"taken": True}, {}, False),
        ({"cancelling": True}, {}, False),
        ({"message": None}, {}, False),
        ({"state": RunState.RUNNING}, {}, False),
        ({"state": RunState.SUCCEEDED}, {}, False),
        ({"state": RunState.WAITING}, {}, False),
        ({}, {"state": CommandState.STOPPED}, False),
        ({}, {"state": CommandState.CANCELLED}, False),
        ({}, {"expires_at": NOW}, False),
    ],
)
def test_only_what_nothing_shows_to_be_taken_is_sent_again(
    change: dict[str, Any], of_command: dict[str, Any], again: bool
) -> None:
    one = replace(run(1, RunState.SENT, message=b"m"), **change)
    assert book.to_resend(one, command(**of_command), NOW) is again


def ending(state: RunState, error: str = "", code: int = 0) -> Ending:
    return Ending(state, code, 10, error, truncated=False, output_bytes=0, started_at=None)


def test_only_a_busy_refusal_of_something_untaken_is_asked_again() -> None:
    busy = ending(RunState.REFUSED, "Too much: busy.")
    for one, of_command, state in (
        (run(1, RunState.SENT), command(), RunState.WAITING),
        (run(1, RunState.RUNNING, taken=True), command(), RunState.REFUSED),
        (run(1, RunState.SENT, cancelling=True), command(), RunState.REFUSED),
        (run(1, RunState.SENT), command(state=CommandState.STOPPED), RunState.REFUSED),
        (run(1, RunState.SENT), command(expires_at=NOW), RunState.REFUSED),
    ):
        after = book.with_result(one, of_command, busy, NOW)
        assert after is not None
        assert after.state is state
    other = book.with_result(run(1, RunState.SENT), command(), ending(RunState.REFUSED, "busy. Not."), NOW)
    assert other is not None
    assert other.state is RunState.REFUSED


@pytest.mark.parametrize("state", [one for one in RunState if one not in (RunState.SENT, RunState.RUNNING)])
def test_an_end_is_told_once(state: RunState) -> None:
    news = book.with_result(run(1, state), command(), ending(RunState.SUCCEEDED), NOW)
    assert (news is not None) == (state is RunState.UNKNOWN)


def test_an_agent_that_says_unknown_says_it_once() -> None:
    after = book.with_result(run(1, RunState.RUNNING), command(), ending(RunState.UNKNOWN), NOW)
    assert after is not None
    assert book.with_result(after, command(), ending(RunState.UNKNOWN), NOW) is None
    assert book.with_result(after, command(), ending(RunState.SUCCEEDED), NOW) is not None


def test_pieces_count_once_and_what_is_missing_is_told() -> None:
    first = book.with_output(run(1, RunState.SENT), 1, 5, 100, NOW)
    assert first is not None
    assert (first[0].state, first[0].taken, first[1], first[0].output_truncated) == (RunState.RUNNING, True, 5, False)
    assert book.with_output(first[0], 1, 5, 100, NOW) is None
    later = book.with_output(first[0], 3, 5, 100, NOW)
    assert later is not None
    assert (later[1], later[0].output_truncated) == (5, True)
    full = book.with_output(first[0], 2, 500, 100, NOW)
    assert full is not None
    assert (full[1], full[0].output_kept, full[0].output_bytes, full[0].output_truncated) == (95, 100, 505, True)
    many = book.with_output(run(1, RunState.RUNNING), book.MAX_PIECES + 1, 5, 100, NOW)
    assert many is not None
    assert many[1] == 0


def test_all_runs_together_fill_no_disk() -> None:
    assert output_limit(1) == OUTPUT_PER_RUN
    assert output_limit(10_000) * 10_000 <= OUTPUT_PER_COMMAND


def test_a_run_that_goes_on_after_all_opens_its_command() -> None:
    ended = command(state=CommandState.FINISHED, ended_at=NOW)
    assert (book.reopened(ended).state, book.reopened(ended).ended_at) == (CommandState.RUNNING, None)
    stopped = command(state=CommandState.STOPPED, ended_at=NOW)
    assert book.reopened(stopped).state is CommandState.STOPPED

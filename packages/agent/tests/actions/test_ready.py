"""An executor that is begun ahead: at most one, for a while, and never in the way of a command."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from opsentrix_agent.actions import relay as relaying

from .support import Place, Result, alive, make_place
from .test_relay import Talk, executors, job, script

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = make_place(tmp_path, {"script": {"names": ["job", "other"]}}, per_hour=600)
    job(place, "echo $PPID")
    return place


@pytest.fixture
def talk(place: Place) -> Iterator[Talk]:
    with_relay = Talk(place)
    with_relay.relay.begin()
    with_relay.relay.welcomed(acks=True)
    yield with_relay
    with_relay.relay.stop(5)


def ready(talk: Talk) -> int:
    """Wait until an executor is ready, and return its process id."""
    talk.wait(lambda: ("ready", "") in talk.relay._children)
    return talk.relay._children["ready", ""].pid


def said(talk: Talk) -> list[int]:
    """Return which executors the job said that it had, in order."""
    return [int(one.data) for one in talk.outputs if one.data]


def test_it_takes_the_next_command_and_another_one_follows(talk: Talk, place: Place) -> None:
    assert executors(place) == []
    for _ in range(1000):
        talk.relay.expect()
    first = ready(talk)
    assert executors(place) == [first]
    for number in range(2):
        expected = ready(talk)
        talk.send(made := script())
        assert talk.result(made).status == Result.STATUS_SUCCEEDED
        assert said(talk)[number] == expected
    assert said(talk)[0] == first != said(talk)[1]


def test_it_follows_what_the_policy_says_when_the_command_comes(talk: Talk, place: Place) -> None:
    talk.relay.expect()
    ready(talk)
    place.write_policy({"actions": {}, "signers": {"hub": True}})
    talk.send(made := script())
    assert talk.result(made).status == Result.STATUS_REFUSED


def test_it_is_dismissed_when_nobody_needs_it(talk: Talk, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    talk.relay.expect()
    waiting = ready(talk)
    talk.relay._ready_until = 0.0
    talk.relay._waker.wake()
    talk.wait(lambda: ("ready", "") not in talk.relay._children)
    assert not alive(waiting)
    monkeypatch.setattr(relaying, "READY_S", 0.0)
    talk.send(made := script())
    assert talk.result(made).status == Result.STATUS_SUCCEEDED
    talk.wait(lambda: executors(place) == [])


def test_one_that_dies_is_not_begun_again_by_itself_and_stops_no_command(talk: Talk, place: Place) -> None:
    talk.relay.expect()
    os.kill(ready(talk), signal.SIGKILL)
    talk.wait(lambda: ("ready", "") not in talk.relay._children)
    assert talk.relay._ready_until == 0.0
    talk.send(made := script())
    assert talk.result(made).status == Result.STATUS_SUCCEEDED


def test_one_that_died_unseen_leaves_the_command_to_another(place: Place) -> None:
    talk = Talk(place)  # whose thread is not begun: what it does is done here, step by step
    talk.relay.expect()
    talk.relay._keep_ready(0.0)
    waiting = talk.relay._children["ready", ""].pid
    os.kill(waiting, signal.SIGKILL)
    os.waitid(os.P_PID, waiting, os.WEXITED | os.WNOWAIT)
    talk.send(made := script())
    talk.relay._begin_waiting()
    while not talk.results:
        talk.relay._turn(1.0)
        talk.listen()
    assert [one.status for one in talk.results] == [Result.STATUS_SUCCEEDED]
    assert talk.results[0].command_id == made.id
    talk.relay.stop(0)
    talk.relay.run()  # which only tidies up then


def test_a_command_whose_executor_dies_before_it_begins_is_told(talk: Talk, place: Place) -> None:
    talk.relay.expect()
    waiting = ready(talk)
    os.kill(waiting, signal.SIGSTOP)
    talk.send(made := script())
    talk.wait(lambda: ("run", made.id) in talk.relay._children)
    os.kill(waiting, signal.SIGKILL)
    result = talk.result(made)
    assert (result.status, result.error) == (Result.STATUS_REFUSED, "Its executor ended before it was begun.")
    assert said(talk) == []
    talk.send(again := script())
    assert talk.result(again).status == Result.STATUS_SUCCEEDED

"""The agent's part: real executors, bounded queues, results until they are acknowledged."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from opsentrix_agent.actions import relay as relaying
from opsentrix_agent.actions.relay import BURST, HELD_BYTES, MAX_RUNNING, MAX_WAITING, Relay
from opsentrix_protocol import opsentrix_pb2 as pb

from .support import Place, Result, alive, live, make_place

pytestmark = pytest.mark.timeout(60)
PROGRAM = [sys.executable, "-m", "opsentrix_agent"]


class Talk:
    """A relay and what it says."""

    def __init__(self, place: Place) -> None:
        self.outputs: list[pb.CommandOutput] = []
        self.results: list[pb.CommandResult] = []
        self.states: list[pb.PolicyState] = []
        self._woken = threading.Event()
        self.relay = Relay(PROGRAM, place.state_dir, place.config, self._woken.set, self._told)

    def _told(self, state: pb.PolicyState) -> None:
        self.states.append(state)
        self._woken.set()

    def send(self, command: pb.Command) -> None:
        for answer in self.relay.command(command):
            self._take(answer)

    def listen(self) -> None:
        while (data := self.relay.poll()) is not None:
            self._take(data)

    def _take(self, data: bytes) -> None:
        message = pb.AgentMessage.FromString(data)
        if message.HasField("command_output"):
            self.outputs.append(message.command_output)
        else:
            self.results.append(message.command_result)

    def wait(self, until: Callable[[], bool]) -> None:
        end = time.monotonic() + 30
        while not until():
            assert time.monotonic() < end
            self._woken.wait(0.2)
            self._woken.clear()
            self.listen()

    def result(self, command: pb.Command) -> pb.CommandResult:
        self.wait(lambda: any(one.command_id == command.id for one in self.results))
        return next(one for one in self.results if one.command_id == command.id)

    def ack(self, command: pb.Command, seq: int = 1 << 32, *, result: bool = True) -> None:
        self.relay.acked(pb.CommandAck(command_id=command.id, output_seq=seq, result=result))

    def acknowledge_until_the_result(self, command: pb.Command) -> None:
        while not self.results:
            self.wait(lambda: bool(self.outputs) or bool(self.results))
            self.ack(command, max((one.seq for one in self.outputs), default=0), result=False)
            self.listen()

    def settle(self) -> None:
        """Have a process settle, from its beginning to its end."""
        self.wait(lambda: ("settle", "") not in self.relay._children)
        self.relay._settle_at = time.monotonic()
        self.relay._waker.wake()
        self.wait(lambda: not self.relay._settle_at)
        self.wait(lambda: ("settle", "") not in self.relay._children)

    def wait_for_output(self, text: bytes) -> None:
        self.wait(lambda: text in b"".join(one.data for one in self.outputs))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path, {"script": {"names": ["job", "other"]}}, per_hour=600)


@pytest.fixture
def talk(place: Place) -> Iterator[Talk]:
    with_relay = Talk(place)
    with_relay.relay.begin()
    with_relay.relay.welcomed(acks=True)
    yield with_relay
    with_relay.relay.stop(5)


def job(place: Place, code: str, name: str = "job") -> None:
    place.write_script(name, f"#!/bin/sh\n{code}\n")


def script(name: str = "job") -> pb.Command:
    return live("script", {"name": name})


def executors(place: Place) -> list[int]:
    """Return the executors of a place that run."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and alive(int(folder.name)):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if b"execute" in words and b"run" in words and str(place.state_dir).encode() in words:
                found.append(int(folder.name))
    return found


def test_a_command_is_followed_and_told_until_the_hub_has_it(talk: Talk, place: Place) -> None:
    job(place, "echo hello")
    talk.send(made := script())
    assert talk.result(made).status == Result.STATUS_SUCCEEDED
    talk.relay.welcomed(acks=True)
    talk.listen()
    assert [one.status for one in talk.results] == [Result.STATUS_SUCCEEDED] * 2
    assert [one.seq for one in talk.outputs] == [1, 2, 1, 2]
    talk.ack(made, 1, result=False)
    talk.relay.welcomed(acks=True)
    talk.listen()
    assert [one.seq for one in talk.outputs][4:] == [2]
    talk.ack(made)
    talk.relay.welcomed(acks=True)
    talk.listen()
    assert len(talk.results) == 3
    talk.wait(lambda: place.history().runs[made.id].acked)


def test_what_was_not_acknowledged_is_told_by_the_next_agent(talk: Talk, place: Place) -> None:
    job(place, "exit 4")
    talk.send(made := script())
    talk.result(made)
    talk.relay.stop(5)
    following = Talk(place)
    following.relay.begin()
    assert (following.result(made).status, following.result(made).exit_code) == (Result.STATUS_FAILED, 4)
    following.ack(made)
    following.wait(lambda: place.history().runs[made.id].acked)
    following.relay.stop(5)
    last = Talk(place)
    last.relay.begin()
    last.wait(lambda: ("settle", "") not in last.relay._children)
    assert last.results == []
    last.relay.stop(5)


def test_the_hub_is_told_what_the_policy_allows_and_when_that_changes(
    talk: Talk, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert '"script":{"allowed":{"names":["job","other"]}' in talk.states[0].allowed_json
    monkeypatch.setattr(relaying, "LOOK_EACH_S", 0.05)
    talk.relay._look_at = 0.0
    place.write_policy({"actions": {"no.such": {}}})
    talk.relay._waker.wake()
    talk.wait(lambda: len(talk.states) > 1)
    assert talk.states[-1].allowed_json == ""
    assert "actions.no.such: there is no such action" in talk.states[-1].problem


def test_a_command_that_comes_again_is_not_taken_twice(talk: Talk, place: Place, tmp_path: Path) -> None:
    job(place, f"echo x >>{tmp_path}/runs; echo begun; sleep 0.2")
    talk.send(made := script())
    talk.send(made)
    talk.wait_for_output(b"begun")
    talk.send(made)
    talk.result(made)
    talk.send(made)
    talk.listen()
    assert [one.status for one in talk.results] == [Result.STATUS_SUCCEEDED] * 2
    assert (tmp_path / "runs").read_text() == "x\n"


def test_cancelled_while_it_runs_and_before_it_runs(talk: Talk, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relaying, "MAX_RUNNING", 1)
    job(place, "echo begun; sleep 600")
    talk.send(first := script())
    talk.wait_for_output(b"begun")
    talk.send(second := script("other"))
    talk.relay.cancel(second.id)
    assert talk.result(second).error == "It was cancelled before it began."
    talk.relay.cancel("nothing")
    talk.relay.cancel(first.id)
    assert talk.result(first).status == Result.STATUS_CANCELLED


def test_a_thousand_commands_in_a_second_are_bounded(talk: Talk, place: Place) -> None:
    job(place, "echo begun; sleep 600")
    made = [script() for _ in range(1000)]
    for one in made:
        talk.send(one)
    busy = [one for one in talk.results if one.status == Result.STATUS_REFUSED and one.error.endswith("busy.")]
    assert len(busy) >= 1000 - BURST - 2
    assert len(talk.relay._waiting) <= MAX_WAITING
    taken = [one for one in made if one.id not in {answer.command_id for answer in busy}]
    talk.wait(lambda: sum(answer.status == Result.STATUS_REFUSED for answer in talk.results) >= 999)
    assert len(executors(place)) <= MAX_RUNNING
    for one in taken:
        talk.relay.cancel(one.id)
    talk.wait(lambda: len(talk.results) == 1000)


def test_output_waits_behind_a_hub_that_takes_none(talk: Talk, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    turns, turn = 0, talk.relay._turn

    def counted(wait_s: float) -> None:
        nonlocal turns
        turn(wait_s)
        turns += 1
        talk.relay._waker.wake()

    monkeypatch.setattr(talk.relay, "_turn", counted)
    job(place, "head -c 900000 /dev/zero; echo end")
    talk.send(made := script())
    talk.wait(lambda: talk.relay._held_bytes >= HELD_BYTES)
    until = turns + 500  # in each of which it could read
    talk.wait(lambda: turns > until)
    assert talk.relay._held_bytes < HELD_BYTES + 128 * 1024
    talk.acknowledge_until_the_result(made)
    assert len({one.seq for one in talk.outputs}) == max(one.seq for one in talk.outputs)
    assert sum(len(data) for data in {one.seq: one.data for one in talk.outputs}.values()) == 900_004
    talk.ack(made)
    assert talk.relay._held_bytes == 0


def test_what_settles_tells_no_result_ahead_of_output_that_waits(talk: Talk, place: Place) -> None:
    job(place, "head -c 900000 /dev/zero")
    talk.send(made := script())
    talk.wait(lambda: made.id in (runs := place.history().runs) and runs[made.id].ended is not None)
    talk.wait(lambda: talk.relay._held_bytes >= HELD_BYTES)
    talk.settle()
    assert not talk.results
    talk.acknowledge_until_the_result(made)
    assert sum(len(one.data) for one in talk.outputs) == talk.results[0].output_bytes == 900_000


def test_a_hub_that_knows_no_acks_is_told_once(talk: Talk, place: Place) -> None:
    talk.relay.welcomed(acks=False)
    job(place, "head -c 900000 /dev/zero")
    talk.send(made := script())
    talk.result(made)
    assert talk.relay._held == {}


def test_an_executor_that_is_killed_leaves_unknown_and_no_process(talk: Talk, place: Place, tmp_path: Path) -> None:
    # What forks away is found by its mark: the one who would have waited for it is gone.
    job(place, f"(setsid sh -c 'echo $$ >{tmp_path}/pid; echo begun; exec sleep 600' &); sleep 600")
    talk.send(made := script())
    talk.wait_for_output(b"begun")
    (executor,) = executors(place)
    os.kill(executor, signal.SIGKILL)
    result = talk.result(made)
    assert (result.status, result.started_ms > 0) == (Result.STATUS_UNKNOWN, True)
    assert not alive(int((tmp_path / "pid").read_text()))
    talk.send(made)
    talk.listen()
    assert {one.status for one in talk.results} == {Result.STATUS_UNKNOWN}


AGENT = """
import sys
from pathlib import Path
from opsentrix_agent.actions.relay import Relay
from opsentrix_protocol import opsentrix_pb2 as pb
relay = Relay([sys.executable, "-m", "opsentrix_agent"], Path(sys.argv[1]), Path(sys.argv[2]), lambda: None, print)
relay.begin()
relay.command(pb.Command.FromString(bytes.fromhex(sys.argv[3])))
sys.stdin.read()
"""


@pytest.mark.parametrize("alone", [False, True])
def test_an_agent_that_is_killed_repeats_nothing_and_tells_the_truth(place: Place, tmp_path: Path, alone: bool) -> None:
    job(place, f"echo $$ >>{tmp_path}/pids; while [ ! -e {tmp_path}/go ]; do sleep 0.02; done; exit 6")
    made = script()
    arguments = [str(place.state_dir), str(place.config), made.SerializeToString().hex()]
    with subprocess.Popen(
        [sys.executable, "-c", AGENT, *arguments], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as agent:
        while not (tmp_path / "pids").exists() or not (tmp_path / "pids").read_text():
            time.sleep(0.02)
        killed = [agent.pid] if alone else [agent.pid, *executors(place)]
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
    following = Talk(place)
    following.relay.begin()
    following.send(made)
    if alone:  # the executor goes on for a while, and what it saw is told
        (tmp_path / "go").touch()
    result = following.result(made)
    assert result.status == (Result.STATUS_FAILED if alone else Result.STATUS_UNKNOWN)
    assert result.exit_code == (6 if alone else 0)
    (ran,) = (tmp_path / "pids").read_text().split()
    assert not alive(int(ran))
    following.relay.stop(5)

"""The whole agent: told what is allowed, asked, cut off, and asked again."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from opsentrix_agent.identity import Identity, load_identity, save_identity
from opsentrix_protocol import opsentrix_pb2 as pb

from packages.agent.tests.core.fakehub import CREDENTIAL, FakeHub

from .support import AGENT_ID, HUB, Place, Result, live, make_place, text_of

pytestmark = pytest.mark.timeout(90)


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    with FakeHub() as running:
        running.capabilities = ("actions",)
        yield running


@pytest.fixture
def place(tmp_path: Path, hub: FakeHub) -> Place:
    place = make_place(tmp_path, {"script": {"names": ["job"]}})
    save_identity(place.state_dir, Identity(AGENT_ID, CREDENTIAL, hub.url, command_key=text_of(HUB)))
    place.config.write_text('{"reporting_interval": 1, "collectors": {"enable": ["load"]}}')
    return place


def run(place: Place) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "opsentrix_agent", "run", "--state-dir", str(place.state_dir)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OPSENTRIX_")}
    return subprocess.Popen([*command, "--config", str(place.config)], env=environment, stderr=subprocess.DEVNULL)


def results(hub: FakeHub) -> list[pb.CommandResult]:
    return [one.command_result for one in hub.said if one.HasField("command_result")]


def output(hub: FakeHub) -> bytes:
    return b"".join(one.command_output.data for one in hub.said)


def test_an_agent_says_what_is_allowed_and_follows_it(place: Place, hub: FakeHub) -> None:
    place.write_script("job", "#!/bin/sh\necho hello\n")
    with run(place) as agent:
        try:
            assert hub.wait_for(lambda it: any(one.HasField("policy_state") for one in it.said), 30)
            assert "actions" in hub.hellos[0].capabilities
            hub.send(pb.HubMessage(command=(made := live("script", {"name": "job"}))))
            assert hub.wait_for(lambda it: bool(results(it)), 30)
            assert (results(hub)[0].status, output(hub)) == (Result.STATUS_SUCCEEDED, b"hello\n")
            hub.kill()  # before it acknowledged anything
            hub.start()
            assert hub.wait_for(lambda it: len(results(it)) == 2, 30)
            hub.send(pb.HubMessage(command_ack=pb.CommandAck(command_id=made.id, output_seq=2, result=True)))
        finally:
            agent.terminate()
    assert agent.returncode == 0
    assert {one.command_id for one in results(hub)} == {made.id}


def test_an_agent_that_was_killed_with_all_it_started_says_unknown(place: Place, hub: FakeHub, tmp_path: Path) -> None:
    place.write_script("job", f"#!/bin/sh\necho x >>{tmp_path}/runs\necho begun\nexec sleep 600\n")
    with run(place) as agent:
        assert hub.wait_for(lambda it: any(one.HasField("policy_state") for one in it.said), 30)
        hub.send(pb.HubMessage(command=(made := live("script", {"name": "job"}))))
        assert hub.wait_for(lambda it: b"begun" in output(it), 30)
        tasks = Path(f"/proc/{agent.pid}/task").glob("*/children")
        started = [int(word) for task in tasks for word in task.read_text().split()]
        assert started
        for pid in (agent.pid, *started):
            os.kill(pid, signal.SIGKILL)
    with run(place) as agent:
        try:
            assert hub.wait_for(lambda it: bool(results(it)), 30)
            hub.send(pb.HubMessage(command=made))
            assert hub.wait_for(lambda it: len(results(it)) == 2, 30)
        finally:
            agent.terminate()
    assert {one.status for one in results(hub)} == {Result.STATUS_UNKNOWN}
    assert (tmp_path / "runs").read_text() == "x\n"


def test_the_hubs_command_key_is_kept_through_new_credentials(place: Place) -> None:
    identity = load_identity(place.state_dir)
    assert identity is not None
    assert identity.command_key == text_of(HUB)
    save_identity(place.state_dir, identity._replace(credential="b", previous_credential="a"))
    renewed = load_identity(place.state_dir)
    assert renewed is not None
    assert renewed.command_key == text_of(HUB)

"""Commands followed by real executors, with real processes."""

import os
import signal
import time
from pathlib import Path

import pytest
from opsentrix_agent.actions.wire import CANCEL

from .support import Executor, Place, Result, alive, follow, live, make_place

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(
        tmp_path,
        {"script": {"names": ["job"]}, "service.restart": {"units": ["nginx"]}, "service.status": {"units": ["*"]}},
        output_bytes=65536,
    )


def job(place: Place, code: str) -> None:
    place.write_script("job", f"#!/bin/sh\n{code}\n")


def test_a_script_runs_and_its_output_and_exit_code_are_told(place: Place) -> None:
    job(place, "echo out; echo err >&2; exit 3")
    executor = Executor(place, made := live("script", {"name": "job"}))
    result = executor.result()
    assert result is not None
    assert (result.command_id, result.status, result.exit_code) == (made.id, Result.STATUS_FAILED, 3)
    assert (result.output_bytes, result.output_truncated, result.error) == (8, False, "")
    assert result.started_ms >= made.issued_ms
    assert [one.seq for one in executor.pieces] == list(range(1, len(executor.pieces) + 1))
    assert executor.pieces[0].data == b""
    assert {(one.stream, one.data) for one in executor.pieces[1:]} == {(1, b"out\n"), (2, b"err\n")}
    run = place.history().runs[made.id]
    assert run.started is not None
    assert run.ended is not None
    assert (run.started["action"], run.ended["code"], run.acked) == ("script", 3, False)


def test_nothing_is_inherited(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPSENTRIX_SECRET", "x")
    job(place, "env; pwd; echo fds $(ls /proc/self/fd); cat; ulimit -c; umask")
    _, output = follow(place, made := live("script", {"name": "job"}))
    lines = set(output.decode().split("\n"))
    assert {f"OPSENTRIX_COMMAND={made.id}", "LC_ALL=C", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "/", "0", "0077"} <= lines
    assert not any("SECRET" in line for line in lines)
    assert "fds 0 1 2 3" in lines  # the last one is the folder that is listed


def test_a_service_is_restarted_by_one_argv(place: Place) -> None:
    (place.programs / "systemctl").write_text('#!/bin/sh\nfor one; do echo "[$one]"; done\n')
    (place.programs / "systemctl").chmod(0o755)
    result, output = follow(place, live("service.restart", {"unit": "nginx.service"}))
    assert result.status == Result.STATUS_SUCCEEDED
    assert output.decode().split() == ["[--no-ask-password]", "[--no-pager]", "[restart]", "[--]", "[nginx.service]"]


def test_a_refusal_is_told_and_written_down(place: Place) -> None:
    result, output = follow(place, made := live("service.restart", {"unit": "sshd"}))
    assert (result.status, output) == (Result.STATUS_REFUSED, b"")
    assert "does not list the unit 'sshd'" in result.error
    ended = place.history().runs[made.id].ended
    assert ended is not None
    assert ended["status"] == "refused"


def test_a_command_that_comes_again_is_not_run_again_and_keeps_its_result(place: Place, tmp_path: Path) -> None:
    job(place, f"echo x >>{tmp_path}/runs")
    made = live("script", {"name": "job"})
    first, _ = follow(place, made)
    again, _ = follow(place, made)
    assert again == first
    assert (tmp_path / "runs").read_text() == "x\n"


def test_another_command_with_the_same_nonce_is_refused(place: Place) -> None:
    job(place, "true")
    made = live("script", {"name": "job"})
    follow(place, made)
    result, _ = follow(place, live("script", {"name": "job"}, nonce=made.nonce))
    assert (result.status, result.error) == (Result.STATUS_REFUSED, "The command's nonce was used before.")


def test_a_program_that_takes_too_long_is_ended(place: Place) -> None:
    job(place, "echo begun; sleep 600")
    result, _ = follow(place, live("script", {"name": "job"}, timeout_ms=300))
    assert (result.status, result.exit_code) == (Result.STATUS_TIMED_OUT, -signal.SIGTERM)
    assert result.error == "It took more than 0.3 s."


def test_a_program_that_ignores_sigterm_is_killed(place: Place) -> None:
    job(place, "trap '' TERM; echo begun; while :; do sleep 0.05; done")
    result, _ = follow(place, live("script", {"name": "job"}, timeout_ms=300))
    assert (result.status, result.exit_code) == (Result.STATUS_TIMED_OUT, -signal.SIGKILL)


def test_a_command_is_cancelled(place: Place) -> None:
    job(place, "echo begun; sleep 600")
    executor = Executor(place, live("script", {"name": "job"}))
    executor.wait_for_output(b"begun")
    executor.say(CANCEL)
    result = executor.result()
    assert result is not None
    assert (result.status, result.error) == (Result.STATUS_CANCELLED, "It was cancelled.")


@pytest.mark.parametrize("ignored", ["", "TERM HUP"])
def test_what_forks_twice_and_leaves_its_session_is_gone_afterwards(place: Place, tmp_path: Path, ignored: str) -> None:
    trap = f"trap '' {ignored}\n" if ignored else ""
    (tmp_path / "inner").write_text(f"{trap}echo $$ >{tmp_path}/pid\nwhile :; do sleep 0.05; done\n")
    (tmp_path / "outer").write_text(f"setsid sh {tmp_path}/inner &\n")
    job(place, f"setsid sh {tmp_path}/outer &\nwhile [ ! -s {tmp_path}/pid ]; do sleep 0.02; done")
    result, _ = follow(place, live("script", {"name": "job"}))
    assert result.status == Result.STATUS_SUCCEEDED
    assert not alive(int((tmp_path / "pid").read_text()))


def test_output_without_end_is_cut_and_takes_no_memory(place: Place) -> None:
    job(place, "head -c 300000000 /dev/zero; echo end >&2")
    executor = Executor(place, live("script", {"name": "job"}))
    peak = 0
    found = None
    while (message := executor.next()) is not None:
        status = Path(f"/proc/{executor.process.pid}/status").read_text()
        peak = max(peak, int(status.partition("VmHWM:")[2].split()[0])) if "VmHWM" in status else peak
        found = message.command_result if message.HasField("command_result") else found
    executor.close()
    assert found is not None
    assert (found.status, found.output_truncated, found.output_bytes) == (Result.STATUS_SUCCEEDED, True, 300_000_004)
    assert len(executor.output) == 65536
    assert peak < 64_000


def test_an_agent_that_is_gone_ends_its_commands_after_a_while(place: Place, tmp_path: Path) -> None:
    job(place, f"echo $$ >{tmp_path}/pid; echo begun; sleep 600")
    executor = Executor(place, made := live("script", {"name": "job"}))
    executor.wait_for_output(b"begun")
    executor.close()
    assert not alive(int((tmp_path / "pid").read_text()))
    ended = place.history().runs[made.id].ended
    assert ended is not None
    assert (ended["status"], ended["error"]) == ("cancelled", "The agent was gone for more than 0.5 s.")


def test_a_command_that_ends_while_the_agent_is_gone_is_known_later(place: Place) -> None:
    job(place, "echo begun; sleep 0.2; exit 5")
    executor = Executor(place, made := live("script", {"name": "job"}))
    executor.wait_for_output(b"begun")
    executor.close()
    ended = place.history().runs[made.id].ended
    assert ended is not None
    assert (ended["status"], ended["code"]) == ("failed", 5)


def test_a_killed_executor_takes_its_program_along(place: Place, tmp_path: Path) -> None:
    job(place, f"echo $$ >{tmp_path}/pid; echo begun; sleep 600")
    executor = Executor(place, live("script", {"name": "job"}))
    executor.wait_for_output(b"begun")
    os.kill(executor.process.pid, signal.SIGKILL)
    executor.close()
    until = time.monotonic() + 10
    while alive(pid := int((tmp_path / "pid").read_text())) and time.monotonic() < until:
        time.sleep(0.01)
    assert not alive(pid)


def test_one_resource_one_command_and_no_more_at_once_than_allowed(place: Place) -> None:
    job(place, "echo begun; sleep 600")
    first = Executor(place, live("script", {"name": "job"}))
    first.wait_for_output(b"begun")
    busy, _ = follow(place, live("script", {"name": "job"}))
    assert (busy.status, busy.error) == (Result.STATUS_REFUSED, "Another command uses script:job now.")
    first.say(CANCEL)
    first.result()
    job(place, "true")
    assert follow(place, live("script", {"name": "job"}))[0].status == Result.STATUS_SUCCEEDED


def test_limits_of_memory_and_processor(place: Place) -> None:
    content = {"actions": {"script": {"names": ["job"]}}, "signers": {"hub": True}}
    place.write_policy(content | {"limits": {"cpu_s": 1, "memory_bytes": 64 << 20}})
    job(place, "ulimit -t; ulimit -v; while :; do :; done")
    result, output = follow(place, live("script", {"name": "job"}))
    assert output.split() == [b"1", b"65536"]
    assert (result.status, result.exit_code) == (Result.STATUS_FAILED, -signal.SIGKILL)

"""The command as people run it: a process of its own."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import opsentrix_agent
import pytest
from opsentrix_agent.collectors import COLLECTORS
from opsentrix_agent.identity import Identity, save_identity
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.frames import unpack
from opsentrix_protocol.layouts import layout_from_wire

from .fakehub import CREDENTIAL, FakeHub

pytestmark = pytest.mark.timeout(60)


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OPSENTRIX_")}
    return kept | {"no_proxy": "127.0.0.1", "HOME": "/nonexistent"} | more


def command(*arguments: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "opsentrix_agent", *map(str, arguments)],
        env=environment(**more),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def sentence(result: subprocess.CompletedProcess[str]) -> str:
    """Return the one line that a failed command left, and check that it is one."""
    assert "Traceback" not in result.stderr
    lines = [line for line in result.stderr.splitlines() if line.startswith("opsentrix-agent: ")]
    assert len(lines) == 1, result.stderr
    return lines[0]


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    with FakeHub() as running:
        yield running


@pytest.fixture
def enrolled(hub: FakeHub, tmp_path: Path) -> Path:
    save_identity(tmp_path / "state", Identity(7, CREDENTIAL, hub.url))
    return tmp_path / "state"


class Running:
    """`opsentrix-agent run` against the fake hub."""

    def __init__(self, *arguments: str | Path, **more: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "opsentrix_agent", "run", *map(str, arguments)],
            env=environment(**more),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal and return the exit code and the log."""
        self.process.send_signal(number)
        _, log = self.process.communicate(timeout=15)
        return self.process.returncode, log


def test_the_version_is_that_of_the_distribution() -> None:
    assert opsentrix_agent.__version__ == version("opsentrix-agent")
    assert command("--version").stdout == f"opsentrix-agent {version('opsentrix-agent')}\n"


def test_help_names_every_command_and_warns_of_tokens_as_arguments() -> None:
    text = command("--help").stdout
    assert all(name in text for name in ("enroll", "run", "once", "collectors", "doctor"))
    assert "visible in the process list" in command("enroll", "--help").stdout


def test_once_prints_the_readings_of_two_samples() -> None:
    began = time.monotonic()
    result = command("once", "--json")
    assert time.monotonic() - began >= 1
    assert result.returncode == 0
    content = json.loads(result.stdout)
    samples = {(one["metric"], tuple(sorted(one["labels"].items()))): one for one in content["samples"]}
    assert len(samples) == len(content["samples"]) > 50
    assert samples["system.uptime", ()]["unit"] == "s"
    interrupts = samples["system.cpu.interrupts", ()]
    assert (interrupts["kind"], interrupts["value"] > 0) == ("rate", True)
    assert abs(content["time"] - time.time()) < 10


def test_once_prints_groups_that_fit_a_terminal_and_obeys_the_settings(plugins: Path) -> None:
    result = command("once", OPSENTRIX_AGENT_COLLECTORS_ENABLE="load,uptime", OPSENTRIX_AGENT_PLUGIN_DIR=str(plugins))
    lines = result.stdout.splitlines()
    heads = [line for line in lines if line and not line.startswith(" ")]
    assert heads == ["load", "uptime", "plugin.queue", "agent"]
    assert {len(line) for line in lines if line.startswith("  ")} == {80}
    assert any(re.fullmatch(r"  system\.uptime +[\d.]+ (d|h|min|s)", line) for line in lines)
    assert any(re.fullmatch(r"  plugin\.queue\.size_bytes {queue=mail} +1\.5 KiB", line) for line in lines)
    assert "system.cpu.utilization" not in result.stdout


@pytest.fixture
def plugins(tmp_path: Path) -> Path:
    folder = tmp_path / "collectors.d"
    folder.mkdir()
    script = folder / "queue.sh"
    script.write_text("#!/bin/sh\n# opsentrix: interval=60\necho 'size_bytes{queue=\"mail\"} 1536'\n")
    script.chmod(0o755)
    return folder


def test_collectors_lists_plugins(plugins: Path) -> None:
    (plugins / "broken.sh").write_text("")
    text = command("collectors", OPSENTRIX_AGENT_PLUGIN_DIR=str(plugins)).stdout
    assert f"plugin.queue: on: {plugins}/queue.sh each 60 s, for at most 10 s" in text
    assert "plugin.broken: not run: " in text
    assert "is not executable; run: chmod +x" in text


def test_a_reader_that_leaves_is_no_error() -> None:
    script = f"{sys.executable} -m opsentrix_agent collectors | true"
    result = subprocess.run(
        ["sh", "-c", script], env=environment(), capture_output=True, text=True, timeout=30, check=False
    )
    # What this machine lacks may be told; nothing else.
    assert [line for line in result.stderr.splitlines() if "is not available" not in line] == []


def test_collectors_lists_all_with_their_metrics() -> None:
    text = command("collectors", OPSENTRIX_AGENT_COLLECTORS_DISABLE="load").stdout
    assert all(f"{name}: " in text for name in (*COLLECTORS, "agent"))
    assert "load: switched off" in text
    assert re.search(r"system\.uptime +s +gauge +\w+", text)
    assert "opsentrix.agent.collector.up" in text


@pytest.mark.parametrize(
    ("arguments", "variables", "code", "said"),
    [
        (("run",), {}, 77, "is not enrolled"),
        (("run", "--config", "/none.json"), {}, 78, "/none.json does not exist"),
        (("run",), {"OPSENTRIX_SERVER_URL": "nonsense"}, 78, "server_url must be"),
        (("once",), {"OPSENTRIX_AGENT_COLLECTORS_ENABLE": "cpus"}, 78, "collectors.enable names cpus"),
        (("once",), {"OPSENTRIX_LOG_LEVEL": "loud"}, 78, "OPSENTRIX_LOG_LEVEL must be"),
        (("enroll",), {"OPSENTRIX_ENROLLMENT_TOKEN": "t"}, 78, "server_url is not set"),
        (("enroll", "--server", "http://127.0.0.1:1"), {}, 78, "no enrollment token"),
        (("enroll", "--server", "http://127.0.0.1:1", "--token", "a b"), {}, 78, "one word of printable ASCII"),
        (("enroll", "--server", "http://127.0.0.1:1", "--token", "t"), {}, 69, "cannot be reached"),
        (("enroll", "--server", "http://127.0.0.1:1", "--token-file", "/none"), {}, 78, "/none cannot be read"),
    ],
)
def test_a_users_error_is_one_sentence_and_an_exit_code(
    tmp_path: Path, arguments: tuple[str, ...], variables: dict[str, str], code: int, said: str
) -> None:
    result = command(*arguments, "--state-dir", tmp_path, **variables)
    assert said in sentence(result)
    assert result.returncode == code


def test_an_enrolled_machine_is_not_enrolled_again_by_accident(enrolled: Path) -> None:
    result = command("enroll", "--server", "http://127.0.0.1:1", "--token", "t", "--state-dir", enrolled)
    assert "is agent 7 of" in sentence(result)
    assert result.returncode == 77


def test_http_over_a_network_is_warned_of(tmp_path: Path) -> None:
    arguments = ("enroll", "--server", "http://hub.invalid", "--token", "t", "--state-dir", tmp_path)
    result = command(*arguments, OPSENTRIX_LOG_LEVEL="warning")
    assert "http://hub.invalid is not encrypted" in result.stderr
    assert result.returncode == 69


def test_doctor_exits_with_1_when_something_is_wrong(tmp_path: Path) -> None:
    result = command("doctor", "--state-dir", tmp_path)
    assert result.returncode == 1
    assert re.search(r"^fail +identity +not enrolled", result.stdout, re.MULTILINE)
    assert "ok       config" in result.stdout


def test_doctor_speaks_json_and_names_a_wrong_setting(tmp_path: Path) -> None:
    config = tmp_path / "agent.json"
    config.write_text('{"server": "x"}')
    result = command("doctor", "--json", "--config", config)
    content = json.loads(result.stdout)
    assert (result.returncode, content["ok"]) == (1, False)
    assert [(one["what"], one["state"]) for one in content["findings"]] == [("config", "fail")]
    assert "unknown key server" in content["findings"][0]["detail"]


def test_run_sends_what_it_sampled_and_stops_cleanly(hub: FakeHub, enrolled: Path, tmp_path: Path) -> None:
    record = tmp_path / "record.jsonl"
    running = Running("--state-dir", enrolled, "--record", record, OPSENTRIX_AGENT_REPORTING_INTERVAL="2")
    assert hub.wait_for(lambda it: len(it.frames) >= 2, 20)
    began = time.monotonic()
    code, log = running.end()
    assert time.monotonic() - began < 4
    assert code == 0
    assert "Traceback" not in log
    assert CREDENTIAL not in log
    assert hub.wait_for(lambda it: it.statuses[-1:] == [pb.AGENT_STATUS_OFFLINE])

    lines = [json.loads(line) for line in record.read_text().splitlines()]
    sent = {(frame.boot_id.hex(), frame.seq): frame for frame in hub.frames.values()}
    assert set(sent) == {(line["boot"], line["seq"]) for line in lines}
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    series = layout_from_wire(sent[lines[0]["boot"], 1].layout)
    ticks: list[int] = []
    for line in lines:
        frame = sent[line["boot"], line["seq"]]
        assert line["series"] == [[one.metric.name, dict(one.labels)] for one in series]
        values = memoryview(unpack(frame, len(series)).values).cast("d").tolist()
        assert values == [value for column in line["values"] for value in column]
        ticks += [frame.first_tick_ms + tick * frame.step_ms for tick in range(frame.ticks)]
    assert ticks == list(range(ticks[0], ticks[0] + 1000 * len(ticks), 1000))
    assert all(tick % 1000 == 0 for tick in ticks)
    assert any(frame.processes.processes for frame in sent.values())
    assert {one.metric.name for one in series} >= {"system.cpu.utilization", "opsentrix.agent.memory.rss"}


def test_run_sends_what_plugins_say_and_outlives_a_broken_one(hub: FakeHub, enrolled: Path, plugins: Path) -> None:
    (plugins / "open.sh").write_text("")
    (plugins / "open.sh").chmod(0o777)
    running = Running(
        "--state-dir", enrolled, OPSENTRIX_AGENT_PLUGIN_DIR=str(plugins), OPSENTRIX_AGENT_REPORTING_INTERVAL="1"
    )
    assert hub.wait_for(lambda it: any(b"plugin.queue.size_bytes" in one.SerializeToString() for one in known(it)), 20)
    code, log = running.end()
    assert code == 0
    assert log.count("collector plugin.open fails: ") == 1
    assert "open.sh can be written by others; run: chmod go-w" in log


def known(hub: FakeHub) -> list[pb.Layout]:
    return [frame.layout for frame in hub.frames.values() if frame.HasField("layout")]


def test_run_follows_the_pace_and_stops_on_ctrl_c(hub: FakeHub, enrolled: Path) -> None:
    running = Running("--state-dir", enrolled)
    assert hub.wait_for(lambda it: bool(it.hellos), 20)
    hub.send(pb.HubMessage(pace=pb.Pace(frame_ticks=1)))
    assert hub.wait_for(lambda it: len(it.frames) >= 3, 20)
    assert all(frame.ticks <= 2 for frame in hub.frames.values())
    code, log = running.end(signal.SIGINT)
    assert code == 0
    assert "Traceback" not in log


def test_the_last_ticks_are_sent_on_the_way_out(hub: FakeHub, enrolled: Path) -> None:
    running = Running("--state-dir", enrolled, OPSENTRIX_AGENT_REPORTING_INTERVAL="300")
    assert hub.wait_for(lambda it: bool(it.hellos), 20)
    time.sleep(2.1)  # the agent's own ticks are real seconds
    assert not hub.frames
    assert running.end()[0] == 0
    assert [frame.ticks >= 1 for frame in hub.frames.values()] == [True]


def test_a_second_agent_of_the_same_identity_does_not_start(hub: FakeHub, enrolled: Path) -> None:
    running = Running("--state-dir", enrolled)
    assert hub.wait_for(lambda it: bool(it.hellos), 20)
    second = command("run", "--state-dir", enrolled)
    assert "Another agent runs" in sentence(second)
    assert second.returncode == 77
    assert running.end()[0] == 0


def test_run_outlives_a_hub_that_is_away(hub: FakeHub, enrolled: Path) -> None:
    hub.kill()
    running = Running("--state-dir", enrolled, OPSENTRIX_AGENT_REPORTING_INTERVAL="1")
    time.sleep(3)  # the agent's own ticks are real seconds
    hub.start()
    assert hub.wait_for(lambda it: len(it.frames) >= 3, 30)
    code, log = running.end()
    assert code == 0
    assert log.count("no link to the hub") == 1
    assert min(seq for _, seq in hub.frames) == 1
    assert set(hub.copies.values()) == {1}

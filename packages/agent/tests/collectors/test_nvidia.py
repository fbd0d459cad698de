import contextlib
import os
import signal
from pathlib import Path

import pytest
from opsentrix_agent.collector import HostPaths
from opsentrix_agent.collectors.child import ChildError
from opsentrix_agent.collectors.nvidia import ASK_EVERY_S, DEADLINE_S, MAX_GPUS, Nvidia
from opsentrix_agent.errors import CollectorUnavailableError

from .programs import program, settle
from .support import tree, values

A100 = "0, NVIDIA A100-SXM4-40GB, 87, 20480, 40960, 61, 312.45, [N/A], 0"
OLD = "1, Tesla K20, with comma, 0, 1, 4742, 30, [Not Supported], 30, [N/A]"


QUESTION = (
    "--query-gpu=index,name,utilization.gpu,memory.used,memory.total,temperature.gpu,power.draw,fan.speed,"
    "ecc.errors.uncorrected.volatile.total --format=csv,noheader,nounits"
)


class Machine:
    """A machine with a driver and an nvidia-smi, and the collector on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.paths = tree(folder, {"proc/driver/nvidia/version": b"NVRM version: NVIDIA UNIX 550.54\n"})
        self.says("")
        self.now = 100.0
        self.nvidia = Nvidia(self.paths, clock=lambda: self.now, search=str(folder / "bin"))

    def says(self, *lines: str, script: str = "") -> None:
        answer = "\n".join(lines)
        program(
            self.folder / "bin", "nvidia-smi", script or f'echo "$*" >> {self.folder}/asked\ncat <<END\n{answer}\nEND'
        )

    def ask(self) -> dict[str, float]:
        self.now += ASK_EVERY_S
        with contextlib.suppress(ChildError):
            self.nvidia.collect()
        settle(self.nvidia._child)
        self.now += 1
        return values(self.nvidia.collect())


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_what_a_gpu_tells(machine: Machine) -> None:
    machine.says(A100, OLD)
    labels = "gpu=0,model=NVIDIA A100-SXM4-40GB"
    old = "gpu=1,model=Tesla K20,with comma"

    assert machine.ask() == {
        f"hw.gpu.utilization{{{labels}}}": pytest.approx(0.87),
        f"hw.gpu.memory.usage{{{labels}}}": 20480 << 20,
        f"hw.gpu.memory.limit{{{labels}}}": 40960 << 20,
        f"hw.gpu.temperature{{{labels}}}": 61,
        f"hw.gpu.power{{{labels}}}": 312.45,
        f"hw.gpu.errors{{{labels}}}": 0,
        f"hw.gpu.utilization{{{old}}}": 0,
        f"hw.gpu.memory.usage{{{old}}}": 1 << 20,
        f"hw.gpu.memory.limit{{{old}}}": 4742 << 20,
        f"hw.gpu.temperature{{{old}}}": 30,
        f"hw.gpu.fan.utilization{{{old}}}": pytest.approx(0.3),
    }


def test_it_is_asked_each_ten_seconds(machine: Machine) -> None:
    machine.says(A100)
    first = machine.ask()
    for _ in range(8):
        machine.now += 1
        assert values(machine.nvidia.collect()) == first
    machine.ask()

    assert (machine.folder / "asked").read_text().splitlines() == [
        QUESTION,
        QUESTION,
    ]


@pytest.mark.parametrize(
    ("script", "says"),
    [
        (
            "echo 'NVIDIA-SMI has failed because it could not talk to the driver.'; exit 9",
            "exit code 9: NVIDIA-SMI has",
        ),
        ("printf '\\033[2J\\377'; exit 1", r"exit code 1: \\x1b\[2J\\xff"),
        ("echo garbage; echo 0; echo x, y", "another form"),
        ("kill -11 $$", "exit code -11"),
    ],
)
def test_a_failure_is_said_until_it_works_again(machine: Machine, script: str, says: str) -> None:
    machine.says(script=script)
    for _ in range(2):
        with pytest.raises(ChildError, match=f"nvidia-smi: .*{says}"):
            machine.ask()
    machine.says(A100)

    assert machine.ask()


def test_one_that_hangs_is_killed_and_never_runs_twice(machine: Machine) -> None:
    machine.says(script="while :; do sleep 100; done")
    machine.now += ASK_EVERY_S
    machine.nvidia.collect()
    first = machine.nvidia._child._pid
    machine.now += DEADLINE_S - 1
    machine.nvidia.collect()
    assert machine.nvidia._child._pid == first
    machine.now += 1
    machine.nvidia.collect()
    settle(machine.nvidia._child)

    with pytest.raises(ChildError, match="took more than 8 s"):
        machine.nvidia.collect()


def test_while_one_cannot_be_killed_no_other_is_started(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.says(script="exec sleep 1000")
    machine.now += ASK_EVERY_S
    machine.nvidia.collect()
    first = machine.nvidia._child._pid
    with monkeypatch.context() as patched:
        patched.setattr("os.killpg", lambda _pid, _signal: None)
        for _ in range(3):
            machine.now += ASK_EVERY_S
            machine.nvidia.collect()
            assert machine.nvidia._child._pid == first
    os.killpg(first, signal.SIGKILL)
    settle(machine.nvidia._child)


def test_gpus_are_bounded(machine: Machine) -> None:
    machine.says(*(A100.replace("0,", f"{number},", 1) for number in range(MAX_GPUS + 5)))

    assert len([name for name in machine.ask() if name.startswith("hw.gpu.power")]) == MAX_GPUS


def test_a_machine_whose_gpus_have_gone_has_no_series(machine: Machine) -> None:
    assert machine.ask() == {}


def test_unavailable_without_driver_or_program(tmp_path: Path) -> None:
    with pytest.raises(CollectorUnavailableError, match="version cannot be read"):
        Nvidia(HostPaths(proc=tmp_path))
    with pytest.raises(CollectorUnavailableError, match="nvidia-smi is not in PATH"):
        Nvidia(tree(tmp_path, {"proc/driver/nvidia/version": b""}), search="/nowhere")

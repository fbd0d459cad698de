import json
from pathlib import Path
from typing import Any

import pytest
from opsentrix_agent.collector import HostPaths
from opsentrix_agent.collectors.child import ChildError
from opsentrix_agent.collectors.smart import ASK_EVERY_S, DEADLINE_S, MAX_DISKS, Smart
from opsentrix_agent.errors import CollectorUnavailableError

from .programs import program, settle
from .support import tree, values

SATA: dict[str, Any] = {
    "model_name": "ST4000NM0035",
    "smart_status": {"passed": True},
    "temperature": {"current": 34},
    "power_on_time": {"hours": 20000},
    "ata_smart_attributes": {
        "table": [
            {"id": 5, "name": "Reallocated_Sector_Ct", "value": 100, "raw": {"value": 8, "string": "8"}},
            {"id": 194, "name": "Temperature_Celsius", "raw": {"value": 34}},
            {"id": 197, "name": "Current_Pending_Sector", "raw": {"value": 2}},
        ]
    },
}
NVME: dict[str, Any] = {
    "model_name": "SAMSUNG MZQL23T8",
    "smart_status": {"passed": False},
    "temperature": {"current": 51},
    "power_on_time": {"hours": 10},
    "nvme_smart_health_information_log": {"available_spare": 97, "percentage_used": 104, "media_errors": 3},
}
SDA = {"name": "/dev/sda", "info_name": "/dev/sda [SAT]", "type": "sat", "protocol": "ATA"}
NVME0 = {"name": "/dev/nvme0", "type": "nvme", "protocol": "NVMe"}
STATUS = b"Name:\tagent\nCapPrm:\t0000000000000000\nCapEff:\t000001ffffffffff\n"


class Machine:
    """A machine with disks and a smartctl, and the collector on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.paths = tree(folder, {"proc/self/status": STATUS})
        (folder / "answers").mkdir()
        self.script()
        self.disks({})
        self.now = 100.0
        self.smart = Smart(self.paths, clock=lambda: self.now, search=str(folder / "bin"))

    def script(self, answer: str = 'cat "answers/$name"; exit "$(cat "answers/$name.exit")"') -> None:
        head = f'cd {self.folder}; echo "$*" >> asked; for last; do :; done; name=$(basename -- "$last")'
        program(self.folder / "bin", "smartctl", f"{head}\n{answer}")

    def disks(self, said: dict[str, Any], devices: list[Any] | None = None, exit_code: int = 0) -> None:
        self.answer("--scan-open", {"devices": [SDA, NVME0] if devices is None else devices})
        for name, one in said.items():
            self.answer(name, one, exit_code)

    def answer(self, name: str, said: object, exit_code: int = 0) -> None:
        (self.folder / "answers" / name).write_text(said if isinstance(said, str) else json.dumps(said))
        (self.folder / "answers" / f"{name}.exit").write_text(str(exit_code))

    def ask(self, ticks: int = 6) -> dict[str, float]:
        self.now += ASK_EVERY_S
        for _ in range(ticks):
            seen = values(self.smart.collect())
            settle(self.smart._child)
        return seen


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_sata_and_nvme(machine: Machine) -> None:
    # 64: the log of the disk holds errors; that is no reason not to believe the rest.
    machine.disks({"sda": SATA, "nvme0": NVME}, exit_code=64)

    assert machine.ask() == {
        "hw.physical_disk.healthy{device=sda,model=ST4000NM0035}": 1,
        "hw.physical_disk.temperature{device=sda}": 34,
        "hw.physical_disk.power_on_time{device=sda}": 20000 * 3600,
        "hw.physical_disk.errors{device=sda,type=reallocated}": 8,
        "hw.physical_disk.errors{device=sda,type=pending}": 2,
        "hw.physical_disk.healthy{device=nvme0,model=SAMSUNG MZQL23T8}": 0,
        "hw.physical_disk.temperature{device=nvme0}": 51,
        "hw.physical_disk.power_on_time{device=nvme0}": 36000,
        "hw.physical_disk.endurance_utilization{device=nvme0}": pytest.approx(1.04),
        "hw.physical_disk.spare{device=nvme0}": pytest.approx(0.97),
        "hw.physical_disk.errors{device=nvme0,type=media}": 3,
        "hw.physical_disk.left_out": 0,
    }


def test_disks_are_asked_each_half_hour_and_not_woken(machine: Machine) -> None:
    machine.disks({"sda": SATA, "nvme0": NVME})
    first = machine.ask()
    machine.now += ASK_EVERY_S - 1
    for _ in range(5):
        assert values(machine.smart.collect()) == first

    assert (machine.folder / "asked").read_text().splitlines() == [
        "-j --scan-open",
        "-j -a -n standby -d sat /dev/sda",
        "-j -a -n standby -d nvme /dev/nvme0",
    ]


@pytest.mark.parametrize("exit_code", [1, 2, 4])
def test_a_disk_that_sleeps_or_does_not_answer_is_left_out(machine: Machine, exit_code: int) -> None:
    machine.disks({"nvme0": NVME})
    machine.answer("sda", {"smartctl": {"exit_status": exit_code}}, exit_code)
    seen = machine.ask()

    assert seen["hw.physical_disk.left_out"] == 1
    assert not [name for name in seen if "sda" in name]


@pytest.mark.parametrize(
    "said", ["garbage", "[1]", "[" * 5000, "", '{"smart_status": 5, "temperature": {"current": "x"}}']
)
def test_garbage_of_one_disk_harms_no_other(machine: Machine, said: str) -> None:
    machine.disks({"nvme0": NVME, "sda": said})
    seen = machine.ask()

    assert not [name for name in seen if "sda" in name]
    assert "hw.physical_disk.temperature{device=nvme0}" in seen


def test_hostile_values_and_names(machine: Machine) -> None:
    odd = {"model_name": "e\x1b[2J", "smart_status": {"passed": True}, "temperature": {"current": 1e300}}
    devices = [SDA, {"name": "--all", "type": "sat"}, {"name": "/dev/x", "type": "-n"}, 5, {"name": "/dev/y"}]
    devices.append({**SDA, "open_error": "Permission denied"})
    machine.disks({"sda": {**odd, "power_on_time": {"hours": True}}}, devices)

    assert machine.ask() == {
        r"hw.physical_disk.healthy{device=sda,model=e\x1b[2J}": 1,
        "hw.physical_disk.left_out": 5,
    }
    assert (machine.folder / "asked").read_text().splitlines() == [
        "-j --scan-open",
        "-j -a -n standby -d sat /dev/sda",
    ]


def test_disks_are_bounded(machine: Machine) -> None:
    names = [f"sd{number}" for number in range(MAX_DISKS + 3)]
    machine.disks(dict.fromkeys(names, SATA), [{"name": f"/dev/{name}", "type": "sat"} for name in names])

    assert machine.ask(ticks=MAX_DISKS + 3)["hw.physical_disk.left_out"] == 3


def test_a_list_that_cannot_be_had_is_said(machine: Machine) -> None:
    machine.answer("--scan-open", "no json", 1)
    with pytest.raises(ChildError, match="smartctl cannot list the disks: exit code 1"):
        machine.ask()
    machine.disks({"sda": SATA}, [SDA])
    machine.now += ASK_EVERY_S
    with pytest.raises(ChildError):
        machine.smart.collect()
    settle(machine.smart._child)

    assert machine.ask()["hw.physical_disk.left_out"] == 0


def test_a_disk_that_hangs_smartctl_is_left_out(machine: Machine) -> None:
    machine.disks({"sda": SATA, "nvme0": NVME})
    machine.script('case $name in nvme0) sleep 1000;; *) cat "answers/$name";; esac')
    machine.now += ASK_EVERY_S
    for _ in range(2):
        machine.smart.collect()
        settle(machine.smart._child)
    machine.smart.collect()
    machine.now += DEADLINE_S
    machine.smart.collect()
    settle(machine.smart._child)
    seen = values(machine.smart.collect())

    assert seen["hw.physical_disk.left_out"] == 1
    assert "hw.physical_disk.temperature{device=sda}" in seen


def test_unavailable_without_the_right_or_the_program(tmp_path: Path) -> None:
    with pytest.raises(CollectorUnavailableError, match="status cannot be read"):
        Smart(HostPaths(proc=tmp_path))
    with pytest.raises(CollectorUnavailableError, match="needs root"):
        Smart(tree(tmp_path, {"proc/self/status": b"Name:\tx\nCapEff:\t0000000000000000\n"}))
    with pytest.raises(CollectorUnavailableError, match="smartctl is not in PATH"):
        Smart(tree(tmp_path, {"proc/self/status": STATUS}), search="/nowhere")

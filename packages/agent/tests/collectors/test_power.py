from pathlib import Path

import pytest
from opsentrix_agent.collectors.power import Power
from opsentrix_agent.errors import CollectorUnavailableError

from .support import copy_of, host, reported, tree, values


def test_a_machine_on_its_battery() -> None:
    # Not the battery of the mouse.
    assert reported(Power(host("vm-2core")).collect()) == {
        "hw.power_supply.online{device=AC}": 0,
        "hw.battery.charge{device=BAT0}": 0.85,
        "hw.battery.discharging{device=BAT0}": 1,
        "hw.battery.time_left{device=BAT0}": 5400,
    }


def test_a_battery_that_is_charged_has_no_time_left(tmp_path: Path) -> None:
    paths = copy_of("vm-2core", tmp_path)
    (paths.sys / "class/power_supply/BAT0/status").write_bytes(b"Charging\n")
    seen = reported(Power(paths).collect())

    assert seen["hw.battery.discharging{device=BAT0}"] == 0
    assert "hw.battery.time_left{device=BAT0}" not in seen


def test_a_battery_that_was_taken_out(tmp_path: Path) -> None:
    paths = copy_of("vm-2core", tmp_path)
    (paths.sys / "class/power_supply/BAT0/present").write_bytes(b"0\n")

    assert reported(Power(paths).collect()) == {"hw.power_supply.online{device=AC}": 0}


def test_values_beyond_their_range_are_cut() -> None:
    assert reported(Power(host("odd")).collect()) == {
        "hw.battery.charge{device=X}": 1,
        "hw.power_supply.online{device=Y}": 1,
    }


def test_it_is_read_every_10_ticks(tmp_path: Path) -> None:
    paths = copy_of("vm-2core", tmp_path)
    power = Power(paths)
    power.collect()
    (paths.sys / "class/power_supply/AC/online").write_bytes(b"1\n")
    assert [reported(power.collect())["hw.power_supply.online{device=AC}"] for _ in range(10)] == [0] * 9 + [1]


def test_of_very_many_supplies_some_are_left_out_and_counted(tmp_path: Path) -> None:
    files = {f"sys/class/power_supply/AC{one}/{name}": content for one in range(20) for name, content in MAINS.items()}
    power = Power(tree(tmp_path, files))

    seen = values(power.collect())
    assert len(seen) == 16 + 1
    assert seen["hw.power_supply.left_out"] == 4


MAINS = {"type": b"Mains\n", "online": b"1\n"}


def test_a_machine_that_tells_nothing_of_its_power(tmp_path: Path) -> None:
    (tmp_path / "sys/class/power_supply").mkdir(parents=True)
    with pytest.raises(CollectorUnavailableError, match="empty"):
        Power(tree(tmp_path, {}))

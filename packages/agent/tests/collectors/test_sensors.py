from pathlib import Path

import pytest
from opsentrix_agent.collectors.sensors import Sensors
from opsentrix_agent.errors import CollectorUnavailableError

from .support import copy_of, host, reported, tree, values


def test_temperatures_limits_and_fans() -> None:
    # Not the voltage, and not the sensor without a plug, 300 degrees below zero.
    assert reported(Sensors(host("vm-2core")).collect()) == {
        "hw.temperature{chip=coretemp,sensor=Package id 0}": 45,
        "hw.temperature.limit{chip=coretemp,sensor=Package id 0}": 100,
        "hw.temperature{chip=coretemp,sensor=temp2}": 43.5,
        "hw.fan.speed{chip=nct6775,sensor=fan1}": 1180,
        "hw.fan.speed{chip=nct6775,sensor=CHA_FAN1}": 0,
    }


def test_thermal_zones_serve_where_there_is_no_chip() -> None:
    assert reported(Sensors(host("rhel8")).collect()) == {"hw.temperature{chip=thermal_zone0,sensor=acpitz}": 27.8}


def test_hostile_names_and_garbage() -> None:
    assert reported(Sensors(host("odd")).collect()) == {r"hw.temperature{chip=\xff\x1b,sensor=temp2}": 20}


def test_two_chips_of_one_kind_are_told_apart_by_their_device(tmp_path: Path) -> None:
    for number in (0, 1):
        chip = f"sys/class/hwmon/hwmon{number}"
        tree(tmp_path, {f"{chip}/name": b"nvme\n", f"{chip}/temp1_input": b"%d000\n" % (40 + number)})
        tree(tmp_path, {f"sys/devices/nvme{number}/model": b""})
        (tmp_path / chip / "device").symlink_to(tmp_path / f"sys/devices/nvme{number}")

    assert reported(Sensors(tree(tmp_path, {})).collect()) == {
        "hw.temperature{chip=nvme-nvme0,sensor=temp1}": 40,
        "hw.temperature{chip=nvme-nvme1,sensor=temp1}": 41,
    }


def test_they_are_read_every_10_ticks_and_new_ones_found_every_300(tmp_path: Path) -> None:
    paths = copy_of("rhel8", tmp_path)
    sensors = Sensors(paths)
    zone = "hw.temperature{chip=thermal_zone%d,sensor=acpitz}"
    sensors.collect()
    (paths.sys / "class/thermal/thermal_zone0/temp").write_bytes(b"90000\n")
    assert [reported(sensors.collect())[zone % 0] for _ in range(10)] == [27.8] * 9 + [90]

    new = "sys/class/thermal/thermal_zone1"
    tree(tmp_path, {f"{new}/type": b"acpitz\n", f"{new}/temp": b"1000\n"})
    assert [zone % 1 in reported(sensors.collect()) for _ in range(290)] == [False] * 289 + [True]


def test_a_sensor_that_fails_does_not_lose_the_others(tmp_path: Path) -> None:
    paths = copy_of("vm-2core", tmp_path)
    sensors = Sensors(paths)
    (paths.sys / "class/hwmon/hwmon0/temp1_input").unlink()

    assert len(reported(sensors.collect())) == 3


def test_of_very_many_sensors_some_are_left_out_and_counted(tmp_path: Path) -> None:
    chip = {f"sys/class/hwmon/hwmon0/temp{one}_input": b"20000" for one in range(1, 101)}
    sensors = Sensors(tree(tmp_path, {"sys/class/hwmon/hwmon0/name": b"acme", **chip}))

    seen = values(sensors.collect())
    assert len(seen) == 64 + 1
    assert seen["hw.sensor.left_out"] == 36


def test_a_machine_without_sensors(tmp_path: Path) -> None:
    (tmp_path / "sys/class/hwmon").mkdir(parents=True)
    with pytest.raises(CollectorUnavailableError, match="no sensors"):
        Sensors(tree(tmp_path, {}))

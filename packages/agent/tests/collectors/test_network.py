from pathlib import Path

import pytest
from opsentrix_agent.collectors.network import Network

from .support import copy_of, host, reported, tree, values


def devices(seen: dict[str, float]) -> set[str]:
    return {name.partition("device=")[2].partition(",")[0] for name in seen}


def test_counters_of_an_interface() -> None:
    assert reported(Network(host("vm-2core")).collect()) == {
        "system.network.io{device=eth0,direction=receive}": 585675629,
        "system.network.io{device=eth0,direction=transmit}": 1026833,
        "system.network.packets{device=eth0,direction=receive}": 24729,
        "system.network.packets{device=eth0,direction=transmit}": 10466,
        "system.network.errors{device=eth0,direction=receive}": 1,
        "system.network.errors{device=eth0,direction=transmit}": 2,
        "system.network.dropped{device=eth0,direction=receive}": 3,
        "system.network.dropped{device=eth0,direction=transmit}": 4,
        "hw.network.up{device=eth0}": 1,
        "hw.network.bandwidth.limit{device=eth0}": 125_000_000,
        "hw.network.full_duplex{device=eth0}": 1,
        "hw.network.carrier_changes{device=eth0}": 3,
    }


def test_loopback_and_veth_are_left_out() -> None:
    seen = reported(Network(host("container-host")).collect())

    assert devices(seen) == {"eth0", "docker0", "br-1f2e3d4c5b6a", "wg0", "eth0.100"}


def test_numbers_beyond_32_bits_and_beside_the_colon() -> None:
    seen = reported(Network(host("cloud-64core")).collect())

    assert seen["system.network.io{device=ens5,direction=receive}"] == 98765432109876


def test_hostile_names_and_cut_lines() -> None:
    seen = reported(Network(host("odd")).collect())

    assert devices(seen) == {"eth0", r"ev\x1b[31mil", r"\xff\xfe"}
    assert seen["system.network.io{device=eth0,direction=transmit}"] == 30


def test_interfaces_come_and_go(tmp_path: Path) -> None:
    line = b"%s: 1 2 3 4 0 0 0 0 5 6 7 8 0 0 0 0\n"
    network = Network(tree(tmp_path, {"proc/net/dev": line % b"eth0"}))
    assert devices(reported(network.collect())) == {"eth0"}
    tree(tmp_path, {"proc/net/dev": line % b"eth0" + line % b"eth1"})
    assert devices(reported(network.collect())) == {"eth0", "eth1"}
    tree(tmp_path, {"proc/net/dev": line % b"eth1"})
    assert devices(reported(network.collect())) == {"eth1"}


def test_words_for_numbers_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        Network(tree(tmp_path, {"proc/net/dev": b"eth0: a b c d e f g h i j k l m\n"})).collect()


def test_a_name_with_a_colon(tmp_path: Path) -> None:
    network = Network(tree(tmp_path, {"proc/net/dev": b"eth0:1: 1 2 3 4 0 0 0 0 5 6 7 8 0 0 0 0\n"}))

    assert devices(reported(network.collect())) == {"eth0:1"}


@pytest.mark.parametrize("content", [b"", b"\n:\n", b":::::", b"\0" * 50])
def test_other_garbage_yields_nothing(tmp_path: Path, content: bytes) -> None:
    assert reported(Network(tree(tmp_path, {"proc/net/dev": content})).collect()) == {}


def links(seen: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in seen.items() if name.startswith("hw.network.")}


def test_links_that_are_down_off_or_half_duplex() -> None:
    assert links(reported(Network(host("rhel8")).collect())) == {
        "hw.network.up{device=ens192}": 1,
        "hw.network.bandwidth.limit{device=ens192}": 1.25e9,
        "hw.network.full_duplex{device=ens192}": 0,
        "hw.network.carrier_changes{device=ens192}": 2,
        # Switched off: asking for its carrier is an error.
        "hw.network.carrier_changes{device=ens224}": 1,
        "hw.network.up{device=bond0}": 0,
        "hw.network.carrier_changes{device=bond0}": 8,
    }


def test_a_carrier_that_goes_is_seen_at_once_and_the_rest_every_30_ticks(tmp_path: Path) -> None:
    paths = copy_of("vm-2core", tmp_path)
    eth0 = paths.sys / "class/net/eth0"
    network = Network(paths)
    network.collect()
    (eth0 / "speed").write_bytes(b"100\n")
    speeds = [reported(network.collect())["hw.network.bandwidth.limit{device=eth0}"] for _ in range(30)]
    assert speeds == [125e6] * 29 + [12.5e6]

    (eth0 / "carrier").write_bytes(b"0\n")
    (eth0 / "carrier_changes").write_bytes(b"4\n")
    seen = links(reported(network.collect()))
    assert seen == {"hw.network.up{device=eth0}": 0, "hw.network.carrier_changes{device=eth0}": 4}


def test_of_very_many_interfaces_some_are_left_out_and_counted(tmp_path: Path) -> None:
    content = b"".join(b"tap%d: 1 2 3 4 0 0 0 0 5 6 7 8 0 0 0 0\n" % number for number in range(100))
    network = Network(tree(tmp_path, {"proc/net/dev": content}))

    readings = network.collect()
    assert len(devices(reported(readings))) == 64
    assert values(readings)["system.network.left_out"] == 36


@pytest.mark.parametrize("speed", [b"-1\n", b"4294967295\n", b"0\n", b"", b"fast\n"])
def test_a_speed_that_is_not_known_is_not_told(tmp_path: Path, speed: bytes) -> None:
    paths = copy_of("vm-2core", tmp_path)
    (paths.sys / "class/net/eth0/speed").write_bytes(speed)
    seen = links(reported(Network(paths).collect()))

    assert seen["hw.network.up{device=eth0}"] == 1
    assert "hw.network.bandwidth.limit{device=eth0}" not in seen

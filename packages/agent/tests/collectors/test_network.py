from pathlib import Path

import pytest
from opsentrix_agent.collectors.network import Network

from .support import host, tree, values


def devices(seen: dict[str, float]) -> set[str]:
    return {name.partition("device=")[2].partition(",")[0] for name in seen}


def test_counters_of_an_interface() -> None:
    assert values(Network(host("vm-2core")).collect()) == {
        "system.network.io{device=eth0,direction=receive}": 585675629,
        "system.network.io{device=eth0,direction=transmit}": 1026833,
        "system.network.packets{device=eth0,direction=receive}": 24729,
        "system.network.packets{device=eth0,direction=transmit}": 10466,
        "system.network.errors{device=eth0,direction=receive}": 1,
        "system.network.errors{device=eth0,direction=transmit}": 2,
        "system.network.dropped{device=eth0,direction=receive}": 3,
        "system.network.dropped{device=eth0,direction=transmit}": 4,
    }


def test_loopback_and_veth_are_left_out() -> None:
    seen = values(Network(host("container-host")).collect())

    assert devices(seen) == {"eth0", "docker0", "br-1f2e3d4c5b6a", "wg0", "eth0.100"}


def test_numbers_beyond_32_bits_and_beside_the_colon() -> None:
    seen = values(Network(host("cloud-64core")).collect())

    assert seen["system.network.io{device=ens5,direction=receive}"] == 98765432109876


def test_hostile_names_and_cut_lines() -> None:
    seen = values(Network(host("odd")).collect())

    assert devices(seen) == {"eth0", r"ev\x1b[31mil", r"\xff\xfe"}
    assert seen["system.network.io{device=eth0,direction=transmit}"] == 30


def test_interfaces_come_and_go(tmp_path: Path) -> None:
    line = b"%s: 1 2 3 4 0 0 0 0 5 6 7 8 0 0 0 0\n"
    network = Network(tree(tmp_path, {"proc/net/dev": line % b"eth0"}))
    assert devices(values(network.collect())) == {"eth0"}
    tree(tmp_path, {"proc/net/dev": line % b"eth0" + line % b"eth1"})
    assert devices(values(network.collect())) == {"eth0", "eth1"}
    tree(tmp_path, {"proc/net/dev": line % b"eth1"})
    assert devices(values(network.collect())) == {"eth1"}


def test_words_for_numbers_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        Network(tree(tmp_path, {"proc/net/dev": b"eth0: a b c d e f g h i j k l m\n"})).collect()


def test_a_name_with_a_colon(tmp_path: Path) -> None:
    network = Network(tree(tmp_path, {"proc/net/dev": b"eth0:1: 1 2 3 4 0 0 0 0 5 6 7 8 0 0 0 0\n"}))

    assert devices(values(network.collect())) == {"eth0:1"}


@pytest.mark.parametrize("content", [b"", b"\n:\n", b":::::", b"\0" * 50])
def test_other_garbage_yields_nothing(tmp_path: Path, content: bytes) -> None:
    assert Network(tree(tmp_path, {"proc/net/dev": content})).collect() == []

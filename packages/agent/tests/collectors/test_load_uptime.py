from pathlib import Path

import pytest
from opsentrix_agent.collectors.load import Load
from opsentrix_agent.collectors.uptime import Uptime

from .support import host, tree, values


def test_load() -> None:
    assert values(Load(host("cloud-64core")).collect()) == {
        "system.cpu.load_average.1m": 41.07,
        "system.cpu.load_average.5m": 38.52,
        "system.cpu.load_average.15m": 36.9,
    }


def test_uptime() -> None:
    assert values(Uptime(host("cloud-64core")).collect()) == {"system.uptime": 31536000.25}


@pytest.mark.parametrize("content", [b"", b"0.1 0.2", b"a b c 1/2 3\n", b"nan 0.1 0.2 1/2 3\n", b"inf inf inf 1/2 3\n"])
def test_garbage_in_loadavg_is_an_error(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ValueError, match=r"argument|convert|finite"):
        Load(tree(tmp_path, {"proc/loadavg": content})).collect()


@pytest.mark.parametrize("content", [b"", b"soon\n", b"nan 1\n", b"-inf 2\n"])
def test_garbage_in_uptime_is_an_error(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ValueError, match=r"convert|finite"):
        Uptime(tree(tmp_path, {"proc/uptime": content})).collect()

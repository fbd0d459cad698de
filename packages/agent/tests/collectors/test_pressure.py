from pathlib import Path

import pytest
from opsentrix_agent.collectors.pressure import Pressure
from opsentrix_agent.errors import CollectorUnavailableError

from .support import host, tree, values

LINES = b"some avg10=1.00 avg60=2.00 avg300=3.00 total=4000000\nfull avg10=0.50 avg60=0.25 avg300=0.00 total=5000000\n"


def test_stall_times_and_averages() -> None:
    seen = values(Pressure(host("vm-2core")).collect())

    assert seen["system.linux.pressure.stall_time{resource=cpu,stall=some}"] == 36.832859
    assert seen["system.linux.pressure.stall_time{resource=io,stall=full}"] == 6.24683
    assert seen["system.linux.pressure.average{resource=cpu,stall=some,window=10s}"] == 0.125
    assert seen["system.linux.pressure.average{resource=memory,stall=full,window=60s}"] == 0.0005
    assert seen["system.linux.pressure.stall_time{resource=irq,stall=full}"] == 1.234567
    assert not [name for name in seen if "resource=cpu,stall=full" in name]


def test_what_this_kernel_does_not_account_for_is_left_out(tmp_path: Path) -> None:
    seen = values(Pressure(tree(tmp_path, {"proc/pressure/io": LINES, "proc/pressure/disk": LINES})).collect())

    assert {name.partition("resource=")[2].partition(",")[0] for name in seen} == {"io"}


def test_switched_off_it_is_unavailable(tmp_path: Path) -> None:
    # As with psi=0, where the file is there and only reading it is refused.
    (tmp_path / "proc/pressure/cpu").mkdir(parents=True)

    with pytest.raises(CollectorUnavailableError, match="pressure cannot be read: Is a directory"):
        Pressure(tree(tmp_path, {}))


@pytest.mark.parametrize(
    "line", [b"some\n", b"some avg10=x avg60=1 avg300=1 total=1\n", b"some avg10=nan a b total=1\n"]
)
def test_garbage_is_an_error(tmp_path: Path, line: bytes) -> None:
    with pytest.raises(ValueError, match=r"values to unpack|could not convert|not a finite"):
        Pressure(tree(tmp_path, {"proc/pressure/cpu": line})).collect()

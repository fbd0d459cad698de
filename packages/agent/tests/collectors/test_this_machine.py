"""The collectors on the machine that runs the tests, beside psutil."""

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from opsentrix_agent.collector import HostPaths
from opsentrix_agent.collectors import COLLECTORS
from opsentrix_agent.collectors.cpu import Cpu
from opsentrix_agent.collectors.disk import Disk
from opsentrix_agent.collectors.filesystem import Filesystem
from opsentrix_agent.collectors.load import Load
from opsentrix_agent.collectors.memory import Memory
from opsentrix_agent.collectors.network import Network
from opsentrix_agent.collectors.processes import Processes
from opsentrix_agent.collectors.sockets import Sockets
from opsentrix_agent.collectors.swap import Swap
from opsentrix_agent.collectors.uptime import Uptime
from opsentrix_agent.errors import CollectorUnavailableError

from .support import load, values

pytestmark = pytest.mark.skipif(not Path("/proc/stat").exists(), reason="platform: needs Linux")

HOST = HostPaths()


def burn(cpu_s: float) -> None:
    end = time.process_time() + cpu_s
    while time.process_time() < end:
        pass


def test_cpu_states_sum_to_one_and_agree_with_psutil() -> None:
    cpu = Cpu(HOST)
    cpu.collect()
    before = psutil.cpu_times()
    burn(0.3)
    seen = values(cpu.collect())
    after = psutil.cpu_times()

    assert seen["system.cpu.logical.count"] == psutil.cpu_count()
    for core in ("", *(f"cpu={core}," for core in range(psutil.cpu_count() or 0))):
        shares = [value for name, value in seen.items() if name.startswith(f"system.cpu.utilization{{{core}state=")]
        assert sum(shares) == pytest.approx(1) or not shares
    spent = [new - old for new, old in zip(after[:8], before[:8], strict=True)]
    assert seen["system.cpu.utilization{state=idle}"] == pytest.approx(spent[3] / sum(spent), abs=0.1)
    assert seen["system.cpu.utilization{state=user}"] == pytest.approx(spent[0] / sum(spent), abs=0.1)


def test_memory_states_sum_to_the_limit_and_agree_with_psutil() -> None:
    memory = psutil.virtual_memory()
    seen = values(Memory(HOST).collect())

    states = {state: seen[f"system.memory.usage{{state={state}}}"] for state in ("used", "free", "cached", "buffers")}
    assert sum(states.values()) == seen["system.memory.limit"] == memory.total
    near = memory.total * 0.02
    assert states["free"] == pytest.approx(memory.free, abs=near)
    assert states["cached"] == pytest.approx(memory.cached, abs=near)
    assert states["buffers"] == pytest.approx(memory.buffers, abs=near)
    assert seen["system.linux.memory.available"] == pytest.approx(memory.available, abs=near)


def test_swap_agrees_with_psutil() -> None:
    swap = psutil.swap_memory()
    seen = values(Swap(HOST).collect())

    if swap.total == 0:
        assert seen == {}
    else:
        assert seen["system.paging.usage{state=used}"] == pytest.approx(swap.used, abs=swap.total * 0.02)


def test_load_and_uptime_agree_with_psutil() -> None:
    load = values(Load(HOST).collect())
    uptime = values(Uptime(HOST).collect())["system.uptime"]

    assert list(load.values()) == pytest.approx(psutil.getloadavg(), abs=0.5)
    assert uptime == pytest.approx(time.clock_gettime(time.CLOCK_BOOTTIME), abs=1)


def test_filesystems_agree_with_psutil() -> None:
    seen = values(Filesystem(HOST).collect())

    points = {
        name.partition("mountpoint=")[2].rpartition(",type=")[0]: value
        for name, value in seen.items()
        if name.startswith("system.filesystem.utilization")
    }
    for point, used in points.items():
        assert used * 100 == pytest.approx(psutil.disk_usage(point).percent, abs=1)


def test_disks_and_interfaces_agree_with_psutil() -> None:
    disks = psutil.disk_io_counters(perdisk=True) or {}
    if Path("/sys/block").is_dir():
        for name, value in values(Disk(HOST).collect()).items():
            if name.startswith("system.disk.io{") and name.endswith("direction=read}"):
                device = name.partition("device=")[2].partition(",")[0]
                assert value == pytest.approx(disks[device].read_bytes, rel=0.01, abs=1e7)
    interfaces = psutil.net_io_counters(pernic=True)
    for name, value in values(Network(HOST).collect()).items():
        if name.startswith("system.network.io{") and name.endswith("direction=receive}"):
            device = name.partition("device=")[2].partition(",")[0]
            assert value == pytest.approx(interfaces[device].bytes_recv, rel=0.01, abs=1e7)


def test_processes_agree_with_psutil_and_this_one_is_found() -> None:
    now = [0.0]
    processes = Processes(HOST, clock=lambda: now[0])
    processes.collect()
    burn(0.3)
    now[0] = 0.3
    for _ in range(4):
        processes.collect()
    seen = values(processes.collect())
    pids = len(psutil.pids())

    assert seen["system.process.total"] == pytest.approx(pids, abs=max(10, pids * 0.1))
    me = psutil.Process()
    found = next(one for one in processes.top(10) if one.pid == me.pid)
    assert found.name == me.name()
    assert found.user in (me.username(), str(me.uids().effective))
    assert found.cpu_cores == pytest.approx(1, abs=0.25)
    assert found.memory_bytes == pytest.approx(me.memory_info().rss, rel=0.25)
    assert found.threads >= 1


@pytest.mark.parametrize("name", COLLECTORS)
def test_what_is_available_here_works_and_emits_what_is_declared(name: str) -> None:
    try:
        collector = load(name)(HOST)  # type: ignore[call-arg]  # a protocol does not state the constructor
    except CollectorUnavailableError:
        return
    for _ in range(2):
        readings = list(collector.collect())
        values(readings)
        assert {metric for metric, _, _ in readings} <= set(collector.metrics)


def test_the_kernel_counts_tcp_connections_as_its_own_table_does() -> None:
    tables = [path for name in ("tcp", "tcp6") if (path := Path("/proc/net") / name).exists()]
    lines = [line.split() for path in tables for line in path.read_bytes().splitlines()]
    listed = sum(columns[3] == b"01" for columns in lines)
    seen = values(Sockets(HOST).collect())

    assert seen["system.network.connection.count{protocol=tcp,state=established}"] == pytest.approx(listed, abs=20)


def test_collectors_do_without_psutil() -> None:
    code = (
        "import sys, importlib\n"
        "from opsentrix_agent.collectors import COLLECTORS\n"
        "for path in COLLECTORS.values(): importlib.import_module(path.partition(':')[0])\n"
        "sys.exit('psutil' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

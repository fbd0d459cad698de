"""What an idle hub with one agent costs. Memory is asserted; CPU depends on what else the machine does: it is shown."""

import os
import re
import time
from pathlib import Path

from e2e.deployment import Deployment

WATCHED_S = 20
MAX_PEAK_MB = 200


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mb(pid: int) -> float:
    """Return the most resident memory that a process has had, in MiB."""
    found = re.search(r"^VmHWM:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert found
    return int(found[1]) / 1024


def test_an_idle_hub_with_one_agent_is_small(deployment: Deployment) -> None:
    agent = deployment.agent()
    agent.start()
    agent.wait_frames(1)
    pid, started = deployment.hub.pid, time.monotonic()
    before = cpu_seconds(pid)
    agent.wait_frames(WATCHED_S // 5)
    percent = 100 * (cpu_seconds(pid) - before) / (time.monotonic() - started)
    peak = peak_mb(pid)
    print(f"idle hub: {percent:.2f} % of a core, peak {peak:.0f} MiB; agent: peak {peak_mb(agent.process.pid):.1f} MiB")  # noqa: T201
    assert peak < MAX_PEAK_MB

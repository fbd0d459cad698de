"""What the agent may cost, held against the real program: memory, CPU, what it imports, and that none of it grows.

The whole budget is 25 MB and 0.5 % of a core at one tick a second (`make bench` measures that over ten minutes). Here
the ticks are fast, and the limits are such that other kernels and Python builds keep them too.
"""

import gc
import json
import os
import ssl
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from opsentrix_agent.collectors import COLLECTORS
from opsentrix_agent.framing import Framer
from opsentrix_agent.identity import Identity, save_identity
from opsentrix_agent.loader import load
from opsentrix_agent.runner import Runner
from opsentrix_agent.sampler import Sampler
from opsentrix_agent.selfmetrics import SelfMetrics
from opsentrix_agent.spool import Spool, SpooledFrame

from .fakehub import CREDENTIAL, FakeHub

CERTIFICATES = Path(__file__).parent / "tls"
STEP_MS = 20
FAST = f"""
import sys
from opsentrix_agent import cli, leanmessages
leanmessages.import_messages()
from opsentrix_agent import agent
agent.STEP_MS = {STEP_MS}
code = cli.main()
sys.stderr.write("modules: " + " ".join(sys.modules))
sys.exit(code)
"""
OWN_PEAK_KB = 16_790
"""What the agent may take beside the bare interpreter, which is 8.6 MB here and over 10 where Python is newer.

Both are 25 MB. Runs on one machine differ by 250 KB."""
CPU_S_PER_TICK = 0.005
"""All of the budget, 0.5 % of a core at one tick a second; it takes about a fifth of that."""
HEAVY = {
    "argparse",
    "ast",
    "asyncio",
    "calendar",
    "concurrent",
    "ctypes",
    "dataclasses",
    "datetime",
    "decimal",
    "email",
    "fractions",
    "heapq",
    "http",
    "importlib.metadata",
    "inspect",
    "locale",
    "multiprocessing",
    "psutil",
    "random",
    "shutil",
    "sqlite3",
    "subprocess",
    "tempfile",
    "unittest",
    "urllib.request",
    "websocket",
    "xml",
    "zlib_ng",
    "google.protobuf.descriptor_pool",
    "google.protobuf.internal.well_known_types",
    "google.protobuf.text_format",
}
"""Modules that cost from 0.2 to 5 MB and that no part of the running agent needs; import them where a command does, or
do without. dataclasses bring inspect, ast and dis along: a NamedTuple serves."""

pytestmark = pytest.mark.timeout(90)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of an agent whose bytecode is on disk, as after an installation: compiling takes memory."""
    cache = tmp_path_factory.mktemp("bytecode")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OPSENTRIX_", "PYTHON"))}
    compiled = kept | {"PYTHONPYCACHEPREFIX": str(cache), "no_proxy": "127.0.0.1"}
    names = ("agent", "cli", "clienttls", "heap", "identity", "leanmessages", "links.websocket")
    modules = [f"opsentrix_agent.{name}" for name in names]
    imports = "import ssl, " + ", ".join([*modules, *(dotted.partition(":")[0] for dotted in COLLECTORS.values())])
    subprocess.run([sys.executable, "-c", imports], env=compiled, check=True)
    return compiled


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / "server.pem")
    with FakeHub(context) as running:
        yield running


@contextmanager
def running(hub: FakeHub, environment: dict[str, str], folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """Run the agent with fast ticks, encrypted, against the fake hub."""
    save_identity(folder, Identity(7, CREDENTIAL, hub.url))
    config = folder / "agent.json"
    config.write_text(json.dumps({"reporting_interval": 1, "tls_ca": str(CERTIFICATES / "ca.pem")}))
    command = [sys.executable, "-c", FAST, "run", "--state-dir", str(folder), "--config", str(config)]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()


def ticks(hub: FakeHub) -> int:
    return sum(frame.ticks for frame in hub.frames.values())


def peak_kb(pid: int | str) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Cost(NamedTuple):
    """Peak memory in KB beyond that of Python, how much of it came with later ticks, CPU seconds a tick."""

    own_kb: int
    grown_kb: int
    cpu_s: float

    @property
    def fits(self) -> bool:
        return self.own_kb < OWN_PEAK_KB and self.grown_kb < 512 and self.cpu_s < CPU_S_PER_TICK


def cost(hub: FakeHub, environment: dict[str, str], folder: Path) -> Cost:
    program = "print(open('/proc/self/status').read().partition('VmHWM:')[2].split()[0])"
    bare = int(subprocess.check_output([sys.executable, "-c", program], env=environment))
    folder.mkdir()
    before = ticks(hub)
    with running(hub, environment, folder) as agent:
        assert hub.wait_for(lambda it: ticks(it) >= before + 50, 30)
        first, cpu_before, peak_before = ticks(hub), cpu_s(agent.pid), peak_kb(agent.pid)
        assert hub.wait_for(lambda it: ticks(it) >= first + 150, 30)
        spent = (cpu_s(agent.pid) - cpu_before) / (ticks(hub) - first)
        peak = peak_kb(agent.pid)
    return Cost(peak - bare, peak - peak_before, spent)


def test_peak_memory_and_cpu_stay_within_the_budget(hub: FakeHub, environment: dict[str, str], tmp_path: Path) -> None:
    # A hub that a busy machine keeps waiting leaves frames with the agent: another try tells that from what it needs.
    costs = [cost(hub, environment, tmp_path / "first")]
    costs += [cost(hub, environment, tmp_path / one) for one in ("second", "third") if not costs[0].fits]
    assert any(one.fits for one in costs), costs


def test_the_running_agent_imports_nothing_heavy(hub: FakeHub, environment: dict[str, str], tmp_path: Path) -> None:
    with running(hub, environment, tmp_path) as agent:
        assert hub.wait_for(lambda it: bool(it.frames), 30)
        agent.terminate()
        _, log = agent.communicate(timeout=30)
    imported = set(log.partition("modules: ")[2].split())
    assert {"ssl", "opsentrix_agent.connection", "opsentrix_agent.collectors.cpu"} <= imported
    assert {name for name in imported if name in HEAVY or name.partition(".")[0] in HEAVY} == set()


def test_a_thousand_ticks_leave_nothing_behind() -> None:
    runner = Runner()
    loaded = load(COLLECTORS, runner)
    spool = Spool(1 << 20)
    sampler = Sampler(loaded.collectors, runner, SelfMetrics())
    framer = Framer(bytes(16), 1000, 5)

    def tick(number: int) -> None:
        for frame in framer.add(number * 1000, sampler.sample(), sampler.series):
            spool.add(SpooledFrame((frame.boot_id, frame.seq), frame.layout.id, frame.to_wire()), frame.layout.wire)
            spool.ack(frame.boot_id, [frame.seq])

    for number in range(100):
        tick(number)
    gc.collect()
    tracemalloc.start()
    try:
        for number in range(100, 200):
            tick(number)
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for number in range(200, 1200):
            tick(number)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
        runner.close()
    # Processes and devices come and go meanwhile; a byte kept for each sample would be 100 KB.
    assert grown < 50_000

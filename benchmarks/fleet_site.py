"""A hub that knows simulated agents, with its worker: what each part of it uses, and the simulator beside it."""

import asyncio
import contextlib
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import asyncpg
from opsentrix import log
from opsentrix.db import embedded, migrate
from opsentrix.model.tokens import digest

from benchmarks import alert_rules, fleet_recording
from benchmarks.alert_load import Load
from benchmarks.deployment import ROOT, Hub, clean_environment, running_hub
from benchmarks.fleet_plan import Plan, Report, identity
from benchmarks.harness import BenchmarkError, process_tree, spawned, use_of

_STOP_S = 10.0
_READINGS = 20
_REPLAYING = (sys.executable, "-m", "benchmarks.alerting_hub")
_STARTED_CPU_S = 0.3  # the worker uses more than this to begin with


@dataclass(frozen=True, slots=True)
class Cpu:
    """CPU seconds of the three parts."""

    hub: float
    worker: float
    postgres: float

    def since(self, before: "Cpu") -> "Cpu":
        """Return what was spent since an earlier reading."""
        return Cpu(self.hub - before.hub, self.worker - before.worker, self.postgres - before.postgres)

    @property
    def total(self) -> float:
        """All parts together."""
        return self.hub + self.worker + self.postgres


@dataclass(frozen=True, slots=True)
class Site:
    """A running hub, worker and PostgreSQL; `dsn` is the database's URL."""

    hub: Hub
    worker: int
    postgres: int
    dsn: str
    folder: Path

    def cpu(self) -> Cpu:
        """Read what each part has used since it began."""
        return Cpu(_cpu(self.hub.pid), _cpu(self.worker), _cpu(self.postgres, leave_out=None))

    def alerted(self) -> Load:
        """Read what the alert engine did so far; the hub must have one."""
        return Load.of(self.hub.own_metrics())

    def rest_worker(self) -> None:
        """Stop the worker once it has nothing to do, until `wake_worker`: its start is not counted."""
        before, after = -1.0, _cpu(self.worker)
        while after > before or after < _STARTED_CPU_S:
            time.sleep(1)
            before, after = after, _cpu(self.worker)
        os.kill(self.worker, signal.SIGSTOP)

    def wake_worker(self) -> None:
        """Let the worker go on."""
        os.kill(self.worker, signal.SIGCONT)

    def compact(self, plan: Plan, timeout_s: float) -> None:
        """Let the worker compact all that a plan's agents sent, and roll up the day on which they began.

        Raises:
            BenchmarkError: it does not within `timeout_s`.
        """
        self.wake_worker()
        asyncio.run(_until_compacted(self.dsn, plan, timeout_s))

    def settle(self) -> None:
        """Have PostgreSQL do now what it put off: write its pages, and clear away the frames that were moved."""
        asyncio.run(_settle(self.dsn))


async def _settle(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("CHECKPOINT")
        await connection.execute("VACUUM agent_metrics")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


async def _until_compacted(dsn: str, plan: Plan, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    connection = await asyncpg.connect(dsn)
    try:
        while await connection.fetchval(
            """
            SELECT EXISTS (SELECT FROM agent_metrics WHERE agent_id = ANY ($1))
                OR EXISTS (SELECT FROM rollup_queue WHERE agent_id = ANY ($1) AND day <= to_timestamp($2))
            """,
            list(plan.ids),
            plan.start_ms / 1000,
        ):
            if time.monotonic() > deadline:
                raise BenchmarkError(f"the worker did not compact everything within {timeout_s:g} s")
            await asyncio.sleep(0.5)
    finally:
        await connection.close()


def _cpu(pid: int, leave_out: str | None = "postgres") -> float:
    """Return CPU seconds of a process and its descendants, the ended ones that were waited for included."""
    for _ in range(_READINGS):
        # PostgreSQL's helpers come and go: one may end between being listed and being read.
        with contextlib.suppress(BenchmarkError):
            return use_of(process_tree(pid, leave_out)).cpu_s
    raise BenchmarkError(f"the CPU of process {pid} cannot be read")


@contextlib.contextmanager
def running_site(agents: int, *, alerting: bool = False, replaying: bool = False, **settings: str) -> Iterator[Site]:
    """Run a hub that knows agents 1 to `agents`, with a worker, in a temporary folder, for the time of the block.

    Args:
        agents: how many.
        alerting: whether the hub has 100 alert rules besides its default ones.
        replaying: whether its rules are to take the newest sample, of whatever day, for the present.
        settings: more of the hub's environment.

    Raises:
        BenchmarkError: it did not start.
    """
    _raise_file_limit()
    log.configure("warning", "console")
    with tempfile.TemporaryDirectory(prefix="ox-bench-") as name:
        folder = Path(name)
        data_dir = folder / "data"
        postgres_folder = data_dir / "postgres"
        embedded.claim(data_dir)
        with embedded.running(data_dir) as dsn:
            asyncio.run(_prepare(dsn, agents))
        with running_hub(folder, _REPLAYING if replaying else ("opsentrix", "hub"), settings=settings) as hub:
            if alerting:
                _add_rules(hub)
            dsn = embedded.url_of_running(data_dir)
            environment = clean_environment(OPSENTRIX_DATA_DIR=str(data_dir))
            with spawned(["opsentrix", "worker"], folder / "worker.log", environment) as worker:
                postmaster = int((postgres_folder / "postmaster.pid").read_text().split()[0])
                site = Site(hub, worker, postmaster, dsn, folder)
                try:
                    yield site
                finally:
                    site.wake_worker()  # a stopped process does not take the signal that ends it


def _add_rules(hub: Hub) -> None:
    for number, pair in enumerate(alert_rules.pairs(fleet_recording.load()), 1):
        body = {"name": f"benchmark {number}", "expression": pair.text}
        hub.client.post("/api/v1/alert-rules", json=body).raise_for_status()


async def _prepare(dsn: str, agents: int) -> None:
    await migrate.upgrade(dsn)
    rows = [(f"simulated-{one:05}", "127.0.0.1", 5.0, *_kind(one)) for one in range(1, agents + 1)]
    credentials = [(digest(identity(one).credential), one, "active") for one in range(1, agents + 1)]
    connection = await asyncpg.connect(dsn)
    try:
        await connection.copy_records_to_table(
            "agents", records=rows, columns=("name", "host", "reporting_interval", "type", "environment", "tags")
        )
        numbers = await connection.fetchrow("SELECT min(id), max(id) FROM agents")
        await connection.copy_records_to_table(
            "agent_credentials", records=credentials, columns=("hash", "agent_id", "state")
        )
    finally:
        await connection.close()
    if numbers is None or tuple(numbers) != (1, agents):
        raise BenchmarkError(f"the agents were numbered {numbers}, not 1 to {agents}")


def _kind(agent: int) -> tuple[str, str, list[str]]:
    """Return type, environment and tags of an agent, as rules select them."""
    name, _, value = alert_rules.KINDS[agent % len(alert_rules.KINDS)].partition("=")
    return (
        value if name == "type" else "host",
        "production" if agent % 2 else "test",
        ["edge"] if agent % 8 == 0 else [],
    )


def _raise_file_limit() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class Simulator:
    """The simulator's process, joined and ready to run."""

    def __init__(self, process: "subprocess.Popen[str]", output: IO[str], log: Path) -> None:
        self.pid = process.pid
        self._process = process
        self._output = output
        self._log = log

    def expect(self) -> str:
        """Return the next line that it prints.

        Raises:
            BenchmarkError: it ended instead.
        """
        line = self._output.readline().strip()
        if not line:
            tail = self._log.read_text().strip().splitlines()[-1:] or [""]
            raise BenchmarkError(f"the simulator ended: {tail[0]}")
        return line

    def run(self) -> Report:
        """Let the agents send, and return how it went.

        Raises:
            BenchmarkError: it failed.
        """
        self.begin()
        return Report.from_json(self.expect())

    def begin(self) -> None:
        """Let the agents send, and do not wait for their end.

        Raises:
            BenchmarkError: it failed.
        """
        if self._process.stdin is None:
            raise BenchmarkError("the simulator has no standard input")
        self._process.stdin.write("go\n")
        self._process.stdin.flush()


@contextlib.contextmanager
def joined(site: Site, plan: Plan) -> Iterator[Simulator]:
    """Start the simulator and yield it once all agents are connected; its agents leave when the block ends.

    Raises:
        BenchmarkError: they could not all join.
    """
    errors_log = site.folder / f"simulator-{plan.first}.log"
    command = [sys.executable, "-m", "benchmarks.fleet_client", plan.as_json()]
    with (
        errors_log.open("w") as errors,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=ROOT
        ) as process,
    ):
        if process.stdout is None:
            raise BenchmarkError("the simulator has no standard output")
        simulator = Simulator(process, process.stdout, errors_log)
        try:
            simulator.expect()
            yield simulator
        finally:
            process.terminate()
            try:
                process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()

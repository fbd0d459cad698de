"""A hub with its own embedded PostgreSQL and real agents, all on the loopback interface, to be measured."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.harness import BenchmarkError, free_port, spawned, wait_until

ROOT = Path(__file__).parent.parent
PASSWORD = "benchmarks-only"  # noqa: S105 - of a hub that lives for one run, on loopback
START_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Hub:
    """A running hub: its URL, its process id, and a client that is logged in as its admin."""

    url: str
    pid: int
    client: httpx.Client

    def enrollment_token(self) -> str:
        """Return a fresh one-time enrollment token."""
        token: str = self.client.post("/api/v1/enrollment-tokens", json={}).raise_for_status().json()["token"]
        return token

    @property
    def cookie(self) -> str:
        """The header `Cookie` of the login."""
        return "; ".join(f"{name}={value}" for name, value in self.client.cookies.items())

    def own_metrics(self) -> dict[str, float]:
        """Return what the hub says about itself at `/metrics`, by name; those with labels are left out."""
        lines = self.client.get("/metrics").raise_for_status().text.splitlines()
        pairs = (line.split(" ") for line in lines if not line.startswith("#") and "{" not in line)
        return {name: float(value) for name, value in pairs}

    def online_agents(self) -> int:
        """Return how many agents the hub takes for online."""
        total: int = self.client.get("/api/v1/agents", params={"status": "online"}).raise_for_status().json()["total"]
        return total


def clean_environment(**settings: str) -> dict[str, str]:
    """Return this process' environment with these settings of Opsentrix and no others."""
    return {name: value for name, value in os.environ.items() if not name.startswith("OPSENTRIX_")} | settings


def installed_environment(folder: Path, **settings: str) -> dict[str, str]:
    """Return an environment like `clean_environment` whose bytecode is on disk, as it is after an installation.

    Compiling at each start would take several MB, and belongs to no agent that people run.
    """
    environment = clean_environment(PYTHONPYCACHEPREFIX=str(folder / "bytecode"), **settings)
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    for command in (
        [sys.executable, "-c", "import ssl, opsentrix_agent.agent, opsentrix_agent.links.websocket"],
        ["opsentrix-agent", "collectors"],
    ):
        subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    return environment


def healthy(url: str) -> bool:
    """Tell whether the hub at this URL answers and has its database."""
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(f"{url}/health").status_code == httpx.codes.OK
    return False


@contextlib.contextmanager
def running_hub(
    folder: Path, command: Sequence[str] = ("opsentrix", "hub"), *, grpc_port: int = 0,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Hub]:  # fmt: skip
    """Start a hub on a fresh database in `folder` and yield it once it is healthy; stop it afterwards.

    The command may be `python -m` with a module of these benchmarks; `settings` are more of its environment.

    Raises:
        BenchmarkError: it did not start; the text ends with the path of its log.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = clean_environment(
        PYTHONPATH=str(ROOT),
        OPSENTRIX_HOST="127.0.0.1",
        OPSENTRIX_PORT=str(port),
        OPSENTRIX_GRPC_PORT=str(grpc_port),
        OPSENTRIX_DATA_DIR=str(folder / "data"),
        OPSENTRIX_ADMIN_PASSWORD=PASSWORD,
        OPSENTRIX_RATE_LIMITS="false",
        **(settings or {}),
    )
    log = folder / "hub.log"
    with (
        spawned(command, log, environment) as pid,
        httpx.Client(base_url=url, headers={"Origin": url}, timeout=10) as client,
    ):
        wait_until(lambda: healthy(url), f"the hub was not healthy (log: {log})", START_TIMEOUT_S)
        login = client.post("/api/v1/auth/login", json={"username": "admin", "password": PASSWORD})
        if login.is_error:
            raise BenchmarkError(f"the hub refused the login: {login.text}")
        yield Hub(url, pid, client)


@contextlib.contextmanager
def running_agent(hub: Hub, folder: Path, **settings: object) -> Iterator[int]:
    """Enroll an agent for this machine, run it for the time of the block and yield its process id.

    Its settings are the default ones, whatever this machine's own agent is set to, but for those given.

    Raises:
        BenchmarkError: the hub did not take it.
    """
    folder.mkdir(exist_ok=True)
    config = folder / "agent.json"
    config.write_text(json.dumps({"server_url": hub.url, "state_dir": str(folder / "agent"), **settings}))
    options = ["--config", str(config)]
    environment = installed_environment(folder)
    enrolled = subprocess.run(
        ["opsentrix-agent", "enroll", *options, "--server", hub.url],
        env=environment | {"OPSENTRIX_ENROLLMENT_TOKEN": hub.enrollment_token()},
        capture_output=True,
        text=True,
        check=False,
    )
    if enrolled.returncode != 0:
        raise BenchmarkError(f"the agent could not enroll: {enrolled.stderr.strip()}")
    with spawned(["opsentrix-agent", "run", *options], folder / "agent.log", environment) as pid:
        yield pid

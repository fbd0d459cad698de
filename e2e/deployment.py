"""A hub with its data directory and agents of it, each a real process, all on the loopback interface."""

import asyncio
import contextlib
import json
import random
import shutil
import socket
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from opsentrix.db import embedded

from e2e.processes import Program, end_left_behind, run_to_end, wait_until

PASSWORD = "correct-horse"
READY_WITHIN_S = 60.0


class Deployment:
    """One data directory with a hub, the agents of that hub and everything that they write.

    Attributes:
        folder: holds the data directory, the agents' state, recordings and logs.
        url: of the hub; it stays the same over restarts.
    """

    def __init__(self, command: str = "hub", environment: Mapping[str, str] | None = None) -> None:
        # Short, because PostgreSQL's Unix socket lies in it, and open to the user whom the server runs as.
        self.folder = Path(tempfile.mkdtemp(dir="/tmp", prefix="ox-"))
        self.folder.chmod(0o755)
        given = (environment or {}).get("OPSENTRIX_DATA_DIR")
        self.data_dir = Path(given) if given else self.folder / "d"
        self.port = free_port()
        self.url = f"http://{(environment or {}).get('OPSENTRIX_HOST', '127.0.0.1')}:{self.port}"
        self.environment = {
            "OPSENTRIX_PORT": str(self.port),
            "OPSENTRIX_GRPC_PORT": "0",
            "OPSENTRIX_DATA_DIR": str(self.data_dir),
            "OPSENTRIX_ADMIN_PASSWORD": PASSWORD,
        } | {**(environment or {})}
        self._programs: list[Program] = []
        self.hub = self.program("opsentrix", command, name=command)
        self.client = httpx.Client(base_url=self.url, timeout=20)
        self._agents: list[Agent] = []

    def program(self, module: str, *arguments: str, name: str) -> Program:
        """Return a command with this deployment's settings; its log is named after it."""
        made = Program(module, *arguments, log=self.folder / f"{name}.log", environment=self.environment)
        self._programs.append(made)
        return made

    def start(self) -> float:
        """Start the hub, wait until it works, log in, and return the seconds until it worked."""
        self.hub.start()
        took = self.wait_healthy()
        self.log_in()
        return took

    def wait_healthy(self, within_s: float = READY_WITHIN_S) -> float:
        """Wait until hub and database work and return the seconds that took."""

        def healthy() -> bool:
            assert self.hub.running, "the hub ended"
            return self.health() == httpx.codes.OK

        return wait_until(healthy, "the hub is healthy", within_s)

    def health(self) -> int:
        """Return the status of /health, 0 when nothing answers."""
        with contextlib.suppress(httpx.TransportError):
            return self.client.get("/health").status_code
        return 0

    def log_in(self, password: str = PASSWORD) -> None:
        """Give the client the cookie of `admin`."""
        self.post("/api/v1/auth/login", username="admin", password=password)

    def get(self, path: str, **parameters: str | float) -> Any:  # noqa: ANN401 - JSON
        """Return the JSON of a GET that has to succeed."""
        answer = self.client.get(path, params=parameters)
        assert answer.is_success, answer.text
        return answer.json()

    def post(self, path: str, **body: object) -> Any:  # noqa: ANN401 - JSON
        """Return the JSON of a POST that has to succeed, where need be by a person who has just logged in."""
        answer = self.client.post(path, json=body)
        if answer.status_code == httpx.codes.FORBIDDEN and "confirmation-needed" in answer.text:
            self.log_in()  # a slow machine takes longer over the tests of a file than a login counts as proof
            answer = self.client.post(path, json=body)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def token(self) -> str:
        """Return a new enrollment token."""
        token: str = self.post("/api/v1/enrollment-tokens")["token"]
        return token

    def register(self, name: str, **fields: object) -> tuple[int, str]:
        """Enroll an agent of which there is no process; return its id and its credential."""
        body = {"name": name, "type": "host", "host": f"{name}.example", **fields}
        headers = {"Authorization": f"Bearer {self.token()}"}
        answer = self.client.post("/api/v1/agents/register", json=body, headers=headers)
        assert answer.is_success, answer.text
        return int(answer.json()["id"]), str(answer.json()["credential"])

    def agent(
        self, name: str = "agent", server_url: str | None = None, proxy: str = "", etc: Path | None = None,
        within: Sequence[str] = (), **config: object,
    ) -> "Agent":  # fmt: skip
        """Return a newly enrolled agent, not yet running.

        Args:
            name: unique in this deployment.
            server_url: where it is to find the hub, if not at `url`.
            proxy: URL of the HTTP proxy that it has to use when it runs.
            etc: the folder of its config file, if it has one of its own.
            within: a program and arguments that run another one somewhere else, such as in a network namespace.
            config: more keys of its config file.
        """
        agent = Agent(self, name, server_url or self.url, proxy, config, etc or self.folder, within)
        self._agents.append(agent)
        return agent

    def database_url(self) -> str:
        """Return the URL of the embedded PostgreSQL, which must run."""
        return embedded.url_of_running(self.data_dir)

    def execute(self, database_url: str, statement: str) -> None:
        """Run one SQL statement."""

        async def run() -> None:
            connection = await asyncpg.connect(database_url)
            try:
                await connection.execute(statement)
            finally:
                await connection.close()

        asyncio.run(run())

    def new_database(self, name: str) -> str:
        """Create an empty database on the embedded PostgreSQL, which must run, and return its URL."""
        url = self.database_url()
        self.execute(url, f"CREATE DATABASE {name}")
        return url.replace("/postgres?", f"/{name}?")

    def postmaster(self) -> int:
        """Return the process id of the embedded PostgreSQL's first process; 0 when there is none."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            return int((self.data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[0])
        return 0

    def logs(self) -> dict[str, str]:
        """Return all logs by name."""
        found = [*self.folder.glob("*.log"), self.data_dir / "postgres" / "log"]
        return {log.name: log.read_text(encoding="utf-8", errors="replace") for log in found if log.is_file()}

    def end(self) -> dict[int, str]:
        """Stop everything; return the processes that did not stop and were killed."""
        for agent in self._agents:
            agent.process.end()
        for program in reversed(self._programs):
            program.end()
        self.client.close()
        return end_left_behind(self.folder) | end_left_behind(self.data_dir)

    def remove(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self.folder)


class Agent:
    """An agent that writes down each frame that it closes.

    Attributes:
        id: its number in the hub.
        state_dir: where it keeps its identity and the journal of actions.
        record: the file of those frames.
    """

    def __init__(
        self, deployment: Deployment, name: str, server_url: str, proxy: str, config: Mapping[str, object], etc: Path,
        within: Sequence[str],
    ) -> None:  # fmt: skip
        settings = {"server_url": server_url, "name": name, "state_dir": str(deployment.folder / name), **config}
        path = etc / f"{name}.json"
        path.write_text(json.dumps(settings))
        token = {"OPSENTRIX_ENROLLMENT_TOKEN": deployment.token()}
        enrolled = run_to_end(["opsentrix_agent", "enroll", "--config", str(path), "--server", deployment.url], token)
        assert enrolled.returncode == 0, enrolled.stderr
        self.record = deployment.folder / f"{name}.record"
        self.process = Program(
            "opsentrix_agent", "run", "--config", str(path), "--record", str(self.record),
            log=deployment.folder / f"{name}.log",
            environment={"http_proxy": proxy, "no_proxy": ""} if proxy else {}, within=within,
        )  # fmt: skip
        self.state_dir = Path(str(settings["state_dir"]))
        identity = json.loads((self.state_dir / "identity.json").read_text())
        self.id = int(identity["agent_id"])
        self.credential = str(identity["credential"])

    def start(self) -> None:
        """Start it and wait until the hub welcomed it."""
        before = self.welcomes()
        self.process.start()
        self.wait_welcomed(before)

    def welcomes(self) -> int:
        """Return how often the hub has welcomed it so far."""
        return self.process.output().count("connected to hub")

    def wait_welcomed(self, before: int, within_s: float = 75.0) -> float:
        """Wait until the hub welcomed it more often than `before` and return the seconds that took.

        Two attempts of an agent may be a minute apart.
        """
        return wait_until(lambda: self.welcomes() > before, "the hub welcomes the agent", within_s)

    def frames(self) -> int:
        """Return how many frames it has closed so far."""
        return self.record.read_bytes().count(b"\n") if self.record.exists() else 0

    def wait_frames(self, more: int, within_s: float = 40.0) -> None:
        """Wait until it has closed so many more frames."""
        before = self.frames()
        wait_until(lambda: self.frames() >= before + more, f"{more} more frames", within_s)

    def stop(self) -> None:
        """Stop it in order; all that it sampled must be acknowledged then."""
        assert self.process.stop() == 0
        assert "did not acknowledge" not in self.process.output()


def secure(made: Deployment) -> Deployment:
    """Make a deployment speak HTTPS; its client believes everything, as a person does who has only the console."""
    made.url = made.url.replace("http:", "https:")
    made.client.close()
    made.client = httpx.Client(base_url=made.url, timeout=20, verify=False)  # noqa: S501 - the pin is what is tested
    return made


def free_port() -> int:
    """Return a port that nobody listens on, outside the range that the kernel takes outgoing ports from.

    An agent that looks for its hub on a port of that range can connect to itself and keep the port from the hub.
    """
    while True:
        port = random.SystemRandom().randint(20_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port

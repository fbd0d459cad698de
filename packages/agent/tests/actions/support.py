"""Keys, policies and commands made to order, and executors that are asked as the agent asks them."""

import json
import os
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from opsentrix_agent.actions.catalogue import CATALOGUE
from opsentrix_agent.actions.executor import Site
from opsentrix_agent.actions.journal import FOLDER, History, Journal
from opsentrix_agent.actions.judge import Agent, Verdict, judge
from opsentrix_agent.actions.machine import Machine
from opsentrix_agent.actions.policy import ActionPolicy, parse_policy
from opsentrix_agent.actions.wire import Messages, framed
from opsentrix_agent.identity import Identity, save_identity
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.commands import approval_text, command_text, key_id

HUB = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ANA = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(range(2, 34)))
AGENT_ID = 7
NOW_MS = 1_700_000_000_000
Result = pb.CommandResult

_numbers = count(1)


def public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


def text_of(key: Ed25519PrivateKey) -> str:
    return b64encode(public(key)).decode()


HUB_ID = key_id(public(HUB))
SIGNERS = {"hub": True, "operators": [{"name": "ana", "key": text_of(ANA)}]}


def policy_content(actions: Mapping[str, object], *, hub: bool = True, **limits: int) -> dict[str, Any]:
    return {"actions": dict(actions), "signers": SIGNERS | {"hub": hub}, "limits": limits}


def policy_of(actions: Mapping[str, object], *, hub: bool = True, **limits: int) -> ActionPolicy:
    return parse_policy(policy_content(actions, hub=hub, **limits), "policy")


def sign(command: pb.Command, key: Ed25519PrivateKey = HUB, hub: str = HUB_ID) -> pb.Command:
    """Sign it, as it is now."""
    command.key_id = key_id(public(key))
    command.signature = key.sign(command_text(command, hub))
    return command


def command(
    action: str, params: object = None, key: Ed25519PrivateKey = HUB, now_ms: int = NOW_MS, **changed: object
) -> pb.Command:
    """Return a signed command; `changed` are other fields of it."""
    number = next(_numbers)
    made = pb.Command(
        id=f"c-{os.getpid()}-{number}",
        agent_id=AGENT_ID,
        action=action,
        params_json=params if isinstance(params, str) else json.dumps(params or {}),
        nonce=os.urandom(16),
        issued_ms=now_ms - 100,
        expires_ms=now_ms + 60_000,
        by="ana",
    )
    for name, value in changed.items():
        setattr(made, name, value)
    return sign(made, key)


def approve(made: pb.Command, key: Ed25519PrivateKey = ANA, **changed: object) -> pb.Command:
    """Put a standing approval into a command that the hub signed."""
    approval = pb.StandingApproval(
        id="a-1",
        agent_ids=[3, AGENT_ID],
        runbook="restart-nginx",
        runbook_sha256=bytes(32),
        action=made.action,
        params_sha256=sha256(made.params_json.encode()).digest(),
        per_hour=2,
        issued_ms=made.issued_ms - 1000,
        expires_ms=made.expires_ms + 1_000_000,
        by="ana",
        key_id=key_id(public(key)),
    )
    for name, value in changed.items():
        setattr(approval, name, value)
    approval.signature = key.sign(approval_text(approval, HUB_ID))
    made.approval.CopyFrom(approval)
    return made


def ask(
    made: pb.Command,
    policy: ActionPolicy,
    history: History | None = None,
    machine: Machine | None = None,
    now_ms: int = NOW_MS,
) -> Verdict:
    """Judge a command as an executor does."""
    agent = Agent(AGENT_ID, public(HUB))
    return judge(made, policy, agent, history or History(), machine or Machine(), now_ms)


class Place(NamedTuple):
    """A machine's files below one folder: policy, identity, scripts, programs, journal."""

    root: Path

    @property
    def config(self) -> Path:
        return self.root / "etc" / "agent.json"

    @property
    def policy(self) -> Path:
        return self.root / "etc" / "policy.json"

    @property
    def state_dir(self) -> Path:
        return self.root / "state"

    @property
    def programs(self) -> Path:
        return self.root / "bin"

    @property
    def scripts(self) -> Path:
        return self.root / "etc" / "actions.d"

    @property
    def machine(self) -> Machine:
        folders = {"systemd": self.root / "systemd", "docker": self.root / "docker.sock", "scripts": self.scripts}
        return Machine(search=str(self.programs), **folders)

    @property
    def site(self) -> Site:
        return Site(self.policy, self.state_dir, self.machine)

    def write_policy(self, content: object) -> None:
        self.policy.write_text(json.dumps(content))
        self.policy.chmod(0o644)

    def write_script(self, name: str, code: str, **parameters: object) -> Path:
        path = self.scripts / name
        path.write_text(code)
        path.chmod(0o755)
        (self.scripts / f"{name}.json").write_text(json.dumps({"parameters": parameters}))
        (self.scripts / f"{name}.json").chmod(0o644)
        return path

    def history(self) -> History:
        with Journal(self.state_dir / FOLDER) as journal:
            return journal.read()


def make_place(root: Path, actions: Mapping[str, object], **limits: int) -> Place:
    """Make a machine whose owner allows these actions."""
    place = Place(root)
    for folder in (place.scripts, place.programs, place.root / "systemd"):
        folder.mkdir(parents=True)
        folder.chmod(0o755)
    save_identity(place.state_dir, Identity(AGENT_ID, "secret", "https://hub.example", command_key=text_of(HUB)))
    place.write_policy(policy_content(actions) | {"limits": limits})
    return place


EXECUTOR = """
import sys
from pathlib import Path
from opsentrix_agent.actions import running
from opsentrix_agent.actions.executor import Site, execute
from opsentrix_agent.actions.machine import Machine
running.GRACE_S = 0.5
running.ALONE_S = 0.5
policy, state, programs, systemd, docker, scripts = map(Path, sys.argv[1:])
machine = Machine(search=str(programs), systemd=systemd, docker=docker, scripts=scripts)
sys.exit(execute(Site(policy, state, machine)))
"""
"""As `opsentrix-agent execute`, with this machine's stand-ins and less patience."""


class Executor:
    """One executor, asked through pipes."""

    def __init__(self, place: Place, made: pb.Command) -> None:
        machine = place.machine
        files = [place.policy, place.state_dir, machine.search, machine.systemd, machine.docker, machine.scripts]
        program = [sys.executable, "-c", EXECUTOR, *map(str, files)]
        self.process = subprocess.Popen(
            program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, process_group=0
        )
        self._messages = Messages()
        self._waiting: list[pb.AgentMessage] = []
        self.output = b""
        self.pieces: list[pb.CommandOutput] = []
        self.say(framed(made.SerializeToString()))

    def say(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def next(self) -> pb.AgentMessage | None:
        """Return its next message, or None at its end."""
        assert self.process.stdout is not None
        while not self._waiting:
            data = os.read(self.process.stdout.fileno(), 65536)
            if not data:
                return None
            self._waiting = [pb.AgentMessage.FromString(one) for one in self._messages.take(data)]
        message = self._waiting.pop(0)
        if message.HasField("command_output"):
            self.pieces.append(message.command_output)
            self.output += message.command_output.data
        return message

    def wait_for_output(self, text: bytes) -> None:
        while text not in self.output:
            assert self.next() is not None

    def result(self) -> pb.CommandResult | None:
        """Wait for its result and its end."""
        found = None
        while (message := self.next()) is not None:
            if message.HasField("command_result"):
                assert found is None  # a command has one result
                found = message.command_result
        self.close()
        return found

    def close(self) -> None:
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        self.process.wait(30)


def follow(place: Place, made: pb.Command) -> tuple[pb.CommandResult, bytes]:
    """Have an executor follow a command; return its result and all output."""
    executor = Executor(place, made)
    result = executor.result()
    assert result is not None
    return result, executor.output


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def live(action: str, params: object = None, key: Ed25519PrivateKey = HUB, **changed: object) -> pb.Command:
    """Return a signed command of this moment."""
    return command(action, params, key, now_ms(), **changed)


def alive(pid: int) -> bool:
    """Return whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def everything(scripts: Sequence[str] = ("job",)) -> dict[str, object]:
    """Return a policy's actions in which each is allowed, as far as lists go."""
    lists: dict[str, object] = {
        "units": ["nginx"],
        "processes": [{"name": "sleep", "user": "root"}],
        "signals": ["TERM"],
        "hosts": ["*.example.org", "10.0.0.0/8"],
        "files": ["/var/log/nginx/*.log"],
        "paths": ["/srv/*"],
    }
    names = {"script": list(scripts)}
    return {
        name: {rule.key: lists.get(rule.key) or names.get(name, ["web-*"]) for rule in action.rules}
        for name, action in CATALOGUE.items()
    }

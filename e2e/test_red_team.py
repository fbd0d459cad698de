"""A hub that was stolen whole: its database, its keys and its place. Real agents do what owners allowed, no more.

Whatever runs leaves a mark, and is in the agent's journal; so what must not run is shown not to have run, and what may
run is shown to run, or the rest would prove nothing. Each attack must be refused for the reason that it is made for.
"""

import contextlib
import os
import pwd
import signal
import socket
import subprocess
import time
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from opsentrix_agent.actions.catalogue import CATALOGUE
from opsentrix_agent.identity import load_identity
from opsentrix_protocol import opsentrix_pb2 as pb
from websockets.exceptions import ConnectionClosed

from deploy.artefact import agent_version, contents, write
from e2e.conftest import MakeDeployment, end_all
from e2e.deployment import Agent, Deployment
from e2e.forgery import Forger, Forgery, approvals, envelopes, id_of, parameters
from e2e.hostilehub import HostileHub, steal_key
from e2e.owner import Owner, begun
from e2e.processes import wait_until
from e2e.test_upgrade import Installed

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("red_team")]
Result = pb.CommandResult
ANA = Ed25519PrivateKey.generate()
PER_HOUR = 10
_REST_S = 6.0
"""After so many attacks at once an agent is busy; it takes another command each second."""
USER = pwd.getpwuid(os.geteuid()).pw_name
EVERYTHING: Mapping[str, object] = {
    "script": {"names": ["job"]}, "shell": {}, "log.tail": {}, "network.http": {"hosts": ["allowed.invalid"]},
    "process.signal": {"processes": [{"name": "ox-allowed", "user": USER}], "signals": ["TERM"]},
}  # fmt: skip
"""What owners allow; the files of log.tail are known later."""
_DEMANDED = "demands the signature of an operator's key"
SECRET = "the-secret-of-this-machine"
MARK: Mapping[str, object] = {"type": "string", "characters": "a-z0-9-", "required": True}


class Victim:
    """A real agent of the stolen hub.

    Attributes:
        marks: has a line for each time that the script which the owner allowed was run.
        owned: is there once anything else ran.
    """

    def __init__(self, deployment: Deployment, name: str) -> None:
        folder = deployment.folder / f"{name}-etc"
        self.owner = Owner(folder)
        self.marks, self.owned = folder / "marks", folder / "owned"
        self.owner.script("job", f'echo "$1" >>{self.marks}', mark=MARK)
        self.owner.script("other", f"touch {self.owned}", mark=MARK)
        self.agent: Agent = deployment.agent(name, etc=folder, reporting_interval=1)
        self.id = self.agent.id

    def marked(self) -> list[str]:
        return self.marks.read_text().splitlines() if self.marks.exists() else []

    def begun(self) -> list[str]:
        return begun(self.agent.state_dir)


class Stolen:
    """What the thief has: the key, the hub's place, and the agents that come there by themselves."""

    def __init__(self, deployment: Deployment) -> None:
        self.logs, self.secret = deployment.folder / "logs", deployment.folder / "secret"
        self.logs.mkdir()
        self.secret.write_text(SECRET)
        (self.logs / "app.log").write_text("a line\n")
        (self.logs / "link.log").symlink_to(self.secret)
        # Several, since each takes no more than one command a second for long.
        self.wide = self.first, self.second, self.third = [Victim(deployment, f"wide-{number}") for number in range(3)]
        self.strict = Victim(deployment, "strict")
        self.flooded = Victim(deployment, "flooded")
        everything = {**EVERYTHING} | {"log.tail": {"files": [f"{self.logs}/*.log"]}}
        ana = [{"name": "ana", "key": b64encode(ANA.public_key().public_bytes_raw()).decode()}]
        for one in self.wide:
            one.owner.allow(everything, {"per_hour": 600}, hub=True, operators=ana)
        self.strict.owner.allow(everything, {"per_hour": 600}, hub=False, operators=ana)
        self.flooded.owner.allow(everything, {"per_hour": PER_HOUR, "at_once": 1}, hub=True)
        self.victims = (*self.wide, self.strict, self.flooded)
        self.key = steal_key(deployment)
        assert deployment.hub.stop() == 0
        self.hub = HostileHub(deployment.port, {one.agent.credential: one.id for one in self.victims})

    def forger(self, victim: Victim) -> Forger:
        return Forger(self.key, victim.id)

    def give(self, victim: Victim, command: pb.Command) -> pb.CommandResult:
        return self.hub.give(victim.id, command)

    def attack(self, victim: Victim, forgeries: Iterable[Forgery]) -> int:
        """Send each, check that it is refused for its reason and that nothing was begun; return how many there were."""
        before, marks, count = victim.begun(), victim.marked(), 0
        for name, command, why in forgeries:
            count += 1
            result = self.give(victim, command)
            assert (result.status, why in result.error) == (Result.STATUS_REFUSED, True), (name, result)
        assert (victim.begun(), victim.marked(), victim.owned.exists()) == (before, marks, False)
        return count

    def allowed(self, victim: Victim, command: pb.Command, mark: str) -> None:
        """Give a command that is to run, and check that it does, once."""
        result = self.give(victim, command)
        assert result.status == Result.STATUS_SUCCEEDED, result
        assert victim.marked().count(f"--mark={mark}") == 1
        assert victim.begun()[-1] == command.id


@pytest.fixture(scope="module")
def stolen() -> Iterator[Stolen]:
    deployment = Deployment()
    try:
        deployment.start()
        made = Stolen(deployment)
        with made.hub:
            for one in made.victims:
                one.agent.process.start()
            for one in made.victims:
                made.hub.wait_welcomed(one.id)
            yield made
            for one in made.victims:
                assert one.agent.process.running
    finally:
        end_all([deployment])


@contextlib.contextmanager
def running(name: str, folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a process that the kernel calls so, and that waits."""
    program = folder / name
    program.symlink_to("/bin/sleep")
    process = subprocess.Popen([str(program), "600"], cwd=folder)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def started(pid: int) -> int:
    """Return when a process was started, as the kernel counts."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])


def test_the_stolen_key_is_the_one_that_agents_trust(stolen: Stolen) -> None:
    for victim in stolen.victims:
        identity = load_identity(victim.agent.state_dir)
        assert identity is not None
        assert identity.command_key == b64encode(stolen.key.public_key().public_bytes_raw()).decode()


def test_what_the_owner_allows_a_thief_can_do_and_no_forgery_of_it(stolen: Stolen) -> None:
    forger = stolen.forger(stolen.first)
    first = forger.job("first")
    stolen.allowed(stolen.first, first, "first")
    count = stolen.attack(stolen.first, envelopes(forger, stolen.strict.id))
    assert count > 25
    time.sleep(_REST_S)
    again = forger.job("again", nonce=first.nonce)
    assert stolen.give(stolen.first, again).error == "The command's nonce was used before."
    for one in (first, forger.job("again", id=first.id)):  # known: they bring the first one's result, or nothing
        stolen.hub.send(stolen.first.id, pb.HubMessage(command=one))
    stolen.allowed(stolen.first, forger.job("last"), "last")
    assert [stolen.first.marked().count(f"--mark={one}") for one in ("first", "again")] == [1, 0]
    assert {one.status for one in stolen.hub.results(stolen.first.id, first.id)} == {Result.STATUS_SUCCEEDED}


def test_hostile_parameters_of_what_is_allowed(stolen: Stolen) -> None:
    assert stolen.attack(stolen.second, parameters(stolen.forger(stolen.second))) > 30
    stolen.allowed(stolen.second, stolen.forger(stolen.second).job("a-z0-9"), "a-z0-9")


def beyond(forger: Forger) -> Iterator[pb.Command]:
    """Yield a command for each action that the policy does not name, and for some that there are not."""
    usual = {"unit": "ssh", "name": "web", "host": "127.0.0.1", "path": "/", "delay_s": 0}
    for name, action in CATALOGUE.items():
        if name not in EVERYTHING:
            yield forger.command(name, {one.name: usual[one.name] for one in action.parameters if one.name in usual})
    for name in ("exec", "policy.update", "script.other"):
        yield forger.command(name, {})


def test_actions_beyond_the_policy(stolen: Stolen, tmp_path: Path) -> None:
    forger = stolen.forger(stolen.third)
    attacks = [Forgery(one.action, one, "does not allow") for one in beyond(forger)]
    shell = forger.command("shell", {"command": f"touch {stolen.third.owned}"})
    attacks.append(Forgery("shell", shell, _DEMANDED))
    with contextlib.ExitStack() as stack:
        trap = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        trap.settimeout(0)
        place = f"127.0.0.1:{trap.getsockname()[1]}"
        urls = (
            f"http://{place}/", f"http://allowed.invalid@{place}/", f"http://{place}#.allowed.invalid",
            f"http://{place.replace('127.0.0.1', '2130706433')}/", f"file://allowed.invalid/{stolen.secret}",
        )  # fmt: skip
        attacks += [Forgery(one, forger.command("network.http", {"url": one}), "") for one in urls]
        allowed, other = (stack.enter_context(running(name, tmp_path)) for name in ("ox-allowed", "ox-other"))
        wait_until(lambda: Path(f"/proc/{allowed.pid}/comm").read_text() == "ox-allowed\n", "it has its name")

        def kill(pid: int, start: int, number: str) -> pb.Command:
            return forger.command("process.signal", {"pid": pid, "started": start, "signal": number})

        attacks += [
            Forgery("other process", kill(other.pid, started(other.pid), "TERM"), "does not list the process"),
            Forgery("other signal", kill(allowed.pid, started(allowed.pid), "KILL"), "does not list the signal"),
            Forgery("other start", kill(allowed.pid, started(allowed.pid) - 1, "TERM"), "is another one by now"),
            Forgery("init", kill(1, started(1), "TERM"), "must be from"),
            Forgery("file", forger.command("log.tail", {"file": "/etc/shadow"}), "does not list the file"),
            Forgery("dots", forger.command("log.tail", {"file": f"{stolen.logs}/../secret"}), "does not list"),
            Forgery("deep", forger.command("log.tail", {"file": f"{stolen.logs}/../logs/app.log"}), "does not list"),
        ]
        assert stolen.attack(stolen.third, attacks) > 30
        with pytest.raises(BlockingIOError):
            trap.accept()
        assert [one.poll() for one in (allowed, other)] == [None, None]
        stolen.give(stolen.third, kill(allowed.pid, started(allowed.pid), "TERM"))
        assert allowed.wait(20) == -signal.SIGTERM
    link = stolen.give(stolen.third, forger.command("log.tail", {"file": f"{stolen.logs}/link.log"}))
    assert link.status == Result.STATUS_FAILED  # it is begun, and finds that it is a link
    stolen.give(stolen.third, forger.command("log.tail", {"file": f"{stolen.logs}/app.log"}))
    assert b"a line\n" in stolen.hub.output(stolen.third.id)
    assert SECRET.encode() not in stolen.hub.output(stolen.third.id)


def test_where_operators_keys_are_demanded_nothing_runs_at_all(stolen: Stolen) -> None:
    victim, forger = stolen.strict, stolen.forger(stolen.strict)
    simple = {
        "job": forger.job("strict"), "shell": forger.command("shell", {"command": f"touch {victim.owned}"}),
        "file": forger.command("log.tail", {"file": f"{stolen.logs}/app.log"}),
        "url": forger.command("network.http", {"url": "http://allowed.invalid/"}),
    }  # fmt: skip
    count = stolen.attack(victim, [Forgery(name, one, _DEMANDED) for name, one in simple.items()])
    as_ana = forger.job("as-ana")
    as_ana.key_id = id_of(ANA)
    stolen.attack(victim, [Forgery("as-ana", as_ana, "signature is not good")])
    count += stolen.attack(victim, approvals(forger, ANA, stolen.first.id))
    unsigned = [one._replace(why="") for one in envelopes(forger, stolen.first.id)]
    count += stolen.attack(victim, unsigned)
    assert count > 45
    assert victim.begun() == []
    assert victim.marked() == []
    # What an operator did sign runs, as often as they said, however often the thief sends it.
    stolen.allowed(victim, forger.job("by-ana", key=ANA), "by-ana")
    approved = forger.approved("approved", ANA)
    stolen.allowed(victim, approved, "approved")
    anew = forger.job("approved")
    anew.approval.CopyFrom(approved.approval)
    stolen.attack(victim, [Forgery("again", anew, "The approval allows 1 commands an hour")])
    for_other = Forger(stolen.key, stolen.first.id).job("stray", key=ANA)
    stolen.attack(victim, [Forgery("for-other", for_other, "is for agent")])


def test_nothing_else_that_a_hub_may_say_reaches_what_the_owner_set(stolen: Stolen) -> None:
    victim, hub = stolen.third, stolen.hub
    files, started_before = victim.owner.files(), victim.begun()
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.settimeout(0)
        elsewhere = f"http://127.0.0.1:{trap.getsockname()[1]}"
        wanted = (
            f'{{"server_url": "{elsewhere}", "state_dir": "/tmp", "plugin_dir": "{victim.owner.folder}/actions.d",'
            f' "tls_ca": "x", "policy": {{"actions": {{"shell": {{}}}}}}, "actions": {{"shell": {{}}}},'
            ' "signers": {"hub": true}, "config": "/tmp/x.json", "hub_key": "x"}'
        )
        hub.send(victim.id, pb.HubMessage(configuration=pb.Configuration(version=7, content_json=wanted)))
        hub.wait(
            lambda: any(one.configuration_state.version == 7 for one in hub.said[victim.id]), "the settings are told"
        )
        state = next(one.configuration_state for one in hub.said[victim.id] if one.configuration_state.version == 7)
        refused = {one.key.partition(".")[0] for one in state.refused}
        assert refused == {
            "server_url", "state_dir", "plugin_dir", "tls_ca", "policy", "actions", "signers", "config", "hub_key"
        }  # fmt: skip
        before = hub.welcomed[victim.id]
        hub.send(victim.id, pb.HubMessage(identity_notice=pb.IdentityNotice(kind=pb.IdentityNotice.KIND_ROTATE)))
        hub.wait_welcomed(victim.id, before)  # with a credential of its own making
        release = pb.Upgrade(rollout_id=bytes(16), version="99.0.0", sha256=bytes(32), size=1000)
        hub.send(victim.id, pb.HubMessage(upgrade=release))
        hub.wait(lambda: any(one.upgrade_state.detail for one in hub.said[victim.id]), "the upgrade is refused")
        (answer,) = [one.upgrade_state for one in hub.said[victim.id] if one.HasField("upgrade_state")]
        assert answer.state == pb.UpgradeState.STATE_REFUSED
        hub.answer, hub.location = 307, f"{elsewhere}/api/v1/agents/connect"
        paths = len(hub.paths)
        hub.cut(victim.id)
        hub.wait(lambda: len(hub.paths) > paths + 1, "the agent comes again")
        hub.answer, before = None, hub.welcomed[victim.id]
        hub.wait_welcomed(victim.id, before)
        for garbage in (os.urandom(1000), "text", b"\xff" * 100, bytes(3_000_000)):
            before = hub.welcomed[victim.id]
            with contextlib.suppress(ConnectionClosed):  # the agent may hang up before it has all of it
                hub.send(victim.id, garbage)
            hub.wait_welcomed(victim.id, before)  # it hangs up, and comes again
        with pytest.raises(BlockingIOError):
            trap.accept()
    identity = load_identity(victim.agent.state_dir)
    assert identity is not None
    assert identity.command_key == b64encode(stolen.key.public_key().public_bytes_raw()).decode()
    assert {name: victim.owner.files()[name] for name in files} == files
    assert victim.begun() == started_before
    stolen.allowed(victim, stolen.forger(victim).job("afterwards"), "afterwards")


def test_a_flood_runs_no_more_than_the_owner_said(stolen: Stolen) -> None:
    victim, forger = stolen.flooded, stolen.forger(stolen.flooded)
    for number in range(1000):
        stolen.hub.send(victim.id, pb.HubMessage(command=forger.job(f"flood-{number}")))
    before = stolen.hub.welcomed[victim.id]
    stolen.hub.cut(victim.id)  # of so many answers the agent keeps back most
    stolen.hub.wait_welcomed(victim.id, before)
    result = stolen.give(victim, forger.job("first"))
    while "an hour" not in result.error:
        result = stolen.give(victim, forger.job("another"))
    assert result.error == f"The policy allows {PER_HOUR} commands an hour, and so many were begun."
    assert len(victim.marked()) == len(victim.begun()) == PER_HOUR


def test_a_release_that_the_owners_key_did_not_sign_is_not_even_fetched(
    make_deployment: MakeDeployment, tmp_path: Path
) -> None:
    deployment = make_deployment(OPSENTRIX_INSTALL_DIR=str(tmp_path))
    deployment.start()
    files = contents(agent_version())
    installed = Installed(deployment, tmp_path, files)
    installed.allow(installed.public)
    identity = load_identity(installed.state)
    assert identity is not None
    key = steal_key(deployment)
    assert deployment.hub.stop() == 0
    write(tmp_path / "evil.pyz", files | {"VERSION": b"99.0.0\n"})
    digest = sha256((tmp_path / "evil.pyz").read_bytes()).digest()
    signature = key.sign(f"opsentrix-agent-release\n99.0.0\n{digest.hex()}\n".encode())
    owners = sha256(b64decode(installed.public)).hexdigest()[:16]
    release = installed.releases.current()
    with HostileHub(deployment.port, {identity.credential: identity.agent_id}) as hub:
        installed.launch()
        try:
            hub.wait_welcomed(identity.agent_id)
            for number, name in enumerate((id_of(key), owners)):
                rollout = bytes([number]) * 16
                offered = [pb.ReleaseSignature(key_id=name, signature=signature)]
                order = pb.Upgrade(rollout_id=rollout, version="99.0.0", sha256=digest, size=1000, signatures=offered)
                hub.send(identity.agent_id, pb.HubMessage(upgrade=order))

                def refused(rollout: bytes = rollout) -> bool:
                    states = (one.upgrade_state for one in list(hub.said[identity.agent_id]))
                    return any(one.rollout_id == rollout and "not signed" in one.detail for one in states)

                hub.wait(refused, "the release is refused")
        finally:
            installed.end()
        assert not [path for path in hub.paths if "install" in path]
    assert installed.releases.current() == release

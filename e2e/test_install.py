"""The real installer from a running hub, on a fresh Debian: installed, upgraded, removed without a trace."""

import json
import shlex
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opsentrix import signing

from deploy.artefact import agent_version, build
from e2e.chroot import Chroot, debian, missing
from e2e.conftest import MakeDeployment
from e2e.deployment import Deployment, secure
from e2e.installed import Running
from e2e.processes import wait_until

pytestmark = [
    pytest.mark.timeout(400), pytest.mark.xdist_group("install"),
    pytest.mark.skipif(bool(missing()), reason=missing() or "-"),
]  # fmt: skip

NEWER = "9.1.0"
CALLS = "/var/tmp/calls"  # noqa: S108 - inside the chroot
APPLIED = "/var/tmp/applied"  # noqa: S108 - inside the chroot
HOME = "var/tmp/home"


@pytest.fixture(scope="module")
def debian_once() -> Iterator[Chroot]:
    with debian() as made:
        yield made


@pytest.fixture
def machine(debian_once: Chroot) -> Iterator[Chroot]:
    """A machine that nothing was installed on; what a test leaves on it is that test's failure."""
    before = debian_once.snapshot()
    accounts = [debian_once.read(f"/etc/{name}") for name in ("passwd", "group")]
    yield debian_once
    assert [debian_once.read(f"/etc/{name}") for name in ("passwd", "group")] == accounts
    traces = debian_once.traces_since(before)
    assert {path for path in traces if path not in {"etc/passwd", "etc/group", "etc/shadow", "etc/gshadow"}} == set()


@pytest.fixture
def hub(make_deployment: MakeDeployment, tmp_path: Path) -> Deployment:
    """A hub with the agent of this checkout; `build` into its folder brings another version."""
    made = make_deployment(OPSENTRIX_INSTALL_DIR=str(tmp_path))
    build(tmp_path)
    made.start()
    return made


def install(hub: Deployment, *options: str, pipe: str = "") -> str:
    """Return the line that the dashboard shows, with more options."""
    return f"curl -fsSL {hub.url}/install/agent-installer.sh {pipe} | sh -s -- {' '.join(options)}"


def succeeds(machine: Chroot, script: str, user: str = "", **environment: str) -> str:
    ended = machine.run(script, user, **environment)
    assert ended.returncode == 0, ended.stdout
    return ended.stdout


def the_agent(hub: Deployment) -> dict[str, object]:
    (agent,) = hub.get("/api/v1/agents")["items"]
    return dict(agent)


def seconds_of(hub: Deployment, agent: object) -> list[int]:
    """Return the seconds of which the hub has a sample of one metric."""
    now = time.time()
    asked: dict[str, str | float] = {
        "agent": str(agent),
        "metric": "system.uptime",
        "points": 3000,
        "from": now - 600,
        "to": now,
    }
    answer = hub.get("/api/v1/series", **asked)
    (series,) = answer["series"]
    return [round(moment) for moment, value in zip(series["t"], series["v"], strict=True) if value is not None]


def whole(seconds: list[int]) -> bool:
    """Return whether these are all the seconds of the six frames that the test waits for, without a gap."""
    return len(seconds) > 25 and seconds == list(range(seconds[0], seconds[-1] + 1))


def test_installed_reports_upgraded_outlives_the_hub_and_removed(
    machine: Chroot, hub: Deployment, tmp_path: Path
) -> None:
    before = machine.snapshot()
    dry = succeeds(machine, install(hub, "--dry-run", "--token=x"))
    assert "- download" in dry
    assert machine.traces_since(before) == set(), "a dry run does nothing"

    said = succeeds(
        machine, install(hub, f"--token={hub.token()}", "--name=web-1", "--environment=test", "--tag=a", "--tag=b")
    )
    assert "Enrolled web-1" in said
    assert "Neither systemd nor OpenRC" in said
    agent = the_agent(hub)
    assert (agent["name"], agent["environment"], agent["tags"]) == ("web-1", "test", ["a", "b"])
    state = machine.root / "var/lib/opsentrix-agent"
    assert (state.stat().st_uid, state.stat().st_mode & 0o777) != (0, 0o755)
    assert (state / "identity.json").stat().st_mode & 0o777 == 0o600
    assert machine.run("opsentrix-agent --version").stdout == f"opsentrix-agent {agent_version()}\n"

    running = Running(machine, hub)
    wait_until(lambda: the_agent(hub)["status"] == "online", "online")
    installed = machine.snapshot()
    again = succeeds(machine, install(hub))
    assert "up to date" in again
    assert "enrolled already" in again
    assert machine.traces_since(installed) <= {"var/lib/opsentrix-agent/record"}, "nothing changes"

    running.wait_frames(1)
    hub.hub.stop()
    running.wait_frames(3)
    build(tmp_path, NEWER)
    hub.start()
    running.wait_frames(2)
    wait_until(lambda: the_agent(hub)["status"] == "online", "online again", 60)
    wait_until(lambda: whole(seconds_of(hub, agent["id"])), "no second of the outage is missing", 90)
    assert running.stop() == 0

    succeeds(machine, install(hub))
    lib = machine.root / "usr/lib/opsentrix-agent"
    assert str((lib / "current").readlink()).startswith(f"{NEWER}-")
    assert str((lib / "previous").readlink()).startswith(f"{agent_version()}-")
    running = Running(machine, hub)
    wait_until(lambda: the_agent(hub)["version"] == NEWER, "the newer agent", 60)
    busy = machine.run(install(hub, "--uninstall"))
    assert busy.returncode != 0
    assert "stop the agent" in busy.stdout
    assert running.stop() == 0
    succeeds(machine, install(hub, "--uninstall"))


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[str]:
    """The URL of a server that hands out another file in the place of the artefact."""
    (tmp_path / "other/install").mkdir(parents=True)
    (tmp_path / "other/install/opsentrix-agent.pyz").write_bytes(b"not what the hub has")
    handler = partial(QuietFiles, directory=str(tmp_path / "other"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class QuietFiles(SimpleHTTPRequestHandler):
    """Serves a folder and writes nothing."""

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


def test_damaged_download_and_bad_input_change_nothing(machine: Chroot, hub: Deployment, elsewhere: str) -> None:
    before = machine.snapshot()
    cases = {
        install(hub, "--token=x", pipe="| sed 's/^artefact_sha256=./artefact_sha256=x/'"): "was just replaced",
        install(hub, "--token=x", f"--server={elsewhere}"): "it is damaged",
        install(hub, "--colour"): "--colour is not an option",
        install(hub): "an enrollment token is needed",
        install(hub, "--token=x", "--server=ftp://hub"): "must be an http or https URL",
        install(hub, "--token=x", "--ca=/nowhere.pem"): "/nowhere.pem cannot be read",
        install(hub, "--token-file=/nowhere"): "/nowhere cannot be read",
    }
    for script, expected in cases.items():
        ended = machine.run(script)
        assert ended.returncode != 0, script
        assert expected in ended.stdout
        assert machine.traces_since(before) == set(), script
    for share in (2, 3):
        cut = f"| head -c $(( $(curl -fsSL {hub.url}/install/agent-installer.sh | wc -c) * {share} / 4 ))"
        machine.run(install(hub, "--token=x", pipe=cut))
        assert machine.traces_since(before) == set(), "half a script does nothing"
    assert machine.run(install(hub, pipe="| sed '$d'")).stdout == ""


def test_without_python_it_says_what_to_do(machine: Chroot, hub: Deployment) -> None:
    hidden = {path: path.with_name(f"{path.name}.hidden") for path in (machine.root / "usr/bin").glob("python3*")}
    for path, elsewhere in hidden.items():
        path.rename(elsewhere)
    try:
        ended = machine.run(install(hub, "--token=x"))
    finally:
        for path, elsewhere in hidden.items():
            elsewhere.rename(path)
    assert ended.returncode != 0
    assert "apt-get install python3" in ended.stdout


def test_a_token_that_the_hub_does_not_know(machine: Chroot, hub: Deployment) -> None:
    ended = machine.run(install(hub, "--token=wrong"))
    assert ended.returncode == 77
    assert "does not know this enrollment token" in ended.stdout
    succeeds(machine, install(hub, f"--token={hub.token()}"))
    succeeds(machine, install(hub, "--uninstall", "--keep-config"))
    assert machine.read("/etc/opsentrix/agent.json")
    assert "enrolled already" in succeeds(machine, install(hub))
    succeeds(machine, install(hub, "--uninstall"))


SERVICES = {
    "systemd": (
        {"/usr/bin/systemctl": f'echo "$@" >>{CALLS}\n'},
        "/etc/systemd/system/opsentrix-agent.service",
        ["daemon-reload", "enable --quiet opsentrix-agent", "restart opsentrix-agent"],
        ["is-active --quiet opsentrix-agent"],
        ["disable --quiet --now opsentrix-agent", "daemon-reload"],
    ),
    "openrc": (
        {f"/usr/bin/{name}": f'echo "{name} $@" >>{CALLS}\n' for name in ("openrc-run", "rc-service", "rc-update")},
        "/etc/init.d/opsentrix-agent",
        ["rc-update add opsentrix-agent default", "rc-service opsentrix-agent restart"],
        ["rc-service --quiet opsentrix-agent status"],
        ["rc-service opsentrix-agent stop", "rc-update del opsentrix-agent"],
    ),
}
"""What stands in for a service manager, its unit, and what it is told: by an installation, by another, by a removal."""


@pytest.mark.parametrize("kind", SERVICES)
def test_service_managers_are_told_what_they_need(machine: Chroot, hub: Deployment, kind: str) -> None:
    programs, unit, first, again, removal = SERVICES[kind]

    def calls(script: str) -> list[str]:
        machine.write(CALLS, "", 0o666)
        succeeds(machine, script)
        return machine.read(CALLS).splitlines()

    for path, program in programs.items():
        machine.write(path, f"#!/bin/sh\n{program}", 0o755)
    booted = machine.root / "run/systemd/system"
    try:
        if kind == "systemd":
            booted.mkdir(parents=True)
        assert calls(install(hub, f"--token={hub.token()}")) == first
        assert "opsentrix-agent" in machine.read(unit)
        assert calls(install(hub)) == again
        assert calls(install(hub, "--uninstall")) == removal
        assert not (machine.root / unit.lstrip("/")).exists()
    finally:
        for path in programs:
            (machine.root / path.lstrip("/")).unlink()
        if kind == "systemd":
            booted.rmdir()
            booted.parent.rmdir()


def test_an_ordinary_user_without_systemd(machine: Chroot, hub: Deployment) -> None:
    home = machine.root / HOME
    home.mkdir(mode=0o700)
    (machine.root / HOME).chmod(0o777)
    user, environment = "12345:12345", {"HOME": f"/{HOME}"}
    said = succeeds(machine, install(hub, f"--token={hub.token()}", "--name=user-1"), user, **environment)
    assert "@reboot" in said
    wait_until(lambda: the_agent(hub)["status"] == "online", "online")
    succeeds(machine, install(hub), user, **environment)
    succeeds(machine, install(hub, "--uninstall"), user, **environment)
    wait_until(lambda: the_agent(hub)["status"] == "offline", "offline")
    assert [str(path.relative_to(home)) for path in home.rglob("*") if not path.is_dir()] == []


def test_the_owner_allows_upgrades_which_root_applies(machine: Chroot, hub: Deployment, tmp_path: Path) -> None:
    public = signing.keygen(tmp_path / "release.key")
    calls = f'#!/bin/sh\necho "$@" >>{CALLS}\ncase "$1" in is-failed) exit 1 ;; esac\n'
    machine.write("/usr/bin/systemctl", calls, 0o755)
    machine.write(CALLS, "", 0o666)
    booted = machine.root / "run/systemd/system"
    booted.mkdir(parents=True)
    try:
        wrong = machine.run(install(hub, f"--token={hub.token()}", "--allow-upgrades=x", "--no-start"))
        assert "x is no public key" in wrong.stdout
        succeeds(machine, install(hub, f"--token={hub.token()}", f"--allow-upgrades={public}", "--no-start"))
        assert "enable --quiet --now opsentrix-agent-upgrade.path" in machine.read(CALLS)
        assert public in machine.read("/etc/opsentrix/policy.json")
        machine.write(CALLS, "", 0o666)
        running = Running(machine, hub)
        wait_until(lambda: the_agent(hub)["status"] == "online", "online")

        signing.sign(signing.load(tmp_path / "release.key"), build(tmp_path, NEWER))
        hub.post("/api/v1/upgrades", selector={}, soak_s=0)
        request = machine.root / "var/lib/opsentrix-agent/upgrade/request.json"
        wait_until(request.exists, "the agent fetched it", 30)
        unit = machine.read("/etc/systemd/system/opsentrix-agent-upgrade.service")
        (command,) = [line for line in unit.splitlines() if line.startswith("ExecStart=")]
        environment = "OPSENTRIX_AGENT_STATE_DIR=/var/lib/opsentrix-agent"
        root = threading.Thread(
            target=machine.run, args=(f"{environment} {command.removeprefix('ExecStart=')} >{APPLIED} 2>&1",)
        )
        root.start()
        wait_until(lambda: "restart opsentrix-agent.service" in machine.read(CALLS), "root asks for a restart", 30)
        assert running.stop() == 0
        running = Running(machine, hub)
        root.join(60)
        assert machine.read(APPLIED).splitlines()[-1] == "confirmed"
        wait_until(lambda: hub.get("/api/v1/upgrades")["items"][0]["state"] == "finished", "finished", 30)
        assert the_agent(hub)["version"] == NEWER
        assert not request.exists()
        assert running.stop() == 0
        succeeds(machine, install(hub, "--uninstall"))
        assert "disable --quiet --now opsentrix-agent-upgrade.path" in machine.read(CALLS)
    finally:
        (machine.root / "usr/bin/systemctl").unlink()
        booted.rmdir()
        booted.parent.rmdir()


def test_the_owner_allows_actions_and_gives_no_other_rights(machine: Chroot, hub: Deployment) -> None:
    machine.write("/usr/bin/systemctl", "#!/bin/sh\n", 0o755)
    booted = machine.root / "run/systemd/system"
    booted.mkdir(parents=True)
    polkit = machine.root / "etc/polkit-1/rules.d"  # as its package makes it
    polkit.mkdir(parents=True)
    rules = "/etc/polkit-1/rules.d/49-opsentrix-agent.rules"
    smaller = {"signers": {"hub": True}, "actions": {"diagnostics.collect": {}}}
    try:
        wrong = machine.run(install(hub, f"--token={hub.token()}", "--allow=service.restrat:nginx", "--no-start"))
        assert (wrong.returncode, "'service.restrat' is no action" in wrong.stdout) == (1, True)
        allowed = ["--allow=service.restart:nginx,php-fpm", "--allow=diagnostics.collect", "--allow-signers=hub"]
        succeeds(machine, install(hub, f"--token={hub.token()}", *allowed, "--no-start"))
        policy = json.loads(machine.read("/etc/opsentrix/policy.json"))
        assert policy["actions"] == {"service.restart": {"units": ["nginx", "php-fpm"]}, "diagnostics.collect": {}}
        assert policy["signers"] == {"hub": True}
        assert '"restart nginx.service", "restart php-fpm.service"' in machine.read(rules)
        assert "signed by hub" in succeeds(machine, "opsentrix-agent policy show")
        machine.write("/etc/opsentrix/policy.json", json.dumps(smaller))
        assert f"removed {rules}" in succeeds(machine, install(hub, "--no-start"))
        succeeds(machine, install(hub, "--uninstall"))
    finally:
        for folder in (booted, booted.parent, polkit, polkit.parent):
            folder.rmdir()
        (machine.root / "usr/bin/systemctl").unlink()


def test_a_self_signed_hub_is_known_by_its_pins(
    machine: Chroot, make_deployment: MakeDeployment, tmp_path: Path
) -> None:
    hub = secure(make_deployment(OPSENTRIX_INSTALL_DIR=str(tmp_path), OPSENTRIX_TLS="self-signed"))
    build(tmp_path)
    hub.start()
    tls = hub.get("/api/v1/tls")

    def pinned(key_pin: str, pin: str) -> str:
        fetched = f"curl -k --pinnedpubkey '{key_pin}' -fsS {hub.url}/install/agent-installer.sh"
        return f"set -o pipefail; {fetched} | sh -s -- --token={hub.token()} --pin={pin} --name=web-1"

    other = "sha256//" + "A" * 43 + "="
    assert machine.run(f"bash -c {shlex.quote(pinned(other, tls['pin']))}").returncode != 0
    before = machine.snapshot()
    refused = machine.run(f"bash -c {shlex.quote(pinned(tls['key_pin'], 'sha256:' + '0' * 64))}")
    assert refused.returncode == 1
    assert "this is not the hub that you mean" in refused.stdout
    assert machine.traces_since(before) == set()

    said = succeeds(machine, f"bash -c {shlex.quote(pinned(tls['key_pin'], tls['pin']))}")
    assert "Enrolled web-1" in said
    assert "hub-ca.pem" in machine.read("/etc/opsentrix/agent.json")
    running = Running(machine, hub)
    wait_until(lambda: the_agent(hub)["status"] == "online", "online")
    running.stop()
    succeeds(machine, f"curl -k -fsS {hub.url}/install/agent-installer.sh | sh -s -- --uninstall")

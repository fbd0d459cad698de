"""Upgrades from the hub with real artefacts and a real agent that was installed as a release, without systemd.

Signed, it takes over; broken, it goes back by itself; unsigned or signed by somebody else, it is refused.
"""

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from opsentrix import signing
from opsentrix_agent.releases import Releases

from deploy.artefact import agent_version, contents, write
from e2e.conftest import MakeDeployment
from e2e.deployment import Deployment
from e2e.processes import clean_environment, wait_until

pytestmark = pytest.mark.xdist_group("upgrade")

NEWER = "9.1.0"
ARTEFACT = "opsentrix-agent.pyz"
WITHIN_S = 45.0
DEADLINE_S = 8


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """The files of the artefact of this checkout."""
    return contents(agent_version())


def changed(files: Mapping[str, bytes], version: str, **modules: tuple[str, str]) -> dict[str, bytes]:
    """Return the files of another release, in whose modules some text is replaced."""
    found = dict(files) | {"VERSION": f"{version}\n".encode()}
    for name, (before, after) in {"__init__": (agent_version(), version), **modules}.items():
        path = f"opsentrix_agent/{name}.py"
        assert before.encode() in found[path]
        found[path] = found[path].replace(before.encode(), after.encode(), 1)
    return found


class Installed:
    """An agent that runs from a release, as an ordinary user's installation does, and the hub's offers to it."""

    def __init__(self, deployment: Deployment, install: Path, files: Mapping[str, bytes]) -> None:
        self.hub = deployment
        self._install = install
        agent = deployment.agent("installed", reporting_interval=1)
        self.id = agent.id
        folder = deployment.folder
        self.state = folder / "installed"
        self._config = folder / "installed.json"
        self._key = install / "release.key"
        self.public = signing.keygen(self._key)
        write(install / ARTEFACT, files)
        self.releases = Releases(folder / "lib")
        self.first = self.releases.add(install / ARTEFACT)
        self.releases.switch(self.first)
        self._process: subprocess.Popen[bytes] | None = None

    def allow(self, public: str) -> None:
        """Write the owner's policy."""
        policy = self._config.with_name("policy.json")
        policy.write_text(f'{{"upgrades": {{"keys": ["{public}"], "deadline_s": {DEADLINE_S}}}}}')
        policy.chmod(0o644)

    def start(self) -> None:
        """Start it and wait until the hub knows that its owner allows upgrades."""
        self.launch()
        wait_until(lambda: self.hub.get(f"/api/v1/agents/{self.id}")["status"] == "online", "online", WITHIN_S)

    def launch(self) -> None:
        """Start it."""
        command = [str(self.releases.root / "current/opsentrix-agent"), "run", "--config", str(self._config)]
        with (self.hub.folder / "installed.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, env=clean_environment({}), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def offer(self, files: Mapping[str, bytes], *, sign: bool = True) -> None:
        """Let the hub offer a release."""
        write(self._install / ARTEFACT, files)
        (self._install / f"{ARTEFACT}.manifest.json").unlink(missing_ok=True)
        if sign:
            signing.sign(signing.load(self._key), self._install / ARTEFACT)

    def upgrade(self) -> dict[str, Any]:
        """Roll the offered release out and return how it ended with this agent."""
        rollout = self.hub.post("/api/v1/upgrades", agents=[self.id], soak_s=0)
        path = f"/api/v1/upgrades/{rollout['id']}"
        wait_until(lambda: self.hub.get(path)["state"] in {"finished", "halted"}, "an end", WITHIN_S)
        (agent,) = self.hub.get(path)["agents"]
        return dict(agent)

    def version(self) -> str:
        """Return the version that the hub says it runs."""
        return str(self.hub.get(f"/api/v1/agents/{self.id}")["version"])

    def pid(self) -> int:
        """Return the process that runs now."""
        file = self.state / "agent.pid"
        if file.exists():
            return int(file.read_text())
        assert self._process is not None
        return self._process.pid

    def end(self) -> None:
        """End whatever runs of it."""
        pid = self.pid()
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        if self._process:
            self._process.wait(20)
        wait_until(lambda: not Path(f"/proc/{pid}").exists(), "its end", 20)


@pytest.fixture
def installed(make_deployment: MakeDeployment, tmp_path: Path, files: Mapping[str, bytes]) -> Iterator[Installed]:
    deployment = make_deployment(OPSENTRIX_INSTALL_DIR=str(tmp_path))
    deployment.start()
    made = Installed(deployment, tmp_path, files)
    made.allow(made.public)
    made.start()
    yield made
    made.end()


def test_signed_it_takes_over_broken_it_goes_back_foreign_it_is_refused(
    installed: Installed, files: Mapping[str, bytes]
) -> None:
    installed.offer(changed(files, NEWER), sign=False)
    answer = installed.hub.client.post("/api/v1/upgrades", json={"agents": [installed.id]})
    assert (answer.status_code, "not signed" in answer.json()["detail"]) == (409, True)

    installed.offer(changed(files, NEWER))
    assert installed.upgrade()["state"] == "confirmed"
    wait_until(lambda: installed.version() == NEWER, "the newer release is listed", WITHIN_S)
    current = installed.releases.current()
    assert current is not None
    assert current.startswith(f"{NEWER}-")

    crash = ("def run(", "raise SystemExit('broken')\n\n\ndef run(")
    installed.offer(changed(files, "9.2.0", agent=crash))
    ended = installed.upgrade()
    assert ended["state"] == "reverted", ended
    assert "ended" in ended["detail"]
    assert installed.releases.current() == current

    mute = ("        while self._stop_at is None:\n            refused", "        while False:\n            refused")
    installed.offer(changed(files, "9.3.0", transport=mute))
    ended = installed.upgrade()
    assert ended["state"] == "reverted", ended
    assert f"within {DEADLINE_S} s" in ended["detail"]
    assert installed.releases.current() == current
    wait_until(lambda: installed.version() == NEWER, "the release before runs", WITHIN_S)

    installed.allow(signing.keygen(installed.hub.folder / "stranger.key"))
    installed.offer(changed(files, "9.4.0"))
    pid = installed.pid()
    ended = installed.upgrade()
    assert (ended["state"], "not signed by a key" in ended["detail"]) == ("refused", True)
    assert (installed.pid(), installed.releases.current()) == (pid, current)

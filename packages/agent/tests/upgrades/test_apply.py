"""Applying an upgrade: verified, switched, confirmed or taken back, and killed at each step."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from opsentrix_agent import releases as releases_module
from opsentrix_agent.errors import UpgradeError
from opsentrix_agent.releases import Releases
from opsentrix_agent.upgrades import apply as apply_module
from opsentrix_agent.upgrades.apply import Applier
from opsentrix_agent.upgrades.manifest import Manifest
from opsentrix_agent.upgrades.places import Folder, Places

from .support import OWNER, ROLLOUT, STRANGER, make_artefact, signed, write_policy

OLD, NEW = "1.0", "1.1"


class Killed(BaseException):
    """The power went."""


class Machine:
    """A machine with release 1.0, an agent that confirms when its release works, and a service manager."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        lib, state = folder / "lib", folder / "state"
        self.places = Places(state / "upgrade", folder / "work", lib, folder / "etc" / "policy.json")
        self.places.inbox.mkdir(parents=True)
        write_policy(self.places.policy, OWNER)
        self.releases = Releases(lib)
        make_artefact(folder / "old.pyz", OLD)
        self.before = self.releases.add(folder / "old.pyz")
        self.releases.switch(self.before)
        self.running = self.before
        self.works: Callable[[str], bool] = lambda _release: True
        self.is_dead = False
        self.restarts = 0
        self.now = 0.0

    def request(self, version: str = NEW, **change: Any) -> Manifest:  # noqa: ANN401 - JSON
        """Put a signed release into the inbox, as the agent does."""
        content = make_artefact(self.folder / "new.pyz", version)
        manifest = signed(content, version, OWNER)
        (self.places.inbox / "artefact").write_bytes(content)
        text = json.dumps({**manifest.to_json(), "rollout_id": ROLLOUT, **change})
        (self.places.inbox / "request.json").write_text(text)
        return manifest

    def rename(self, version: str) -> None:
        """Say that what was signed is another version."""
        path = self.places.inbox / "request.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"version": version}))

    def restart(self) -> None:
        self.restarts += 1
        self.running = self.releases.current() or ""

    def dead(self) -> bool:
        return self.is_dead

    def sleep(self, seconds: float) -> None:
        """Let time pass, in which the agent that runs reaches the hub, if it works."""
        self.now += seconds
        pending = self.read(self.places.work / "pending.json")
        if self.works(self.running) and pending.get("release") == self.running:
            said = {"nonce": pending["nonce"], "release": self.running}
            (self.places.inbox / "confirmed.json").write_text(json.dumps(said))

    def apply(self) -> str | None:
        applier = Applier(self.places, self, monotonic=lambda: self.now, sleep=self.sleep)
        return applier.run()

    def read(self, path: Path) -> dict[str, Any]:
        return dict(json.loads(path.read_text())) if path.exists() else {}

    @property
    def result(self) -> dict[str, Any]:
        return self.read(self.places.work / "result.json")

    def is_tidy(self) -> bool:
        left = {path.name for path in self.places.work.iterdir()} | {path.name for path in self.places.inbox.iterdir()}
        return left <= {"lock", "result.json", "confirmed.json"}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def version_of(release: str | None) -> str:
    return (release or "").rpartition("-")[0]


def test_a_signed_release_takes_over_and_is_confirmed(machine: Machine) -> None:
    machine.request()
    assert machine.apply() == "confirmed"
    assert version_of(machine.running) == NEW
    assert machine.result["rollout_id"] == ROLLOUT
    assert machine.is_tidy()
    assert machine.apply() is None


def test_a_release_that_the_hub_hears_nothing_of_is_taken_back(machine: Machine) -> None:
    machine.works = lambda release: version_of(release) == OLD
    machine.request()
    assert machine.apply() == "reverted"
    assert (machine.running, machine.releases.current()) == (machine.before, machine.before)
    assert 180 <= machine.now < 190
    assert "acknowledged nothing" in machine.result["detail"]
    assert machine.is_tidy()


def test_a_release_that_ends_is_taken_back_at_once(machine: Machine) -> None:
    machine.works = lambda _release: False
    machine.is_dead = True
    machine.request()
    assert machine.apply() == "reverted"
    assert machine.now < 1


def test_a_service_that_does_not_start_is_taken_back(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.request()
    restart = machine.restart

    def failing() -> None:
        restart()
        if version_of(machine.running) == NEW:
            raise UpgradeError("systemctl restart failed.")

    monkeypatch.setattr(machine, "restart", failing)
    assert machine.apply() == "reverted"
    assert machine.running == machine.before
    assert "systemctl" in machine.result["detail"]


def test_an_old_confirmation_is_none(machine: Machine) -> None:
    machine.request()
    machine.apply()
    assert (machine.places.inbox / "confirmed.json").exists()
    machine.releases.switch(machine.before)
    machine.works = lambda _release: False
    machine.request()
    assert machine.apply() == "reverted"


def replace_artefact(machine: Machine, content: bytes) -> None:
    (machine.places.inbox / "artefact").write_bytes(content)


def link_artefact(machine: Machine) -> None:
    real = (machine.places.inbox / "artefact").rename(machine.folder / "real")
    (machine.places.inbox / "artefact").symlink_to(real)


def pipe_instead(machine: Machine) -> None:
    (machine.places.inbox / "artefact").unlink()
    os.mkfifo(machine.places.inbox / "artefact")


def foreign(machine: Machine) -> None:
    manifest = signed((machine.places.inbox / "artefact").read_bytes(), NEW, STRANGER)
    (machine.places.inbox / "request.json").write_text(json.dumps(manifest.to_json()))


def large_request(machine: Machine) -> None:
    (machine.places.inbox / "request.json").write_text("[" * 100_000)


def open_policy(machine: Machine) -> None:
    machine.places.policy.chmod(0o666)


WRONG: dict[str, tuple[Callable[[Machine], object], str]] = {
    "changed byte": (lambda m: replace_artefact(m, b"?" + (m.places.inbox / "artefact").read_bytes()[1:]), "refused"),
    "truncated": (lambda m: replace_artefact(m, (m.places.inbox / "artefact").read_bytes()[:-1]), "refused"),
    "longer": (lambda m: replace_artefact(m, (m.places.inbox / "artefact").read_bytes() + b"?"), "failed"),
    "gone": (lambda m: (m.places.inbox / "artefact").unlink(), "failed"),
    "link": (link_artefact, "failed"),
    "pipe": (pipe_instead, "failed"),
    "unsigned": (lambda m: m.request(signatures=[]), "refused"),
    "foreign key": (foreign, "refused"),
    "other version": (lambda m: m.rename("9.9"), "refused"),
    "older": (lambda m: m.request(version="0.9"), "refused"),
    "the same": (lambda m: m.request(version=OLD), "refused"),
    "too big": (lambda m: m.request(size=1 << 40), "failed"),
    "junk": (large_request, "failed"),
    "no policy": (lambda m: m.places.policy.unlink(), "refused"),
    "open policy": (open_policy, "refused"),
}


@pytest.mark.parametrize("name", WRONG)
def test_nothing_else_is_applied(machine: Machine, name: str) -> None:
    spoil, ended = WRONG[name]
    machine.request()
    spoil(machine)
    assert machine.apply() == ended
    assert machine.restarts == 0
    assert machine.releases.current() == machine.before
    assert machine.result["detail"]
    assert machine.is_tidy()
    assert machine.apply() is None


def test_what_is_signed_but_does_not_run_here_is_not_switched_to(machine: Machine) -> None:
    for code in ("raise SystemExit('no such library')", "def main():\n    print('agent 7.7')\n    return 0\n"):
        content = make_artefact(machine.folder / "new.pyz", NEW, code)
        (machine.places.inbox / "artefact").write_bytes(content)
        (machine.places.inbox / "request.json").write_text(json.dumps(signed(content, NEW, OWNER).to_json()))
        assert machine.apply() == "failed"
        assert machine.restarts == 0
    assert "7.7" in machine.result["detail"]


def test_the_owner_may_allow_older_releases(machine: Machine) -> None:
    write_policy(machine.places.policy, OWNER, allow_downgrade=True)
    machine.request(version="0.9")
    assert machine.apply() == "confirmed"
    assert version_of(machine.running) == "0.9"


def test_a_folder_that_others_can_write_is_not_worked_in(machine: Machine) -> None:
    machine.request()
    machine.places.work.mkdir()
    machine.places.work.chmod(0o777)
    with pytest.raises(UpgradeError, match="nobody else can write"):
        machine.apply()


def test_an_inbox_that_is_a_link_is_not_followed(machine: Machine) -> None:
    machine.request()
    machine.places.inbox.rename(machine.folder / "elsewhere")
    machine.places.inbox.symlink_to(machine.folder / "elsewhere")
    with pytest.raises(UpgradeError, match="upgrade"):
        machine.apply()
    assert machine.releases.current() == machine.before


def test_an_artefact_that_hides_its_version_is_refused(machine: Machine) -> None:
    """By the version in the artefact the next release is compared: a lower one would let older releases in again."""
    content = make_artefact(
        machine.folder / "new.pyz", "0.1", "def main():\n    print('opsentrix-agent 1.1')\n    return 0\n"
    )
    text = json.dumps(signed(content, NEW, OWNER).to_json() | {"rollout_id": ROLLOUT})
    (machine.places.inbox / "artefact").write_bytes(content)
    (machine.places.inbox / "request.json").write_text(text)
    assert machine.apply() == "failed"
    assert "was signed as 1.1" in machine.result["detail"]
    assert machine.releases.current() == machine.before


class Power:
    """Kills at the nth step that touches the disk or the service; counts the steps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, machine: Machine, at: int | None) -> None:
        self.left = at
        self.steps = 0
        for owner, name in (
            (apply_module, "_replace"), (releases_module.Releases, "add"), (releases_module.Releases, "switch"),
            (releases_module.Releases, "prune"), (Folder, "remove"), (machine, "restart"),
            (machine, "sleep"), (Path, "unlink"),
        ):  # fmt: skip
            monkeypatch.setattr(owner, name, self._fragile(getattr(owner, name)))

    def _fragile(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever the real one takes
            self._count()
            done = real(*arguments, **named)
            self._count()
            return done

        return step

    def _count(self) -> None:
        self.steps += 1
        if self.left is not None and self.steps == self.left:
            raise Killed


@pytest.mark.parametrize("works", [True, False], ids=["good", "broken"])
def test_killed_at_any_step_the_next_run_ends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, works: bool
) -> None:
    def made(name: str) -> Machine:
        (tmp_path / name).mkdir()
        machine = Machine(tmp_path / name)
        write_policy(machine.places.policy, OWNER, deadline_s=5)
        machine.works = lambda release: works or version_of(release) == OLD
        machine.request()
        return machine

    with monkeypatch.context() as patch:
        machine = made("whole")
        power = Power(patch, machine, None)
        machine.apply()
    assert power.steps > 30
    for at in range(1, power.steps + 1):
        machine = made(str(at))
        with monkeypatch.context() as patch:
            Power(patch, machine, at)
            with pytest.raises(Killed):
                machine.apply()
        machine.restart()  # as the machine comes up again
        machine.apply()
        assert machine.result["state"] == ("confirmed" if works else "reverted"), at
        assert version_of(machine.running) == (NEW if works else OLD), at
        assert machine.running == machine.releases.current()
        assert machine.is_tidy(), at


def test_an_upgrade_that_is_always_interrupted_is_taken_back(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.request()

    def killing(_seconds: float) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(machine, "sleep", killing)
        for _ in range(3):
            with pytest.raises(Killed):
                machine.apply()
            assert machine.running != machine.before
    assert machine.apply() == "reverted"
    assert machine.running == machine.before
    assert "interrupted" in machine.result["detail"]

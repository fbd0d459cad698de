"""The rights that a policy needs, written out; tried with visudo and JavaScript where they are."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from opsentrix_agent.actions.rights import DROP_IN_FILE, POLKIT_FILE, SUDOERS_FILE, rights, rights_of
from opsentrix_agent.errors import PolicyError

from .support import Place, everything, make_place, policy_content, policy_of

SIGNAL = {"process.signal": {"processes": [{"name": "php-fpm", "user": "www-data"}], "signals": ["TERM", "HUP"]}}
RESTART = {"service.restart": {"units": ["nginx", "php8.2-fpm.service"]}, "service.status": {"units": ["*"]}}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path, {})


def test_polkit_allows_these_units_and_verbs_alone(place: Place) -> None:
    found = rights_of(policy_of(RESTART | {"host.reboot": {}}), place.machine)
    assert 'var allowed = ["restart nginx.service", "restart php8.2-fpm.service"];' in found.polkit
    assert 'subject.user !== "opsentrix-agent"' in found.polkit
    assert "org.freedesktop.login1.reboot" in found.polkit
    assert "status" not in found.polkit
    assert found.sudoers == ""
    assert "NoNewPrivileges" not in found.drop_in


@pytest.mark.skipif(shutil.which("node") is None, reason="platform: no JavaScript here")
def test_the_polkit_rule_decides_as_it_says(place: Place) -> None:
    rule = rights_of(policy_of(RESTART), place.machine).polkit
    harness = """
const polkit = {Result: {YES: "yes", NOT_HANDLED: "no"}, addRule: (rule) => { polkit.rule = rule; }};
RULE
const ask = (user, id, unit, verb) => polkit.rule(
  {id: id, lookup: (key) => ({unit: unit, verb: verb})[key]}, {user: user});
const manage = "org.freedesktop.systemd1.manage-units";
console.log([
  ask("opsentrix-agent", manage, "nginx.service", "restart"), ask("opsentrix-agent", manage, "nginx.service", "stop"),
  ask("opsentrix-agent", manage, "sshd.service", "restart"), ask("bob", manage, "nginx.service", "restart"),
  ask("opsentrix-agent", "org.freedesktop.login1.reboot", undefined, undefined),
  ask("opsentrix-agent", manage, undefined, undefined),
].join(" "));
"""
    said = subprocess.run(["node", "-e", harness.replace("RULE", rule)], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["yes", "no", "no", "no", "no", "no"]


def test_sudo_gets_every_word_of_the_rest(place: Place) -> None:
    found = rights_of(policy_of(SIGNAL), place.machine)
    assert found.sudoers.splitlines()[1:] == [
        "opsentrix-agent ALL=(www-data) NOPASSWD: /usr/bin/kill -s TERM -- [0-9]*",
        "opsentrix-agent ALL=(www-data) NOPASSWD: /usr/bin/kill -s HUP -- [0-9]*",
    ]
    assert "NoNewPrivileges=no" in found.drop_in
    assert any("any process of these users" in note for note in found.notes)


def test_openrc_goes_by_sudo(place: Place) -> None:
    (place.root / "systemd").rmdir()
    found = rights_of(policy_of(RESTART | {"host.reboot": {}}), place.machine)
    assert found.polkit == found.drop_in == ""
    assert "(root) NOPASSWD: /usr/bin/rc-service -- nginx restart" in found.sudoers
    assert '(root) NOPASSWD: /usr/bin/reboot ""' in found.sudoers


@pytest.mark.parametrize("unit", ["a, /bin/sh", "a=b", "a b", "-a", "a!b", "a\\b", "ALL:a*"])
def test_no_name_reaches_into_the_next_word_of_sudoers(place: Place, unit: str) -> None:
    (place.root / "systemd").rmdir()
    with pytest.raises(PolicyError):
        rights_of(policy_of({"service.restart": {"units": [unit]}}), place.machine)


@pytest.mark.skipif(shutil.which("visudo") is None, reason="platform: no sudo here")
def test_visudo_takes_the_lines(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "sudoers"
    file.write_text(rights_of(policy_of(SIGNAL), place.machine).sudoers)
    subprocess.run(["visudo", "-c", "-f", file], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="platform: only root writes rights")
def test_what_the_policy_no_longer_allows_is_taken_away(
    place: Place, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "root"
    files = [root / path for path in (POLKIT_FILE, SUDOERS_FILE, DROP_IN_FILE)]
    place.write_policy(policy_content(everything()))
    rights(place.policy, apply=False, root=root, machine=place.machine)
    assert f"==> /{POLKIT_FILE}" in capsys.readouterr().out
    assert not root.exists()
    rights(place.policy, apply=True, root=root, machine=place.machine)
    assert all(file.exists() for file in files)
    assert files[1].stat().st_mode & 0o777 == 0o440
    capsys.readouterr()
    rights(place.policy, apply=True, root=root, machine=place.machine)
    assert "wrote" not in capsys.readouterr().out
    place.write_policy(policy_content(RESTART))
    rights(place.policy, apply=True, root=root, machine=place.machine)
    assert [file.exists() for file in files] == [True, False, True]
    place.policy.unlink()
    rights(place.policy, apply=True, root=root, machine=place.machine)
    assert not any(file.exists() for file in files)


def test_only_root_writes(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(os, "getuid", lambda: 1000)
    place.policy.unlink()
    with pytest.raises(PolicyError, match="Only root"):
        rights(place.policy, apply=True, machine=place.machine)

"""The rights that a policy needs on its machine, and no others: polkit rules, sudoers lines, and a unit's drop-in.

What systemd does is asked of it over D-Bus, and polkit allows the agent's user just these units and verbs. The rest
goes by sudo, with every word fixed but numbers of processes. Both are written anew from the policy each time, so
taking an action out of it takes the right away.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from opsentrix_agent.actions.machine import Machine
from opsentrix_agent.actions.policy import ActionPolicy, load_policy
from opsentrix_agent.errors import NoPolicyError, PolicyError, RefusedError

AGENT_USER = "opsentrix-agent"
POLKIT_FILE = "etc/polkit-1/rules.d/49-opsentrix-agent.rules"
SUDOERS_FILE = "etc/sudoers.d/opsentrix-agent"
DROP_IN_FILE = "etc/systemd/system/opsentrix-agent.service.d/actions.conf"
_VERBS = ("start", "stop", "restart", "reload")
_HEAD = "Written by `opsentrix-agent policy rights --apply` from the policy: change that, and run it again."
_SUDO_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@/:")


class Rights(NamedTuple):
    """The contents of three files; empty where a file is not needed.

    Attributes:
        notes: what cannot be granted by a file, for people.
    """

    polkit: str
    sudoers: str
    drop_in: str
    notes: tuple[str, ...]

    def files(self) -> dict[str, str]:
        """Return the contents by path below the root folder."""
        return {POLKIT_FILE: self.polkit, SUDOERS_FILE: self.sudoers, DROP_IN_FILE: self.drop_in}


def rights_of(policy: ActionPolicy, machine: Machine, user: str = AGENT_USER) -> Rights:
    """Return what a policy needs for this user.

    Raises:
        PolicyError: a name in the policy cannot be written into a sudoers line.
    """
    systemd = machine.systemd.is_dir()
    sudoers = [f"{user} ALL={line}" for line in _sudo_lines(policy, machine, systemd=systemd)]
    return Rights(
        _polkit(policy, user) if systemd else "",
        f"# {_HEAD}\n" + "".join(f"{line}\n" for line in sudoers) if sudoers else "",
        _drop_in(sudo=bool(sudoers)) if systemd and policy.actions else "",
        tuple(_notes(policy)),
    )


def rights(file: Path, *, apply: bool, root: Path = Path("/"), machine: Machine | None = None) -> int:
    """Print the rights that the policy needs, or write them.

    Args:
        file: the policy; without one, nothing is needed.
        apply: whether to write them, and to remove what is not needed.
        root: the folder that the files are below.
        machine: whose rights.

    Raises:
        PolicyError: the policy cannot be followed, or the files cannot be written.
    """
    try:
        policy = load_policy(file)
    except NoPolicyError:
        policy = None
    used = machine or Machine()
    needed = rights_of(policy, used) if policy else Rights("", "", "", ())
    if apply:
        _apply(needed, root)
    else:
        _show(needed)
    for note in needed.notes:
        sys.stdout.write(f"note: {note}\n")
    return 0


def _show(needed: Rights) -> None:
    if not any(needed.files().values()):
        sys.stdout.write("No rights are needed.\n")
    for path, content in needed.files().items():
        if content:
            sys.stdout.write(f"==> /{path}\n{content}\n")


def _polkit(policy: ActionPolicy, user: str) -> str:
    pairs = [f"{verb} {unit}.service" for verb in _VERBS for unit in _units(policy, verb)]
    boots = "host.reboot" in policy.actions
    if not pairs and not boots:
        return ""
    text = f"// {_HEAD}\npolkit.addRule(function (action, subject) {{\n"
    text += f"    if (subject.user !== {json.dumps(user)}) return polkit.Result.NOT_HANDLED;\n"
    if pairs:
        text += f"    var allowed = {json.dumps(pairs)};\n"
        text += '    if (action.id === "org.freedesktop.systemd1.manage-units" &&\n'
        text += '        allowed.indexOf(action.lookup("verb") + " " + action.lookup("unit")) >= 0)\n'
        text += "        return polkit.Result.YES;\n"
    if boots:
        text += '    if (action.id === "org.freedesktop.login1.reboot" ||\n'
        text += '        action.id === "org.freedesktop.login1.reboot-multiple-sessions") return polkit.Result.YES;\n'
    return text + "    return polkit.Result.NOT_HANDLED;\n});\n"


def _sudo_lines(policy: ActionPolicy, machine: Machine, *, systemd: bool) -> Iterator[str]:
    if not systemd:
        for verb in _VERBS:
            for unit in _units(policy, verb):
                yield f"(root) NOPASSWD: {_program(machine, 'rc-service')} -- {_word(unit)} {verb}"
        if "host.reboot" in policy.actions:
            yield f'(root) NOPASSWD: {_program(machine, "reboot")} ""'
    signals = policy.actions.get("process.signal")
    if signals:
        for user in dict.fromkeys(user for _, user in signals.lists["processes"]):
            for name in signals.lists["signals"]:
                kill = _program(machine, "kill")
                yield f"({_word(user)}) NOPASSWD: {kill} -s {_word(name)} -- [0-9]*"


def _units(policy: ActionPolicy, verb: str) -> tuple[str, ...]:
    allowed = policy.actions.get(f"service.{verb}")
    return allowed.lists["units"] if allowed else ()


def _word(text: str) -> str:
    if not text or text.startswith("-") or set(text) - _SUDO_SAFE:
        raise PolicyError(f"{text!r} cannot be written into a sudoers line.")
    return text.replace(":", "\\:")


def _program(machine: Machine, name: str) -> str:
    try:
        return machine.program(name)
    except RefusedError:
        return f"/usr/bin/{name}"  # as it will be once it is installed


def _drop_in(*, sudo: bool) -> str:
    """Return what the agent's unit needs: that one command that takes too much memory does not end the agent."""
    text = f"# {_HEAD}\n[Service]\nOOMPolicy=continue\nMemoryHigh=infinity\nMemoryMax=infinity\nTasksMax=512\n"
    if sudo:
        text += "# sudo becomes another user, which the unit forbids otherwise.\nNoNewPrivileges=no\n"
        text += "RestrictSUIDSGID=no\nCapabilityBoundingSet=CAP_SETUID CAP_SETGID CAP_KILL CAP_AUDIT_WRITE\n"
        text += "SystemCallFilter=@setuid\n"
    return text


def _notes(policy: ActionPolicy) -> Iterator[str]:
    if any(name.startswith("container.") for name in policy.actions):
        yield "containers: whoever may use the runtime's socket is as good as root; add the agent's user to its group"
    if "process.signal" in policy.actions:
        yield "process.signal: the agent's user gets the right to signal any process of these users"
    if "script" in policy.actions or "shell" in policy.actions:
        yield "scripts run as the agent's user, inside the sandbox of its unit"


def _apply(needed: Rights, root: Path) -> None:
    if os.geteuid() != 0:
        raise PolicyError("Only root writes rights.")
    try:
        for path, content in needed.files().items():
            _write(root / path, content, 0o440 if path == SUDOERS_FILE else 0o644)
    except OSError as error:
        raise PolicyError(f"The rights cannot be written: {error}.") from None


def _write(file: Path, content: str, mode: int) -> None:
    """Write a file whole or not at all, or remove it; sudoers that sudo would not read never get there."""
    if not content:
        if file.exists():
            file.unlink()
            sys.stdout.write(f"removed {file}\n")
        return
    if file.exists() and file.read_text(encoding="utf-8") == content:
        return
    file.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.name}.new")  # sudo and polkit read no such names
    temporary.write_text(content, encoding="utf-8")
    temporary.chmod(mode)
    visudo = shutil.which("visudo", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if file.parent.name == "sudoers.d" and visudo:
        checked = subprocess.run([visudo, "-c", "-q", "-f", temporary], capture_output=True, check=False)  # noqa: S603
        if checked.returncode:
            temporary.unlink()
            raise PolicyError(f"visudo does not take the lines: {checked.stdout.decode(errors='replace')[:500]}")
    temporary.replace(file)
    sys.stdout.write(f"wrote {file}\n")

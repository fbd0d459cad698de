"""How the agent is started anew with another release."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from opsentrix_agent.errors import UpgradeError
from opsentrix_agent.identity import LOCK_NAME
from opsentrix_agent.releases import CURRENT, LAUNCHER
from opsentrix_agent.upgrades.places import RUNNING, Places, read_json

COMMAND_S = 120
STOP_S = 20.0
_UNIT = "opsentrix-agent.service"


class Service(Protocol):
    """Whatever keeps the agent running."""

    def restart(self) -> None:
        """Start the current release in place of what runs.

        Raises:
            UpgradeError: that failed.
        """

    def dead(self) -> bool:
        """Return whether it is certain that nothing runs any more."""


class Systemd:
    """The unit of the machine, or of this user."""

    def __init__(self, *scope: str) -> None:
        """Take `--user`, or nothing."""
        self._systemctl = ("systemctl", *scope)

    def restart(self) -> None:
        """Start it anew; that it failed too often before does not count against it."""
        _run(*self._systemctl, "reset-failed", _UNIT, may_fail=True)
        _run(*self._systemctl, "restart", _UNIT)

    def dead(self) -> bool:
        """Return whether systemd has given up."""
        return _run(*self._systemctl, "is-failed", "--quiet", _UNIT, may_fail=True)


class OpenRC:
    """The service of the machine."""

    def restart(self) -> None:
        """Start it anew."""
        _run("rc-service", "opsentrix-agent", "restart")

    def dead(self) -> bool:
        """Return False: a supervised process may come back."""
        return False


class Background:
    """A plain process of this user, which nothing else starts again."""

    def __init__(self, places: Places) -> None:
        """Take where the running agent says what it is."""
        self._places = places
        self._state_dir = places.inbox.parent
        self._process: subprocess.Popen[bytes] | None = None

    def restart(self) -> None:
        """End the agent that runs, if one does, and start the current release with the same arguments."""
        running = read_json(self._places.inbox, RUNNING)
        arguments = running.get("arguments")
        if not isinstance(arguments, list) or not all(isinstance(one, str) for one in arguments):
            raise UpgradeError("It is not known how the agent was started.")
        pid = self._process.pid if self._process else running.get("pid")
        if isinstance(pid, int) and pid > 1:
            self._stop(pid)
        launcher = self._places.releases / CURRENT / LAUNCHER
        with (self._state_dir / "agent.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-IS", str(launcher), *arguments], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        (self._state_dir / "agent.pid").write_text(f"{self._process.pid}\n", encoding="ascii")

    def dead(self) -> bool:
        """Return whether the process that was started has ended."""
        return self._process is not None and self._process.poll() is not None

    def _stop(self, pid: int) -> None:
        """End the process that holds the identity; another that has its number by now is left alone."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self._is_free():
                return
            if not self._is_agent(pid):
                raise UpgradeError("An agent runs with this identity, and it is not known which process it is.")
            os.kill(pid, number)
            _until(self._is_free, STOP_S)
        if not self._is_free():
            raise UpgradeError("The agent that runs cannot be ended.")

    def _is_agent(self, pid: int) -> bool:
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return self._is_free()
        return any(word.endswith(LAUNCHER.encode()) for word in words) and b"run" in words

    def _is_free(self) -> bool:
        if self._process is not None:
            self._process.poll()  # else it would stay as a zombie; that holds no lock, but is untidy
        try:
            with (self._state_dir / LOCK_NAME).open(encoding="utf-8") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except FileNotFoundError:
            return True  # no agent ever ran
        except BlockingIOError:
            return False
        return True


def service(manager: str, places: Places) -> Service:
    """Return what runs the agent: `systemd`, `user-systemd`, `openrc`, else a plain process."""
    match manager:
        case "systemd":
            return Systemd()
        case "user-systemd":
            return Systemd("--user")
        case "openrc":
            return OpenRC()
    return Background(places)


def _until(true: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    while not true() and time.monotonic() < until:
        time.sleep(0.05)


def _run(*command: str, may_fail: bool = False) -> bool:
    try:
        ended = subprocess.run(  # noqa: S603 - constant words
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=COMMAND_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UpgradeError(f"{' '.join(command)}: {error}") from None
    if ended.returncode and not may_fail:
        said = (ended.stderr or ended.stdout)[-300:].decode(errors="replace").strip()
        raise UpgradeError(f"{' '.join(command)} failed: {said}")
    return ended.returncode == 0

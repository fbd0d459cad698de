"""Who is logged in, from the sessions of systemd-logind (sd-login(3)) or, where there is none, utmp(5)."""

import os
import struct
from pathlib import Path
from typing import ClassVar, NamedTuple

from opsentrix_protocol.catalogue import Kind, Metric, labels_of

from opsentrix_agent.collector import HostPaths, Reading
from opsentrix_agent.collectors.pace import Pace
from opsentrix_agent.collectors.source import read
from opsentrix_agent.errors import CollectorUnavailableError

_SESSIONS = Metric(
    "system.session.count",
    "{session}",
    Kind.GAUGE,
    "Sessions of users by origin: local (a console, a desktop), remote. Counted every 10 s",
)
_USERS = Metric("system.session.users", "{user}", Kind.GAUGE, "Different users that are logged in. Counted every 10 s")

_LOCAL, _REMOTE = labels_of(origin="local"), labels_of(origin="remote")
_LOOK_EVERY_TICKS = 10
_MAX_SESSIONS = 1000
_UTMP_PROCESS = 7
# Type, pid, line, id, user, host. What follows is not wanted: its times are of 64 bits on some machines.
_UTMP_HEAD = struct.Struct("=h2xi32s4s32s256s")
_UTMP_BYTES = 400 if os.uname().machine == "aarch64" else 384


class _Session(NamedTuple):
    user: bytes
    is_remote: bool


class Sessions:
    """How many people are logged in.

    Sessions of services and of the login screen are not counted, nor is one that is being closed.
    """

    metrics: ClassVar[tuple[Metric, ...]] = (_SESSIONS, _USERS)

    def __init__(self, paths: HostPaths) -> None:
        self._logind = paths.run / "systemd" / "sessions"
        self._utmp = paths.run / "utmp"
        if not self._logind.is_dir() and not self._utmp.is_file():
            raise CollectorUnavailableError(f"{self._utmp} cannot be read: No such file or directory")
        self._pace = Pace(_LOOK_EVERY_TICKS)
        self._proc = paths.proc
        self._readings: list[Reading] = []

    def collect(self) -> list[Reading]:
        """Return the sessions and users of the last look.

        Raises:
            OSError: the sessions cannot be read.
            ValueError: the file of sessions is far too large.
        """
        if self._pace.due():
            sessions = _of_logind(self._logind) if self._logind.is_dir() else _of_utmp(self._utmp, self._proc)
            remote = sum(session.is_remote for session in sessions)
            self._readings = [
                (_SESSIONS, _LOCAL, len(sessions) - remote),
                (_SESSIONS, _REMOTE, remote),
                (_USERS, (), len({session.user for session in sessions})),
            ]
        return self._readings


def _of_logind(folder: Path) -> list[_Session]:
    """Return the sessions that logind keeps, each in a file of lines such as `REMOTE=1`."""
    sessions: list[_Session] = []
    with os.scandir(folder) as entries:
        # Beside each there may be a FIFO, which must not be opened.
        paths = [entry.path for entry in entries if entry.is_file(follow_symlinks=False)]
    for path in paths[:_MAX_SESSIONS]:
        try:
            lines = read(path).split(b"\n")
        except (FileNotFoundError, PermissionError):
            continue
        keys = dict(line.split(b"=", 1) for line in lines if b"=" in line)
        if keys.get(b"CLASS", b"").startswith(b"user") and keys.get(b"STATE") != b"closing":
            sessions.append(_Session(keys.get(b"UID", b""), keys.get(b"REMOTE") == b"1"))
    return sessions


def _of_utmp(path: Path, proc: Path) -> list[_Session]:
    """Return the sessions of a utmp file whose process still runs: what crashed did not take its entry out."""
    content = read(os.fspath(path))
    sessions: list[_Session] = []
    for offset in range(0, len(content) - _UTMP_BYTES + 1, _UTMP_BYTES):
        kind, pid, _, _, user, host = _UTMP_HEAD.unpack_from(content, offset)
        if kind == _UTMP_PROCESS and (proc / str(pid)).exists():
            name = host.partition(b"\0")[0]
            # A desktop says its display, such as `:0`.
            sessions.append(_Session(user.partition(b"\0")[0], bool(name) and not name.startswith(b":")))
    return sessions[:_MAX_SESSIONS]

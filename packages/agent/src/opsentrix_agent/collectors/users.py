"""Names of users, from the passwd file alone (passwd(5))."""

import os
from pathlib import Path

from opsentrix_agent.collectors.source import printable, read

_NAME_CHARS = 64


class Users:
    """Names by user id.

    NSS is not asked: LDAP or SSSD behind it may take seconds, and would hold up the tick.
    """

    def __init__(self, etc: Path) -> None:
        self._path = etc / "passwd"
        self._changed_ns = -1
        self._names: dict[int, str] = {}

    def name(self, uid: int) -> str:
        """Return the name of a user, or the number where the passwd file has none."""
        if uid not in self._names:
            self._load()
        return self._names.get(uid) or str(uid)

    def _load(self) -> None:
        try:
            changed_ns = self._path.stat().st_mtime_ns
            if changed_ns == self._changed_ns:
                return
            names = _parse(read(os.fspath(self._path)))
        except (OSError, ValueError):
            # No passwd file that we may read, or a huge one: numbers serve as well.
            return
        self._changed_ns = changed_ns
        self._names = names


def _parse(passwd: bytes) -> dict[int, str]:
    names: dict[int, str] = {}
    for line in passwd.split(b"\n"):
        columns = line.split(b":")
        if len(columns) > 3 and columns[2].isdigit():
            names.setdefault(int(columns[2]), printable(columns[0], _NAME_CHARS))
    return names

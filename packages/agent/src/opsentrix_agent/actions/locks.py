"""Locks that end with the process that holds them, however it ends: of commands, resources and places to run in."""

import contextlib
import fcntl
import os
from hashlib import sha256
from pathlib import Path

_FOLDER = "locks"


class Locks:
    """Locks in the journal's folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / _FOLDER
        self._held: list[tuple[Path, int]] = []

    def take(self, name: str) -> bool:
        """Take a lock unless somebody has it, and return whether it was taken; `name` may be any text.

        Raises:
            OSError: the folder cannot be written.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / sha256(name.encode()).hexdigest()[:32]
        while True:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                return False
            if _is(path, descriptor):
                self._held.append((path, descriptor))
                return True
            os.close(descriptor)  # who held it before has just removed it

    def take_place(self, places: int) -> bool:
        """Take one of so many places to run in, and return whether one was free."""
        return any(self.take(f"place:{number}") for number in range(places))

    def release(self) -> None:
        """Let go of all of them and leave no files behind."""
        for path, descriptor in self._held:
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
            os.close(descriptor)
        self._held.clear()


def _is(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False

"""A small disk for one test, and one that is read-only: tmpfs in a mount namespace of the test's own.

They go when the test ends. `run_on_small_disk` starts the test again inside the namespace, by `python -m e2e.smalldisk
FOLDER UID GID TEST`. A user who may not mount is root in a user namespace for that, and himself again for the test:
PostgreSQL refuses root.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

_DISK = "OPSENTRIX_TEST_DISK"
_SIZE_MB = 200
"""Room for PostgreSQL's files (40 MB), some segments of its write-ahead log and what a test writes."""


def here() -> Path | None:
    """Return the folder of the small disk that this process was given."""
    return Path(os.environ[_DISK]) if _DISK in os.environ else None


def read_only(disk: Path) -> Path:
    """Return the folder of a small disk that nothing can be written to."""
    return disk / "readonly"


def run_on_small_disk(test: str) -> subprocess.CompletedProcess[str]:
    """Run a test, named as pytest names it, in a process that has a small disk."""
    uid, gid = os.geteuid(), os.getegid()
    user = () if uid == 0 else ("--user", "--map-root-user")
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="oxd-") as folder:
        Path(folder).chmod(0o755)
        return subprocess.run(
            ["unshare", *user, "--mount", sys.executable, "-m", "e2e.smalldisk", folder, str(uid), str(gid), test],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip


def main() -> None:
    """Mount the disk and become the test."""
    folder, uid, gid, test = sys.argv[1:]
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_SIZE_MB}m,mode=755", "tmpfs", folder], check=True)
    readonly = read_only(Path(folder))
    readonly.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", readonly], check=True)
    os.environ[_DISK] = folder
    user = () if uid == "0" else ("unshare", "--user", f"--map-user={uid}", f"--map-group={gid}")
    command = (*user, sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-s", test)
    os.execvp(command[0], command)  # noqa: S606 - no shell wanted


class Ballast:
    """Fills the disk, and empties it again."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "ballast"

    def fill(self) -> None:
        """Leave not one byte."""
        with self._file.open("ab", buffering=0) as file:
            for size in (1024**2, 4096):
                while True:
                    try:
                        file.write(bytes(size))
                    except OSError:
                        break

    def drop(self) -> None:
        """Give the room back."""
        self._file.unlink(missing_ok=True)


if __name__ == "__main__":
    main()

"""A fresh Debian in a folder: what the installer meets on somebody's machine. The network is this machine's own."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from e2e.processes import end_left_behind

_INSIDE = 'mount -t proc proc "$0/proc" && exec "$@"'
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_NOT_COMPARED = ("proc", "sys", "dev", "tmp", "var/tmp", "run/lock")
_BACKUPS = ("etc/passwd-", "etc/group-", "etc/shadow-", "etc/gshadow-", "etc/subuid-", "etc/subgid-", "etc/.pwd.lock")
"""What useradd and userdel leave behind for whatever they change."""

Snapshot = dict[str, tuple[int, int, int, str]]


class Chroot:
    """The root folder of a system, and commands in it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def command(self, *argv: str, user: str = "") -> list[str]:
        """Return the command that runs another one inside, with a /proc of its own that goes when it ends."""
        userspec = (f"--userspec={user}",) if user else ()
        return ["unshare", "--mount", "sh", "-c", _INSIDE, str(self.root), "chroot", *userspec, str(self.root), *argv]

    def run(self, script: str, user: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a shell script inside and return how it ended; all that it wrote is in stdout."""
        return subprocess.run(
            self.command("sh", "-c", script, user=user), env=inside(environment), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, check=False,
        )  # fmt: skip

    def write(self, path: str, content: str, mode: int = 0o644) -> None:
        """Put a file into it."""
        file = self.root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
        file.chmod(mode)

    def read(self, path: str) -> str:
        """Return the text of a file in it."""
        return (self.root / path.lstrip("/")).read_text()

    def snapshot(self) -> Snapshot:
        """Return owner, mode, time of change and target of each file, to see what was left or touched."""
        found: Snapshot = {}
        for folder, folders, files in os.walk(self.root):
            here = Path(folder).relative_to(self.root)
            folders[:] = [one for one in folders if str(here / one) not in _NOT_COMPARED]
            for name in (*folders, *files):
                path = here / name
                status = (self.root / path).lstat()
                changed = 0 if name in folders else status.st_mtime_ns
                target = str((self.root / path).readlink()) if (self.root / path).is_symlink() else ""
                found[str(path)] = (status.st_uid, status.st_mode, changed, target)
        return found

    def traces_since(self, before: Snapshot) -> set[str]:
        """Return the paths that are not as they were; the account files count by their text alone."""
        now = self.snapshot()
        changed = {path for path in before.keys() | now.keys() if before.get(path) != now.get(path)}
        return {path for path in changed if path not in _BACKUPS}


def inside(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a login on a fresh machine."""
    return {"PATH": _PATH, "HOME": "/root", "LC_ALL": "C.UTF-8", **environment}


@contextmanager
def debian() -> Iterator[Chroot]:
    """Make a minimal Debian with Python and curl, from the mirror that this machine uses; delete it afterwards."""
    folder = Path(tempfile.mkdtemp(dir="/tmp", prefix="oxr-"))
    folder.chmod(0o755)
    try:
        suite, mirror = _suite_and_mirror()
        options = ("--variant=minbase", "--include=python3,curl,ca-certificates")
        subprocess.run(
            ["debootstrap", *options, suite, str(folder / "root"), mirror],
            check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=600,
        )  # fmt: skip
        yield Chroot(folder / "root")
    finally:
        end_left_behind(folder)
        shutil.rmtree(folder)


def missing() -> str:
    """Return why there can be no such system here; empty where there can."""
    if os.geteuid() != 0:
        return "platform: only root can make a chroot"
    absent = [name for name in ("debootstrap", "unshare", "chroot", "apt-get") if not shutil.which(name)]
    return f"platform: there is no {', '.join(absent)} here" if absent else ""


def _suite_and_mirror() -> tuple[str, str]:
    """Return this machine's own release of Debian and where it gets its packages."""
    release = Path("/etc/os-release").read_text()
    suite = release.partition("VERSION_CODENAME=")[2].split()[0].strip('"')
    targets = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(RELEASE) $(REPO_URI)", "Created-By: Packages", "Component: main"],
        check=True, stdout=subprocess.PIPE, text=True,
    ).stdout  # fmt: skip
    return suite, next(line.split()[1] for line in targets.splitlines() if line.split()[0] == suite)

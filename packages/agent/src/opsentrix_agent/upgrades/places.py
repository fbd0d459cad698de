"""Where an upgrade's files are, and how they are read by one who does not trust who wrote them."""

import json
import os
import stat
from pathlib import Path
from typing import Any, NamedTuple

import opsentrix_agent
from opsentrix_agent.configfile import DEFAULT_CONFIG
from opsentrix_agent.errors import UpgradeError

ARTEFACT = "artefact"
ORDER = "order.json"
"""Of the hub, as the agent took it."""
FETCHED = "fetched.json"
"""How far `fetch` is."""
REQUEST = "request.json"
"""The manifest of an artefact that lies beside it: whoever may replace the agent is to do so."""
CONFIRMED = "confirmed.json"
"""A new release was acknowledged by the hub."""
RUNNING = "running.json"
"""The agent that runs now: `apply` ends it where no service manager does."""
PENDING = "pending.json"
"""The journal: what is being changed."""
RESULT = "result.json"
"""How the last upgrade ended."""
SYSTEM_WORK = Path("/var/lib/opsentrix-agent-upgrade")
MAX_JSON_BYTES = 64 * 1024
_LAUNCHER = "opsentrix-agent"
"""As in `releases`, which takes memory that a running agent must not."""


class Release(NamedTuple):
    """The release that this program is: the folder of all releases, and its name."""

    root: Path
    name: str

    @property
    def launcher(self) -> Path:
        """The program."""
        return self.root / self.name / _LAUNCHER

    @property
    def version(self) -> str:
        """What it says of itself."""
        return self.name.rpartition("-")[0]


class Places(NamedTuple):
    """Where an upgrade's files are.

    Attributes:
        inbox: the agent's own: orders, downloads, confirmations.
        work: of whoever applies: journal and result; the agent may read it.
        releases: the folder of all releases.
        policy: the owner's.
    """

    inbox: Path
    work: Path
    releases: Path
    policy: Path


def running_release() -> Release | None:
    """Return which release this is; None when the agent was not installed as one."""
    folder = Path(opsentrix_agent.__file__).resolve().parents[1]
    version, _, digest = folder.name.rpartition("-")
    if not version or len(digest) != 12 or not (folder / _LAUNCHER).is_file():
        return None
    return Release(folder.parent, folder.name)


def places(state_dir: Path, releases: Path, config: Path | None, *, managed: bool) -> Places:
    """Return the places of an agent; where its program is the machine's and not its own, those of the machine.

    Args:
        state_dir: of the agent.
        releases: the folder of all releases.
        config: the config file that the user named.
        managed: whether a service manager runs the agent, or the caller.
    """
    inbox, owner = state_dir / "upgrade", releases.stat().st_uid
    if owner != os.geteuid() or (owner == 0 and managed):
        return Places(inbox, SYSTEM_WORK, releases, DEFAULT_CONFIG.with_name("policy.json"))
    return Places(inbox, state_dir / "upgrade-work", releases, (config or DEFAULT_CONFIG).with_name("policy.json"))


def applies_itself(where: Places) -> bool:
    """Return whether the agent's own processes replace the program: it belongs to their user, and systemd runs none.

    Under systemd another unit does it, since what the agent starts ends with the agent's service.
    """
    return where.releases.stat().st_uid == os.geteuid() and not under_systemd()


def under_systemd() -> bool:
    """Return whether systemd started this process as a service that tells how it is."""
    return bool(os.environ.get("NOTIFY_SOCKET"))


def read_json(folder: Path, name: str) -> dict[str, Any]:
    """Return the object in a small file; empty when there is none or it is no such thing.

    Who owns the folder may put there what he likes: links, devices and pipes are not opened.
    """
    try:
        with Folder(folder) as opened:
            content = json.loads(opened.read(name, MAX_JSON_BYTES))
    except (OSError, UpgradeError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


class Folder:
    """An open folder: what is read is in it, whatever becomes of its name meanwhile."""

    def __init__(self, path: Path) -> None:
        """Open it.

        Raises:
            OSError: it is not there, or is a link.
        """
        self._path = path
        self._descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)

    def __enter__(self) -> "Folder":  # noqa: PYI034 - Self needs Python 3.11
        return self

    def __exit__(self, *_exception: object) -> None:
        os.close(self._descriptor)

    @property
    def owner(self) -> tuple[int, int]:
        """User and group that it belongs to."""
        status = os.fstat(self._descriptor)
        return status.st_uid, status.st_gid

    def read(self, name: str, most: int) -> bytes:
        """Return a plain file's content.

        Raises:
            OSError: it is not there, or is a link.
            UpgradeError: it is no plain file, or larger than `most` bytes.
        """
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # a pipe would hold us up for ever
        descriptor = os.open(name, flags, dir_fd=self._descriptor)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise UpgradeError(f"{self._path / name} is not a plain file.")
            content = file.read(most + 1)
        if len(content) > most:
            raise UpgradeError(f"{self._path / name} has more than {most} bytes.")
        return content

    def exists(self, name: str) -> bool:
        """Return whether something has this name."""
        try:
            os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return True

    def remove(self, name: str) -> None:
        """Remove a file, if it is there.

        Raises:
            OSError: it cannot be removed.
        """
        try:
            os.unlink(name, dir_fd=self._descriptor)
        except FileNotFoundError:
            return

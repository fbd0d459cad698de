"""Releases of the agent side by side in one folder, and which of them is current.

    ROOT/0.1.0-6f1c0b2a94de/opsentrix-agent     a release: its launcher beside its packages, compiled
    ROOT/current -> 0.1.0-6f1c0b2a94de          what runs at the next start
    ROOT/previous -> 0.1.0-0e8d7c6b5a43         what ran before, to go back to

A release never changes: its name holds the hash of the artefact that it comes from. A folder has its name only once it
is whole, and a link is replaced in one step, so a crash at any moment leaves a release that runs.
"""

import compileall
import hashlib
import os
import re
import shutil
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from py_compile import PycInvalidationMode

from opsentrix_agent.errors import ReleaseError

LAUNCHER = "opsentrix-agent"
CURRENT = "current"
PREVIOUS = "previous"
_NAME = re.compile(r"[0-9][0-9A-Za-z.+]*-[0-9a-f]{12}")
_MAX_BYTES = 64 * 1024 * 1024
_MAX_SHEBANG = 120
_EXTENSION = "google/_upb/_message.abi3.so"
_LAUNCHER_CODE = """#!{python} -IS
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

from opsentrix_agent.cli import main

sys.exit(main())
"""


class Releases:
    """The releases below one folder, which belongs to this user, or to root, alone."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def current(self) -> str | None:
        """Return the name of the release that runs at the next start."""
        return self._target(CURRENT)

    def previous(self) -> str | None:
        """Return the name of the release that ran before that."""
        return self._target(PREVIOUS)

    def path(self, name: str) -> Path:
        """Return the folder of a release."""
        return self.root / name

    def add(self, artefact: Path) -> str:
        """Unpack and compile an artefact, unless that was done, and return its release's name; it does not run yet.

        The caller has verified the artefact: whoever wrote it runs code here.

        Raises:
            ReleaseError: it is no artefact of the agent, cannot be written, or others may write into the folder.
        """
        try:
            self.root.mkdir(mode=0o755, parents=True, exist_ok=True)
            _check_ours(self.root)
            with zipfile.ZipFile(artefact) as archive:
                name = release_name(artefact, archive)
                if not self.path(name).is_dir():
                    self._unpack(archive, name)
        except (OSError, zipfile.BadZipFile, KeyError, UnicodeDecodeError) as error:
            raise ReleaseError(f"{artefact} cannot be unpacked below {self.root}: {error}.") from None
        return name

    def switch(self, name: str) -> bool:
        """Make a release the current one, and the current one the previous; False when it is current already.

        Raises:
            ReleaseError: there is no such release, or the links cannot be written.
        """
        if not _NAME.fullmatch(name) or not self.path(name).is_dir():
            raise ReleaseError(f"There is no release {name} in {self.root}.")
        before = self.current()
        if before == name:
            return False
        try:
            os.sync()  # a link to files that a power cut would leave empty is worse than a late one
            if before is not None:
                self._link(PREVIOUS, before)
            self._link(CURRENT, name)
        except OSError as error:
            raise ReleaseError(f"{self.root}: {error}.") from None
        return True

    def rollback(self) -> str:
        """Make the previous release the current one and return its name.

        Raises:
            ReleaseError: there is none.
        """
        name = self.previous()
        if name is None:
            raise ReleaseError(f"There is no previous release in {self.root}.")
        self.switch(name)
        return name

    def prune(self) -> list[str]:
        """Delete all releases but the current and the previous one and return their names."""
        kept = {self.current(), self.previous()}
        old = sorted(one.name for one in self.root.iterdir() if _NAME.fullmatch(one.name) and one.name not in kept)
        for name in old:
            shutil.rmtree(self.path(name))
        return old

    def _target(self, link: str) -> str | None:
        try:
            name = str((self.root / link).readlink())
        except OSError:
            return None
        return name if _NAME.fullmatch(name) and self.path(name).is_dir() else None

    def _link(self, link: str, name: str) -> None:
        temporary = self.root / f".{link}.{os.getpid()}"
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(name)
        temporary.replace(self.root / link)

    def _unpack(self, archive: zipfile.ZipFile, name: str) -> None:
        temporary = self.root / f".{name}.{os.getpid()}"
        temporary.mkdir(mode=0o755)
        try:
            _write_files(archive, temporary)
            compileall.compile_dir(
                temporary, quiet=2, stripdir=str(temporary), prependdir=str(self.path(name)),
                invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
            )  # fmt: skip
            _write(temporary / LAUNCHER, _LAUNCHER_CODE.format(python=_interpreter()).encode(), 0o755)
            try:
                temporary.rename(self.path(name))
            except OSError:
                if not self.path(name).is_dir():  # else somebody was faster, and unpacked the same
                    raise
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def release_name(artefact: Path, archive: zipfile.ZipFile) -> str:
    """Return what an artefact's release is called: its version and the beginning of its SHA-256.

    Raises:
        ReleaseError: it is no artefact of the agent.
    """
    name = f"{archive.read('VERSION').decode('ascii').strip()}-{hashlib.sha256(artefact.read_bytes()).hexdigest()[:12]}"
    if not _NAME.fullmatch(name):
        raise ReleaseError(f"{artefact} has no version that can be understood.")
    return name


def native_extension() -> str | None:
    """Return which of the artefact's builds of protobuf's C runtime this interpreter loads; None: the one in Python.

    There are builds for 64-bit Linux with glibc (PEP 599, manylinux2014) and none for musl.
    """
    machine = os.uname().machine
    if sys.platform != "linux" or sys.maxsize < 2**32 or machine not in ("x86_64", "aarch64"):
        return None
    try:
        libc = os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (ValueError, OSError):
        return None
    return machine if libc.startswith("glibc") else None


def cache_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """Return where an artefact that is run directly keeps what it unpacked: a folder that no other user can write."""
    if os.geteuid() == 0:
        return Path("/var/cache/opsentrix-agent")
    return Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "opsentrix-agent"


def _write_files(archive: zipfile.ZipFile, folder: Path) -> None:
    if sum(one.file_size for one in archive.infolist()) > _MAX_BYTES:
        raise ReleaseError(f"The artefact holds more than {_MAX_BYTES} bytes.")
    native = f"native/{native_extension()}/"
    for entry in archive.infolist():
        name = entry.filename
        if name.startswith(native):
            name = _EXTENSION
        elif name.startswith("native/") or name == "__main__.py" or entry.is_dir():
            continue
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()):
            raise ReleaseError(f"The artefact holds a file {name!r}.")
        _write(path, archive.read(entry), 0o644)


def _write(path: Path, content: bytes, mode: int) -> None:
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(mode)


def _interpreter() -> str:
    if len(sys.executable) > _MAX_SHEBANG or any(one.isspace() for one in sys.executable) or not sys.executable:
        raise ReleaseError(f"The path of this Python cannot stand in a script's first line: {sys.executable!r}.")
    return sys.executable


def _check_ours(root: Path) -> None:
    """Refuse a folder into which another user could have put a release."""
    status = root.lstat()
    if root.is_symlink() or status.st_uid != os.geteuid() or status.st_mode & 0o022:
        raise ReleaseError(f"{root} must be a folder that belongs to this user and that nobody else can write.")

"""Who this agent is: the identity file."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, NamedTuple

from opsentrix_agent.errors import IdentityError

FILE_NAME = "identity.json"
LOCK_NAME = "agent.lock"


class Identity(NamedTuple):
    """What the hub gave this agent.

    Attributes:
        agent_id: its number in the hub.
        credential: its secret, the newest one.
        server_url: the hub that knows it.
        payload_key: the hub's public key to seal to, in base64; empty when it gave none.
        previous_credential: the one before, which the hub knew for sure; empty when there was none.
        command_key: the hub's public key by which it signs commands, in base64; empty when it gave none.
    """

    agent_id: int
    credential: str
    server_url: str
    payload_key: str = ""
    previous_credential: str = ""
    command_key: str = ""

    def __repr__(self) -> str:
        return f"Identity(agent_id={self.agent_id}, server_url={self.server_url!r})"


def load_identity(state_dir: Path) -> Identity | None:
    """Return the identity, or None when this machine is not enrolled.

    Raises:
        IdentityError: the file cannot be read or understood.
    """
    path = state_dir / FILE_NAME
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        identity = Identity(
            content["agent_id"],
            content["credential"],
            content["server_url"],
            content.get("payload_key", ""),
            content.get("previous_credential", ""),
            content.get("command_key", ""),
        )
    except FileNotFoundError:
        return None
    except OSError as error:
        raise IdentityError(f"The identity file {path} cannot be read: {error.strerror}.") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise IdentityError(f"The identity file {path} is damaged; enroll this machine again.") from None
    if not _is_sound(identity):
        raise IdentityError(f"The identity file {path} is damaged; enroll this machine again.")
    return identity


def save_identity(state_dir: Path, identity: Identity) -> Path:
    """Write the identity so that only this user can read it, whole or not at all, and return the file's path.

    Raises:
        IdentityError: the directory or the file cannot be written.
    """
    path = state_dir / FILE_NAME
    try:
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(state_dir):
            _write(path, identity)
    except OSError as error:
        raise IdentityError(f"The identity cannot be written to {path}: {error.strerror}.") from None
    return path


def replace_identity(state_dir: Path, expected: Identity, identity: Identity) -> None:
    """Write an identity in place of the expected one, durably, whole or not at all.

    Raises:
        IdentityError: it cannot be written, or somebody else has replaced the expected one meanwhile, such as `enroll`.
    """
    path = state_dir / FILE_NAME
    try:
        with _locked(state_dir):
            if load_identity(state_dir) != expected:
                raise IdentityError(f"The identity file {path} was replaced; start the agent again.")
            _write(path, identity)
    except OSError as error:
        raise IdentityError(f"The identity cannot be written to {path}: {error.strerror}.") from None


def write_private(path: Path, text: str) -> None:
    """Write a file that only this user can read, whole or not at all.

    Raises:
        OSError: the directory or the file cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        temporary.unlink()
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    _sync_directory(path.parent)


def hold_identity(state_dir: Path) -> IO[str]:
    """Return a file that is locked until it is closed or the process ends, however it ends.

    Two agents of one identity would push each other off the hub for ever. The identity file itself is no place for this
    lock: each new credential replaces it by another file.

    Raises:
        IdentityError: another process holds it, or the file cannot be made.
    """
    path = state_dir / LOCK_NAME
    try:
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600), "w")
    except OSError as error:
        raise IdentityError(f"The lock {path} cannot be made: {error.strerror}.") from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise IdentityError(f"Another agent runs with the identity in {state_dir} already.") from None
    return file


def _write(path: Path, identity: Identity) -> None:
    content = {key: value for key, value in identity._asdict().items() if value}
    write_private(path, json.dumps(content, indent=2) + "\n")


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """Let one process at a time look at the identity file and replace it."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _is_sound(identity: Identity) -> bool:
    kinds = ((identity.agent_id, int), (identity.credential, str), (identity.server_url, str))
    optional = (identity.payload_key, identity.previous_credential, identity.command_key)
    if not all(isinstance(value, str) for value in optional):
        return False
    return all(value and isinstance(value, kind) for value, kind in kinds)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""Who this agent is: the identity file, and the enrollment that makes it."""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from opsentrix_agent.errors import EnrollmentError, IdentityError
from opsentrix_agent.hubhttp import Answer, ask
from opsentrix_agent.settings import Settings

FILE_NAME = "identity.json"
REGISTER_PATH = "/api/v1/agents/register"


@dataclass(frozen=True, slots=True)
class Identity:
    """What the hub gave this agent.

    Attributes:
        agent_id: its number in the hub.
        credential: its secret.
        server_url: the hub that knows it.
    """

    agent_id: int
    credential: str
    server_url: str

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
        identity = Identity(content["agent_id"], content["credential"], content["server_url"])
    except FileNotFoundError:
        return None
    except OSError as error:
        raise IdentityError(f"The identity file {path} cannot be read: {error.strerror}.") from None
    except (ValueError, KeyError, TypeError):
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
    temporary = state_dir / f".{FILE_NAME}.{os.getpid()}"
    try:
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            temporary.unlink()
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(identity), file, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        _sync_directory(state_dir)
    except OSError as error:
        raise IdentityError(f"The identity cannot be written to {path}: {error.strerror}.") from None
    return path


def enroll(settings: Settings, token: str, host: str, metadata: Mapping[str, str]) -> Identity:
    """Register this machine with the hub and return its identity; nothing is saved yet.

    Args:
        settings: server URL, name, type, environment, tags and interval.
        token: the enrollment token.
        host: this machine's name or address.
        metadata: host facts.

    Raises:
        EnrollmentError: the hub does not take the token or the request.
        HubError: the hub gave no answer.
    """
    body: dict[str, Any] = {
        "name": settings.name,
        "type": settings.agent_type,
        "host": host,
        "metadata": dict(metadata),
        "reporting_interval": settings.reporting_interval,
    }
    if settings.environment:
        body["environment"] = settings.environment
    if settings.tags:
        body["tags"] = list(settings.tags)
    answer = ask(settings.server_url, REGISTER_PATH, bearer=token, body=body, tls_ca=settings.tls_ca)
    if answer.status != 201:
        raise EnrollmentError(_refusal(settings.server_url, answer))
    agent_id, credential = answer.body.get("id"), answer.body.get("credential")
    if not isinstance(agent_id, int) or not isinstance(credential, str) or not credential:
        raise EnrollmentError(f"{settings.server_url} answered, but not as a hub does: id or credential is missing.")
    return Identity(agent_id, credential, settings.server_url)


def _is_sound(identity: Identity) -> bool:
    kinds = ((identity.agent_id, int), (identity.credential, str), (identity.server_url, str))
    return all(value and isinstance(value, kind) for value, kind in kinds)


def _refusal(server_url: str, answer: Answer) -> str:
    detail = f" The hub says: {answer.detail()}" if answer.detail() else ""
    match answer.status:
        case 401:
            return f"The hub does not know this enrollment token; make a new one in the dashboard.{detail}"
        case 403:
            return f"This enrollment token is expired, used up or revoked; make a new one in the dashboard.{detail}"
        case 422:
            return f"The hub does not accept this registration.{detail}"
        case 404 | 405:
            return f"There is no Opsentrix hub at {server_url} (HTTP {answer.status}).{detail}"
        case status if 300 <= status < 400:
            target = answer.headers.get("location", "elsewhere")
            return f"{server_url} redirects to {target}; name the hub's final URL."
        case status:
            return f"The hub answered HTTP {status}.{detail}"


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""What the owner of the machine allows of upgrades; without a policy, nothing."""

from binascii import a2b_base64, b2a_base64
from pathlib import Path
from typing import NamedTuple

from opsentrix_agent.errors import NoPolicyError, PolicyError, UpgradeRefusedError
from opsentrix_agent.policyfile import read_policy

DEADLINE_S = 180
MIN_DEADLINE_S = 5
MAX_DEADLINE_S = 3600
MAX_KEYS = 16
_PUBLIC_KEY_BYTES = 32
_KEYS = {"keys", "allow_downgrade", "deadline_s"}


class UpgradePolicy(NamedTuple):
    """The part `upgrades` of the policy.

    Attributes:
        keys: public keys of those whose releases may run here, 32 bytes each.
        allow_downgrade: whether a release may be older than the present one, or as old.
        deadline_s: a new release has so many seconds until the hub acknowledges a frame of it.
    """

    keys: tuple[bytes, ...]
    allow_downgrade: bool = False
    deadline_s: int = DEADLINE_S


def load_policy(file: Path) -> UpgradePolicy:
    """Return what the owner allows.

    Raises:
        UpgradeRefusedError: nothing: there is no policy, it says nothing of upgrades, is wrong, or somebody other than
            root or this user could have written it.
    """
    try:
        content = read_policy(file)
    except NoPolicyError as error:
        raise UpgradeRefusedError(f"Upgrades are not allowed by the owner: {error}.") from None
    except PolicyError as error:
        raise UpgradeRefusedError(str(error)) from None
    return _parsed(file, content.get("upgrades"))


def _parsed(file: Path, part: object) -> UpgradePolicy:
    if part is None:
        raise UpgradeRefusedError(f"Upgrades are not allowed by the owner: {file} says nothing of them.")
    if not isinstance(part, dict) or set(part) - _KEYS:
        raise UpgradeRefusedError(f"{file}: upgrades must be an object with {', '.join(sorted(_KEYS))}.")
    downgrade, deadline = part.get("allow_downgrade", False), part.get("deadline_s", DEADLINE_S)
    if not isinstance(downgrade, bool):
        raise UpgradeRefusedError(f"{file}: upgrades.allow_downgrade must be true or false.")
    if not isinstance(deadline, int) or isinstance(deadline, bool) or not MIN_DEADLINE_S <= deadline <= MAX_DEADLINE_S:
        raise UpgradeRefusedError(f"{file}: upgrades.deadline_s must be from {MIN_DEADLINE_S} to {MAX_DEADLINE_S}.")
    keys = part.get("keys")
    if not isinstance(keys, list) or not 0 < len(keys) <= MAX_KEYS:
        raise UpgradeRefusedError(f"{file}: upgrades.keys must list 1 to {MAX_KEYS} public keys.")
    return UpgradePolicy(tuple(_key(file, one) for one in keys), downgrade, deadline)


def _key(file: Path, text: object) -> bytes:
    try:
        key = a2b_base64(text) if isinstance(text, str) else b""
    except ValueError:
        key = b""
    if len(key) != _PUBLIC_KEY_BYTES or b2a_base64(key, newline=False).decode() != text:
        raise UpgradeRefusedError(f"{file}: upgrades.keys holds {str(text)[:64]!r}, which is no public key in base64.")
    return key

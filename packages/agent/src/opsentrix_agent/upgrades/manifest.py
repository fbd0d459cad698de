"""What the release key signed: which artefact is which version."""

import json
import re
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from opsentrix_agent.ed25519 import verify
from opsentrix_agent.errors import UpgradeError, UpgradeRefusedError

MAX_ARTEFACT_BYTES = 64 * 1024 * 1024
MAX_SIGNATURES = 8
_VERSION = re.compile(r"(\d{1,9}(?:\.\d{1,9}){0,3})(?:(a|b|rc)(\d{1,9}))?")
_STAGES = {"a": 0, "b": 1, "rc": 2, None: 3}


class Signature(NamedTuple):
    """A signature, and the id of the key that made it."""

    key_id: str
    signature: bytes


class Manifest(NamedTuple):
    """A release as it is offered.

    Attributes:
        version: what it says of itself.
        sha256: of the artefact, in small hexadecimal letters.
        size: of the artefact, in bytes; it is not signed, since the hash is.
        signatures: of version and hash.
    """

    version: str
    sha256: str
    size: int
    signatures: tuple[Signature, ...] = ()

    def signed_bytes(self) -> bytes:
        """Return what is signed."""
        return f"opsentrix-agent-release\n{self.version}\n{self.sha256}\n".encode()

    def to_json(self) -> dict[str, Any]:
        """Return it as `opsentrix-agent.pyz.manifest.json` has it."""
        signatures = [{"key_id": one.key_id, "signature": one.signature.hex()} for one in self.signatures]
        return {"version": self.version, "sha256": self.sha256, "size": self.size, "signatures": signatures}


def parse(text: bytes) -> Manifest:
    """Return the manifest that a JSON text holds.

    Raises:
        UpgradeError: it is none.
    """
    try:
        content = json.loads(text)
        signatures = [Signature(str(one["key_id"]), bytes.fromhex(one["signature"])) for one in content["signatures"]]
        return checked(Manifest(content["version"], content["sha256"], content["size"], tuple(signatures)))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UpgradeError("The release's manifest cannot be understood.") from None


def checked(manifest: Manifest) -> Manifest:
    """Return a manifest whose parts have the form that they must have.

    Raises:
        UpgradeError: they have not.
    """
    version_key(manifest.version)
    digest: object = manifest.sha256  # as JSON had it
    if not isinstance(digest, str) or not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise UpgradeError("The release's SHA-256 is none.")
    size: object = manifest.size
    if not isinstance(size, int) or isinstance(size, bool) or not 0 < size <= MAX_ARTEFACT_BYTES:
        raise UpgradeError(f"The release says that it has {size!r} bytes; at most {MAX_ARTEFACT_BYTES} are taken.")
    if len(manifest.signatures) > MAX_SIGNATURES:
        raise UpgradeError(f"The release has more than {MAX_SIGNATURES} signatures.")
    return manifest


def version_key(version: object) -> tuple[tuple[int, ...], int, int]:
    """Return what sorts as versions do: `1.2` before `1.10`, `2.0rc1` before `2.0`.

    Raises:
        UpgradeError: it is no version that can be compared.

    >>> version_key("1.10.0rc2")
    ((1, 10, 0, 0), 2, 2)
    """
    found = _VERSION.fullmatch(version) if isinstance(version, str) and version.isascii() else None
    if found is None:
        raise UpgradeError(f"The version {str(version)[:64]!r} cannot be compared with another.")
    numbers = tuple(int(one) for one in found[1].split("."))
    return numbers + (0,) * (4 - len(numbers)), _STAGES[found[2]], int(found[3] or 0)


def key_id(public_key: bytes) -> str:
    """Return by what a signature names the key that made it."""
    return sha256(public_key).hexdigest()[:16]


def check_signed(manifest: Manifest, keys: Sequence[bytes]) -> None:
    """Check that one of these keys signed the release.

    Args:
        manifest: the release.
        keys: public keys that the owner trusts, 32 bytes each.

    Raises:
        UpgradeRefusedError: none did.
    """
    message = manifest.signed_bytes()
    by_id = {key_id(key): key for key in keys}
    for one in manifest.signatures:
        key = by_id.get(one.key_id)
        if key is not None and verify(key, message, one.signature):
            return
    if not manifest.signatures:
        raise UpgradeRefusedError(f"Release {manifest.version} is not signed.")
    raise UpgradeRefusedError(f"Release {manifest.version} is not signed by a key that the policy trusts.")


def check_newer(manifest: Manifest, present: str, *, allow_downgrade: bool) -> None:
    """Check that a release may follow the present version.

    Raises:
        UpgradeError: a version cannot be compared.
        UpgradeRefusedError: it is not newer, and the owner allows newer ones only.
    """
    if not allow_downgrade and version_key(manifest.version) <= version_key(present):
        raise UpgradeRefusedError(f"Release {manifest.version} is not newer than {present}, which runs here.")

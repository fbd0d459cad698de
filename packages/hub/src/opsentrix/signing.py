"""Makes release keys and signs releases of the agent; done where agents are built, never on a hub that serves them.

A signature is Ed25519 (RFC 8032) over `opsentrix-agent-release`, the version and the artefact's SHA-256 in hexadecimal,
each followed by a line feed. `opsentrix_agent/upgrades/manifest.py` is the other side.
"""

import base64
import hashlib
import os
from pathlib import Path
from typing import Any

import orjson
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from opsentrix.errors import StartupError
from opsentrix.fleet.releases import offered


def keygen(file: Path) -> str:
    """Write a new private key, readable by this user only, and return its public key in base64.

    Raises:
        StartupError: the file exists, or cannot be written.
    """
    key = Ed25519PrivateKey.generate()
    content = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise StartupError(f"{file} cannot be written: {error.strerror}.") from None
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(content)
    return public_of(key)


def load(file: Path) -> Ed25519PrivateKey:
    """Return the private key in a file.

    Raises:
        StartupError: it is no Ed25519 key, or others may read it.
    """
    try:
        if file.stat().st_mode & 0o077:
            raise StartupError(f"{file} can be read by others: chmod 600 {file}, and think whether it still is secret.")
        key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    except OSError as error:
        raise StartupError(f"{file} cannot be read: {error.strerror}.") from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise StartupError(f"{file} holds no private key as `opsentrix release keygen` writes it.")
    return key


def sign(key: Ed25519PrivateKey, artefact: Path) -> Path:
    """Sign an artefact, keep other keys' signatures of it, and return the manifest that was written beside it.

    Raises:
        StartupError: it is no artefact, or its manifest cannot be written.
    """
    offer = offered(artefact.parent, artefact.name)
    if offer is None:
        raise StartupError(f"{artefact} is no artefact of the agent.")
    release = offer.release
    signature = key.sign(f"opsentrix-agent-release\n{release.version}\n{release.sha256}\n".encode())
    mine = {"key_id": key_id(key), "signature": signature.hex()}
    others = [
        {"key_id": one.key_id, "signature": one.signature.hex()}
        for one in release.signatures
        if one.key_id != mine["key_id"]
    ]
    content: dict[str, Any] = {"version": release.version, "sha256": release.sha256, "size": release.size}
    manifest = artefact.with_name(f"{artefact.name}.manifest.json")
    temporary = manifest.with_name(f".{manifest.name}")
    try:
        temporary.write_bytes(orjson.dumps(content | {"signatures": [*others, mine]}, option=orjson.OPT_INDENT_2))
        temporary.replace(manifest)
    except OSError as error:
        raise StartupError(f"{manifest} cannot be written: {error.strerror}.") from None
    return manifest


def public_of(key: Ed25519PrivateKey) -> str:
    """Return the public key in base64, as the policy of a machine has it."""
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def key_id(key: Ed25519PrivateKey) -> str:
    """Return by what signatures name the key."""
    return hashlib.sha256(key.public_key().public_bytes_raw()).hexdigest()[:16]

"""Signed releases for tests, made with another implementation of Ed25519 than the one under test."""

import json
import zipfile
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from opsentrix_agent.upgrades.manifest import Manifest, Signature, key_id

OWNER = Ed25519PrivateKey.from_private_bytes(bytes(32))
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes([1]) * 32)
ROLLOUT = "00112233445566778899aabbccddeeff"


def public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


def signature(key: Ed25519PrivateKey, version: str, digest: str) -> Signature:
    message = f"opsentrix-agent-release\n{version}\n{digest}\n".encode()
    return Signature(key_id(public(key)), key.sign(message))


def signed(content: bytes, version: str, *keys: Ed25519PrivateKey) -> Manifest:
    digest = sha256(content).hexdigest()
    return Manifest(version, digest, len(content), tuple(signature(key, version, digest) for key in keys))


def make_artefact(path: Path, version: str, code: str = "") -> bytes:
    """Write an artefact of an agent that says its version, or does what its code does."""
    code = code or f"def main():\n    print('opsentrix-agent {version}')\n    return 0\n"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("VERSION", version)
        archive.writestr("opsentrix_agent/__init__.py", "")
        archive.writestr("opsentrix_agent/cli.py", code)
    return path.read_bytes()


def write_policy(file: Path, *keys: Ed25519PrivateKey, **more: object) -> Path:
    content = {"upgrades": {"keys": [b64encode(public(key)).decode() for key in keys], **more}}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content))
    file.chmod(0o644)
    return file

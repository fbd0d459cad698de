"""The release of the agent that this hub can offer: an artefact, and beside it what its makers signed."""

import functools
import hashlib
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from opsentrix.model.upgrades import Release, Signature

ARTEFACT = "opsentrix-agent.pyz"
MAX_SIGNATURES = 8
_VERSION = re.compile(r"[0-9][0-9A-Za-z.+]{0,63}")
_UNREADABLE = (OSError, KeyError, ValueError, EOFError, RuntimeError, struct.error, zipfile.BadZipFile, zlib.error)
"""What zipfile raises for a file that is no archive, is damaged or encrypted, or packed in a way that is not known."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An artefact.

    Attributes:
        release: without signatures when it is not signed.
        problem: why no agent would take it; empty when one that trusts the key would.
    """

    release: Release
    problem: str = ""


def offered(folder: Path, name: str = ARTEFACT) -> Offer | None:
    """Return what a folder offers; None when there is no artefact of this name.

    The hub knows no key that it could trust: whether a signature is good is for each agent to say.
    """
    artefact = folder / name
    try:
        status, digest = artefact.stat(), sha256_of(artefact)
        version = _version(artefact, digest)
    except _UNREADABLE:
        return None
    release = Release(version, digest, status.st_size, ())
    try:
        manifest = orjson.loads((folder / f"{name}.manifest.json").read_bytes())
    except FileNotFoundError:
        return Offer(release, "It is not signed: there is no manifest beside it.")
    except (OSError, orjson.JSONDecodeError):
        return Offer(release, "Its manifest cannot be read.")
    return _signed(release, manifest)


def sha256_of(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal; what it was when it had this time and size is remembered.

    Raises:
        OSError: it cannot be read.
    """
    status = path.stat()
    return _digest(path, status.st_mtime_ns, status.st_size)


def _signed(release: Release, manifest: Any) -> Offer:  # noqa: ANN401 - JSON
    try:
        signatures = tuple(
            Signature(str(one["key_id"])[:64], bytes.fromhex(one["signature"])[:64])
            for one in manifest["signatures"][:MAX_SIGNATURES]
        )
        named = manifest["version"], manifest["sha256"], manifest["size"]
    except (KeyError, TypeError, ValueError):
        return Offer(release, "Its manifest cannot be read.")
    if named != (release.version, release.sha256, release.size):
        return Offer(release, "Its manifest is of another artefact: sign this one.")
    if not signatures:
        return Offer(release, "It is not signed: its manifest holds no signature.")
    return Offer(Release(release.version, release.sha256, release.size, signatures))


@functools.lru_cache(maxsize=4)
def _digest(path: Path, _modified_ns: int, _size: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@functools.lru_cache(maxsize=4)
def _version(path: Path, _digest: str) -> str:
    with zipfile.ZipFile(path) as archive:
        version = archive.read("VERSION").decode("ascii").strip()
    if not _VERSION.fullmatch(version):
        raise ValueError(version)
    return version

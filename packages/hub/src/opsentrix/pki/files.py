"""Certificates that the hub's owner brings: read, and checked before anybody connects."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from opsentrix.errors import StartupError
from opsentrix.pki.authority import to_pem
from opsentrix.pki.material import Material
from opsentrix.pki.strength import broken_hash, weakness

_MAX_BYTES = 1 << 20


def read_pair(certificate_file: Path, key_file: Path, now: datetime) -> Material:
    """Return the hub's certificate, with those between it and its authority behind it, and its key.

    Args:
        certificate_file: PEM; the hub's own certificate first.
        key_file: PEM, not encrypted.
        now: for the dates.

    Raises:
        StartupError: they cannot be read, do not belong together, are out of date or weak; the text says which.
    """
    chain = _certificates("OPSENTRIX_TLS_CERT", certificate_file)
    key_pem = _read("OPSENTRIX_TLS_KEY", key_file)
    if key_file.stat().st_mode & 0o007:
        raise StartupError(f"OPSENTRIX_TLS_KEY: everybody may read {key_file}: chmod o-rwx it.")
    try:
        key = serialization.load_pem_private_key(key_pem, None)
    except TypeError:
        raise StartupError(f"OPSENTRIX_TLS_KEY: {key_file} is encrypted; the hub takes a key in clear.") from None
    except (ValueError, UnsupportedAlgorithm):
        raise StartupError(f"OPSENTRIX_TLS_KEY: {key_file} holds no private key in PEM.") from None
    own = chain[0]
    if own.public_key() != key.public_key():
        order = " The file must begin with the hub's own certificate." if len(chain) > 1 else ""
        raise StartupError(f"OPSENTRIX_TLS_KEY: {key_file} is not the key of {certificate_file}.{order}")
    _check(own, certificate_file, now)
    anchor = chain[-1] if chain[-1].subject == chain[-1].issuer else None
    return Material(b"".join(map(to_pem, chain)), key_pem, to_pem(anchor) if anchor else b"")


def read_authorities(file: Path) -> bytes:
    """Return the certificates of the authorities whose clients are let in, in PEM.

    Raises:
        StartupError: the file cannot be read, or holds none.
    """
    return b"".join(map(to_pem, _certificates("OPSENTRIX_CLIENT_CA", file)))


def first(pem: bytes) -> x509.Certificate:
    """Return the first certificate of some."""
    return x509.load_pem_x509_certificates(pem)[0]


def watch(*files: Path) -> Callable[[], bool]:
    """Return what tells, each time that it is called, whether one of the files was replaced since the last time."""
    seen = [_version(file) for file in files]

    def changed() -> bool:
        nonlocal seen
        before, seen = seen, [_version(file) for file in files]
        return before != seen

    return changed


def _version(file: Path) -> tuple[int, ...]:
    try:
        status = file.stat()
    except OSError:  # it is being replaced; reading it says what is wrong with it
        return ()
    return status.st_mtime_ns, status.st_ino, status.st_size


def _certificates(variable: str, file: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(_read(variable, file))
    except (ValueError, UnsupportedAlgorithm):
        raise StartupError(f"{variable}: {file} holds no certificate in PEM that can be read.") from None


def _check(certificate: x509.Certificate, file: Path, now: datetime) -> None:
    if certificate.not_valid_after_utc <= now:
        raise StartupError(f"OPSENTRIX_TLS_CERT: {file} expired on {certificate.not_valid_after_utc:%Y-%m-%d}.")
    if certificate.not_valid_before_utc > now:
        raise StartupError(
            f"OPSENTRIX_TLS_CERT: {file} is valid from {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC only."
        )
    if problem := weakness(certificate.public_key()):
        raise StartupError(f"OPSENTRIX_TLS_CERT: {file} is too weak: {problem}.")
    if broken := broken_hash(certificate):
        raise StartupError(f"OPSENTRIX_TLS_CERT: {file} is signed with {broken}, which is broken.")


def _read(variable: str, file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(_MAX_BYTES)
    except OSError as error:
        raise StartupError(f"{variable}: {file} cannot be read: {(error.strerror or str(error)).lower()}.") from None

"""What a TLS server presents, and the files that it is kept in."""

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from opsentrix.pki.authority import SERVER_LIFE, Authority, general_name, key_pem, new_key, to_pem


class Material(NamedTuple):
    """What a TLS server presents, all in PEM.

    Attributes:
        chain: its certificate, and those between it and its authority.
        key: its private key, in clear.
        anchor: what clients may trust to trust the server: its authority, where that is known; else empty.
        clients: the authorities whose clients are let in by certificate; empty asks no client for one.
    """

    chain: bytes
    key: bytes
    anchor: bytes
    clients: bytes = b""

    @property
    def certificate(self) -> x509.Certificate:
        """The server's own certificate."""
        return x509.load_pem_x509_certificate(self.chain)

    def __repr__(self) -> str:
        return "Material(...)"  # there is a private key in it


def self_signed(authority: Authority, names: Sequence[str], file: Path, now: datetime) -> Material:
    """Return the certificate that a file keeps, or make one there if it does not serve any more.

    A new certificate is for the same key, as long as the file has one: who pinned the key is not locked out.

    Args:
        authority: signs it.
        names: host names and addresses that it must be for.
        file: keeps the key and the certificate.
        now: it is made anew in the last third of its life.

    Raises:
        OSError: the file cannot be read or written.
    """
    key, certificate = _kept(file)
    if key is None or certificate is None or not _serves(certificate, authority, names, now):
        key = key or new_key()
        certificate = authority.sign_server(names, key, now)
        write_private(file, key_pem(key) + to_pem(certificate))
    return Material(to_pem(certificate) + authority.pem, key_pem(key), authority.pem)


def write_private(file: Path, content: bytes) -> None:
    """Write a file that only this user can read, whole or not at all."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())
    draft.replace(file)


def _kept(file: Path) -> tuple[ec.EllipticCurvePrivateKey | None, x509.Certificate | None]:
    try:
        content = file.read_bytes()
        key = serialization.load_pem_private_key(content, None)
        certificate = x509.load_pem_x509_certificate(content)
    except FileNotFoundError:
        return None, None
    except ValueError:  # damaged: nothing hangs on it that could not be made anew
        return None, None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or certificate.public_key() != key.public_key():
        return None, None
    return key, certificate


def _serves(certificate: x509.Certificate, authority: Authority, names: Sequence[str], now: datetime) -> bool:
    known = set(certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    return (
        authority.issued(certificate)
        and {general_name(name) for name in names} <= known
        and now < certificate.not_valid_after_utc - SERVER_LIFE / 3
    )

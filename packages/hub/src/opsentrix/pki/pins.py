"""Fingerprints by which something is known without an authority: of a certificate, and of a public key."""

import base64
import hashlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization


def certificate_pin(certificate: x509.Certificate) -> str:
    """Return `sha256:` and the SHA-256 of a certificate in hexadecimal (`openssl x509 -fingerprint -sha256`)."""
    return f"sha256:{certificate.fingerprint(hashes.SHA256()).hex()}"


def key_pin(certificate: x509.Certificate) -> str:
    """Return the pin of a certificate's public key as curl's `--pinnedpubkey` takes it (RFC 7469, section 2.4)."""
    spki = certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return f"sha256//{base64.b64encode(hashlib.sha256(spki).digest()).decode()}"

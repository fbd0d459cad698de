"""What keys and signatures are strong enough today (NIST SP 800-131A: at least 112 bits)."""

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

_RSA_BITS = 2048
_MAX_RSA_BITS = 8192
"""Checking a signature with a longer one takes so long that it could be an attack."""
_EC_BITS = 256
_BROKEN_HASHES = ("md5", "sha1")


def weakness(key: CertificatePublicKeyTypes) -> str:
    """Return what is wrong with a key, or nothing."""
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < _RSA_BITS:
            return f"RSA with {key.key_size} bits is weak; {_RSA_BITS} are the least"
        return f"RSA with {key.key_size} bits is too long" if key.key_size > _MAX_RSA_BITS else ""
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"the curve {key.curve.name} is weak" if key.curve.key_size < _EC_BITS else ""
    return "" if isinstance(key, (ed25519.Ed25519PublicKey, ed448.Ed448PublicKey)) else "keys of its kind are obsolete"


def broken_hash(certificate: x509.Certificate) -> str:
    """Return the name of the hash that a certificate is signed with, where that is broken."""
    try:
        algorithm = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return "an unknown hash"
    return algorithm.name.upper() if algorithm is not None and algorithm.name in _BROKEN_HASHES else ""

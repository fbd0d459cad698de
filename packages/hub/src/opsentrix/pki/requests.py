"""Certificate signing requests (PKCS#10, RFC 2986): what is taken of them is the public key, and nothing else."""

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

from opsentrix.pki.strength import weakness

MAX_REQUEST_CHARS = 8192


class RequestError(ValueError):
    """The request is not one that is signed; the text says why."""


def public_key_of(pem: str) -> CertificatePublicKeyTypes:
    """Return the public key of a request, whose sender has shown by its signature that it holds the private one.

    Names and extensions in it are not looked at: the hub knows who asks.

    Raises:
        RequestError: it cannot be read, its signature is wrong, or its key is weak or of a kind that is not taken.
    """
    try:
        request = x509.load_pem_x509_csr(pem.encode())
        key = request.public_key()
        signed = request.is_signature_valid
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise RequestError("is not a certificate signing request in PEM") from None
    if not signed:
        raise RequestError("is not signed with the key that it names")
    if problem := weakness(key):
        raise RequestError(f"has a key that is not taken: {problem}")
    return key

"""The hub's own certificate authority, and what it signs: its server certificate and the certificates of agents.

X.509 as RFC 5280 profiles it, ECDSA on P-256 throughout, because that is what every TLS library takes.
"""

import ipaddress
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_LIFE = timedelta(days=3650)
SERVER_LIFE = timedelta(days=90)
AGENT_URI = "opsentrix:agent:"
"""Begins the name by which a certificate says whose it is; the agent's id follows."""
_SKEW = timedelta(hours=1)
"""A certificate is valid since before it was made: clocks differ."""


@dataclass(frozen=True, slots=True)
class Authority:
    """A CA: its certificate, and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        """The certificate, for whoever is to trust it."""
        return to_pem(self.certificate)

    def allows(self, name: str) -> bool:
        """Return whether this CA may sign for a host name; addresses it may sign for all."""
        if is_address(name):
            return True
        permitted = permitted_names(self.certificate)
        return any(name.lower() == one or name.lower().endswith(f".{one}") for one in permitted)

    def issued(self, certificate: x509.Certificate) -> bool:
        """Return whether this CA signed a certificate."""
        try:
            certificate.verify_directly_issued_by(self.certificate)
        except (ValueError, TypeError, InvalidSignature):
            return False
        return True

    def sign_server(self, names: Sequence[str], key: ec.EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
        """Return a certificate for the hub under these host names and addresses."""
        return self._sign(
            key.public_key(),
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Opsentrix hub")]),
            [general_name(name) for name in names],
            ExtendedKeyUsageOID.SERVER_AUTH,
            now,
            SERVER_LIFE,
        )

    def sign_agent(
        self, agent_id: int, key: CertificatePublicKeyTypes, now: datetime, life: timedelta
    ) -> x509.Certificate:
        """Return a certificate that names an agent; it serves a client only, and no server."""
        return self._sign(
            key,
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Opsentrix agent {agent_id}")]),
            [x509.UniformResourceIdentifier(f"{AGENT_URI}{agent_id}")],
            ExtendedKeyUsageOID.CLIENT_AUTH,
            now,
            life,
        )

    def _sign(
        self,
        key: CertificatePublicKeyTypes,
        subject: x509.Name,
        names: list[x509.GeneralName],
        usage: x509.ObjectIdentifier,
        now: datetime,
        life: timedelta,
    ) -> x509.Certificate:
        own = self.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        return (
            x509.CertificateBuilder(subject_name=subject, issuer_name=self.certificate.subject, public_key=key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(max(now - _SKEW, self.certificate.not_valid_before_utc))
            .not_valid_after(min(now + life, self.certificate.not_valid_after_utc))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own), critical=False)
            .sign(self.key, hashes.SHA256())
        )


def make(names: Sequence[str], now: datetime) -> Authority:
    """Return a new CA that may sign for these host names, what is below them, and any address.

    Args:
        names: host names; addresses among them are left out.
        now: when it begins.
    """
    key = new_key()
    # Of its own for each: OpenSSL looks an issuer up by name, and two of one name would be mistaken for each other.
    own_name = f"Opsentrix CA {now:%Y-%m-%d} {secrets.token_hex(4)}"
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, own_name)])
    permitted = [x509.DNSName(name.lower()) for name in dict.fromkeys(names) if not is_address(name)]
    builder = (
        x509.CertificateBuilder(subject_name=subject, issuer_name=subject, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now + AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.NameConstraints(permitted or [x509.DNSName("localhost")], None), critical=True)
    )
    return Authority(builder.sign(key, hashes.SHA256()), key)


def load(certificate_pem: bytes, key_pem: bytes) -> Authority:
    """Return a CA that was written before.

    Raises:
        ValueError: that is none.
    """
    key = serialization.load_pem_private_key(key_pem, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("the key of the CA is of another kind")  # noqa: TRY004 - one error for all that is wrong
    return Authority(x509.load_pem_x509_certificate(certificate_pem), key)


def new_key() -> ec.EllipticCurvePrivateKey:
    """Return a new key on P-256."""
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a private key in PEM (PKCS#8), in clear."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def to_pem(certificate: x509.Certificate) -> bytes:
    """Return a certificate in PEM."""
    return certificate.public_bytes(serialization.Encoding.PEM)


def permitted_names(certificate: x509.Certificate) -> list[str]:
    """Return the host names that a CA is bound to."""
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound:
        return []
    return [one.value for one in constraints.permitted_subtrees or () if isinstance(one, x509.DNSName)]


def general_name(name: str) -> x509.GeneralName:
    """Return a host name or an address as certificates have it."""
    if is_address(name):
        return x509.IPAddress(ipaddress.ip_address(name))
    return x509.DNSName(name.lower())


def is_address(name: str) -> bool:
    """Return whether a name is an IP address."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def serial_of(certificate: x509.Certificate) -> str:
    """Return a certificate's serial number as it is written everywhere here: hexadecimal, in lower case."""
    return f"{certificate.serial_number:x}"


def agent_of(certificate: x509.Certificate) -> int | None:
    """Return the id of the agent that a certificate of the hub's own CA names."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return None
    for uri in names.get_values_for_type(x509.UniformResourceIdentifier):
        number = uri.removeprefix(AGENT_URI)
        if number != uri and number.isascii() and number.isdigit():
            return int(number)
    return None


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )

"""Certificates made to order, and TLS connections with them."""

import asyncio
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from opsentrix.pki import authority
from opsentrix.pki.authority import Authority

LIFE = timedelta(days=7)


def now() -> datetime:
    return datetime.now(UTC)


def new_authority(*names: str) -> Authority:
    return authority.make(names or ("localhost",), now())


def request(key: ec.EllipticCurvePrivateKey | None = None) -> str:
    """Return a certificate request in PEM."""
    key = key or authority.new_key()
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


@dataclass(frozen=True, slots=True)
class Shown:
    """A certificate that a client shows, with its key, in one file."""

    file: Path

    @classmethod
    def of(cls, folder: Path, key: ec.EllipticCurvePrivateKey, *chain: x509.Certificate) -> "Shown":
        file = folder / f"{chain[0].serial_number:x}.pem"
        file.write_bytes(authority.key_pem(key) + b"".join(map(authority.to_pem, chain)))
        return cls(file)


def own_ca_shown(folder: Path, ca: Authority, agent_id: int, *, life: timedelta = LIFE) -> Shown:
    """Return a certificate that names an agent, of any CA."""
    key = authority.new_key()
    return Shown.of(folder, key, ca.sign_agent(agent_id, key.public_key(), now(), life))


def named(folder: Path, ca: Authority, common_name: str, *dns: str, life: timedelta = LIFE) -> Shown:
    """Return a certificate as a company's own CA issues it."""
    key = authority.new_key()
    builder = (
        x509.CertificateBuilder(
            subject_name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)]),
            issuer_name=ca.certificate.subject,
            public_key=key.public_key(),
        )
        .serial_number(x509.random_serial_number())
        .not_valid_before(now() - timedelta(hours=1))
        .not_valid_after(now() + life)
    )
    if dns:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(one) for one in dns]), critical=False)
    return Shown.of(folder, key, builder.sign(ca.key, hashes.SHA256()))


def client(anchor: bytes, shown: Shown | None = None) -> ssl.SSLContext:
    """Return a context that trusts one authority alone."""
    context = ssl.create_default_context(cadata=anchor.decode())
    if shown:
        context.load_cert_chain(shown.file)
    return context


async def status(address: str, context: ssl.SSLContext, path: str = "/health") -> str:
    """Return the status line of an answer; raises what TLS raises."""
    host, _, port = address.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port), ssl=context, server_hostname="localhost")
    try:
        writer.write(f"GET {path} HTTP/1.0\r\nHost: x\r\n\r\n".encode())
        return (await reader.readline()).decode().strip()
    finally:
        writer.close()

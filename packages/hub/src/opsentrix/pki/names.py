"""The names under which this machine is reached."""

import re
import socket
from urllib.parse import urlsplit

from cryptography import x509

from opsentrix.errors import StartupError
from opsentrix.pki.authority import is_address

_HOST_NAME = re.compile(r"(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
                        r"(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?)*")  # fmt: skip
_ANY = ("", "0.0.0.0", "::")  # noqa: S104 - compared, not bound
_ELSEWHERE = (("192.0.2.1", socket.AF_INET), ("2001:db8::1", socket.AF_INET6))
"""Addresses for documentation (RFC 5737, RFC 3849): the way there is the way out of this machine."""


def named(host: str, public_url: str, more: tuple[str, ...]) -> list[str]:
    """Return the names and addresses that somebody gave: where the hub listens, its public URL, and more.

    Raises:
        StartupError: one of them is neither a host name nor an address.
    """
    public = urlsplit(public_url).hostname or ""
    names = [name for name in (*more, public, host if host not in _ANY else "") if name]
    for name in names:
        if not is_address(name) and not _HOST_NAME.fullmatch(name):
            raise StartupError(f"OPSENTRIX_TLS_NAME: {name!r} is neither a host name nor an address.")
    return list(dict.fromkeys(names))


def found(host: str) -> list[str]:
    """Return the names and addresses that this machine has: its own name, and where it is reached from elsewhere.

    Args:
        host: where the hub listens; on one address alone, the machine's others do not count.
    """
    own = socket.gethostname()
    names = ["localhost", "127.0.0.1", "::1"]
    if host not in _ANY:
        return names
    if _HOST_NAME.fullmatch(own):
        names.append(own)
    return names + [address for address in map(_outgoing, _ELSEWHERE) if address and address not in names]


def first_of(chain: bytes) -> str:
    """Return the first host name or address, without a wildcard, that a server's certificate is for; or nothing."""
    certificate = x509.load_pem_x509_certificates(chain)[0]
    try:
        known = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ""
    found = [*known.get_values_for_type(x509.DNSName), *map(str, known.get_values_for_type(x509.IPAddress))]
    return next((name for name in found if not name.startswith("*")), "")


def _outgoing(way: tuple[str, socket.AddressFamily]) -> str:
    """Return the address from which packets would go there; connecting by UDP sends none."""
    address, family = way
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((address, 9))
        except OSError:  # there is no way out, or no such family
            return ""
        return str(probe.getsockname()[0])

"""TLS as a client: the server's certificate is verified, always; there is no switch that turns it off."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from opsentrix_agent.errors import SettingsError

if TYPE_CHECKING:
    import ssl


class TlsFiles(NamedTuple):
    """What TLS needs, as PEM files.

    Attributes:
        anchor: the only authorities to trust; None means the system's.
        shown: this agent's certificate and its key, which may be one file; None where there is none.
    """

    anchor: Path | None
    shown: tuple[Path, Path] | None


def client_context(tls_ca: Path | None) -> "ssl.SSLContext":
    """Return a context that trusts the system's authorities, or only those in the given PEM file.

    Raises:
        SettingsError: the file cannot be read or holds no certificate.
    """
    import ssl

    directory = None if tls_ca else hashed_directory(ssl.get_default_verify_paths())
    try:
        return ssl.create_default_context(cafile=str(tls_ca) if tls_ca else None, capath=directory)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"tls_ca: {tls_ca} cannot be used as a CA file ({error}).") from None


def show(context: "ssl.SSLContext", certificate: Path, key: Path) -> None:
    """Have a context show a certificate to servers that ask for one.

    Raises:
        SettingsError: the files cannot be read, are no certificate and key, or do not belong together.
    """
    try:
        context.load_cert_chain(certificate, key, password=lambda: b"")
    except (OSError, ValueError) as error:
        raise SettingsError(f"tls_cert: {certificate} with {key} cannot be used ({explain(error)}).") from None


def explain(error: Exception) -> str:
    """Return for people why a connection or a handshake failed."""
    import ssl

    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the hub's certificate {verify_problem(error)}"
    if isinstance(error, ssl.SSLError):
        reason = getattr(error, "reason", "") or str(error)  # OpenSSL sets one, Python itself does not
        for word, meaning in _ALERTS:
            if word in reason:
                return meaning
        return f"TLS failed ({reason})"
    if isinstance(error, OSError):
        return (error.strerror or str(error)).lower()
    return str(error)


def verify_problem(error: "ssl.SSLCertVerificationError") -> str:
    """Return what is wrong with a certificate that was not trusted."""
    return _PROBLEMS.get(error.verify_code, f"is refused: {error.verify_message}")


_UNTRUSTED = "comes from an authority that is not trusted here"
_PROBLEMS = {
    9: "is not valid yet",
    10: "has expired",
    18: "is self-signed, and not among the authorities trusted here",
    19: _UNTRUSTED,
    20: _UNTRUSTED,
    21: f"{_UNTRUSTED}, or the hub leaves out the one between",
    26: "is not one of a server",
    62: "is for another name",
    64: "is not for this address",
}
"""By OpenSSL's number of the problem (x509_vfy.h)."""
_REFUSES = "the hub refuses this agent's certificate: it"
_ALERTS = (
    ("WRONG_VERSION_NUMBER", "it answers in plain text: there is no TLS at this port"),
    ("HTTP_REQUEST", "it answers in plain text: there is no TLS at this port"),
    ("ALERT_CERTIFICATE_EXPIRED", f"{_REFUSES} has expired"),
    ("ALERT_UNKNOWN_CA", f"{_REFUSES} is of an authority that the hub does not take"),
    ("ALERT_CERTIFICATE_REVOKED", f"{_REFUSES} was revoked"),
    ("ALERT_BAD_CERTIFICATE", f"{_REFUSES} is not a good one"),
    ("CERTIFICATE_REQUIRED", "the hub wants a certificate of this agent"),
    ("ALERT_PROTOCOL_VERSION", "it takes none of the TLS versions that are safe"),
    ("UNSUPPORTED_PROTOCOL", "it takes none of the TLS versions that are safe"),
    ("KEY_VALUES_MISMATCH", "the key is not the certificate's"),
)
"""What OpenSSL calls a failure, and what it means."""


def hashed_directory(paths: "ssl.DefaultVerifyPaths", environ: Mapping[str, str] = os.environ) -> str | None:
    """Return the directory of the system's authorities, where it holds all of them, each under its hash.

    Of such a directory (see c_rehash(1)) OpenSSL reads the one authority that it needs, when it needs it. The bundle of
    the same authorities is 140 certificates on Debian, and takes 0.9 MB for as long as the context lives. It is a
    bundle of the same ones if it lies in that directory, as `update-ca-certificates` has it on Debian and Alpine.

    Args:
        paths: OpenSSL's defaults.
        environ: where the owner may have named others; these are taken as OpenSSL takes them.
    """
    if not paths.cafile or not paths.capath or {paths.openssl_cafile_env, paths.openssl_capath_env} & environ.keys():
        return None
    directory = Path(paths.capath).resolve()
    if Path(paths.cafile).resolve().parent != directory:
        return None
    try:
        hashed = any(entry.suffix == ".0" for entry in directory.iterdir())
    except OSError:  # we may not look into it: OpenSSL shall make of the defaults what it can
        return None
    return str(directory) if hashed else None

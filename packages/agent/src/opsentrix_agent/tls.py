"""TLS as a client: the server's certificate is verified, always; there is no switch that turns it off."""

from pathlib import Path
from typing import TYPE_CHECKING

from opsentrix_agent.errors import SettingsError

if TYPE_CHECKING:
    import ssl


def client_context(tls_ca: Path | None) -> "ssl.SSLContext":
    """Return a context that trusts the system's authorities, or only those in the given PEM file.

    Raises:
        SettingsError: the file cannot be read or holds no certificate.
    """
    import ssl

    try:
        return ssl.create_default_context(cafile=str(tls_ca) if tls_ca else None)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"tls_ca: {tls_ca} cannot be used as a CA file ({error}).") from None

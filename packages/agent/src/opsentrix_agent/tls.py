"""TLS as a client: the server's certificate is verified, always; there is no switch that turns it off."""

import os
from collections.abc import Mapping
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

    directory = None if tls_ca else hashed_directory(ssl.get_default_verify_paths())
    try:
        return ssl.create_default_context(cafile=str(tls_ca) if tls_ca else None, capath=directory)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"tls_ca: {tls_ca} cannot be used as a CA file ({error}).") from None


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

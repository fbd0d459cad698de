"""Whom the agent trusts to be the hub: authorities that are named, a certificate that is pinned, or the system's."""

from pathlib import Path

from opsentrix_agent.errors import HubError, LinkError
from opsentrix_agent.identity import write_private
from opsentrix_agent.settings import Settings
from opsentrix_agent.tls import explain

ANCHOR = "hub-ca.pem"
ANCHOR_PATH = "/install/ca.pem"


def anchor_of(settings: Settings) -> Path | None:
    """Return the file with the only authorities to trust; None means the system's.

    What `tls_ca` names comes first, then the certificate that was fetched when the hub was pinned.
    """
    pinned = settings.state_dir / ANCHOR
    if settings.tls_ca is None and (settings.tls_pin or pinned.exists()):
        return pinned
    return settings.tls_ca


def fetch_pinned(settings: Settings, server_url: str) -> None:
    """Have the certificate that `tls_pin` names in the state directory; it is fetched unless it is there.

    It is fetched from a server that is not verified yet, which is told no secret. That does no harm: the certificate is
    public, and only the one with this very SHA-256 is kept. It, and no other, vouches for the hub from then on.

    Raises:
        HubError: the hub has another certificate, none, or gives no answer.
        OSError: it cannot be kept.
    """
    path = settings.state_dir / ANCHOR
    if settings.tls_ca is not None or not settings.tls_pin or fingerprint(path) == settings.tls_pin:
        return
    import ssl

    from opsentrix_agent.exchange import exchange

    unverified = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    unverified.check_hostname = False
    unverified.verify_mode = ssl.CERT_NONE
    try:
        reply = exchange(server_url, ANCHOR_PATH, unverified)
    except (OSError, LinkError) as error:
        raise HubError(f"The certificate of {server_url} cannot be fetched: {explain(error)}.") from None
    if reply.status != 200:
        raise HubError(f"{server_url} has no certificate to pin (HTTP {reply.status}).")
    found = _fingerprint(reply.body)
    if found != settings.tls_pin:
        raise HubError(
            f"{server_url} is not the hub that was pinned: its certificate is {found or 'none'}, and not "
            f"{settings.tls_pin}. If the hub's CA was replaced, take the new pin; else somebody is in between."
        )
    write_private(path, reply.body.decode("ascii"))


def forget_pinned(settings: Settings) -> None:
    """Forget a hub's certificate that was pinned before: another hub is to be trusted."""
    (settings.state_dir / ANCHOR).unlink(missing_ok=True)


def fingerprint(path: Path) -> str:
    """Return the pin of the certificate in a file, or nothing where there is none."""
    try:
        return _fingerprint(path.read_bytes())
    except OSError:
        return ""


def _fingerprint(pem: bytes) -> str:
    import ssl
    from hashlib import sha256

    try:
        der = ssl.PEM_cert_to_DER_cert(pem.decode("ascii").strip())
    except ValueError:
        return ""
    return f"sha256:{sha256(der).hexdigest()}"

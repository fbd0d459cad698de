"""This agent's own certificate: one that its owner gives it, or one that the hub issues and that it renews itself."""

import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from opsentrix_agent.errors import LinkError
from opsentrix_agent.identity import write_private
from opsentrix_agent.settings import Settings

if TYPE_CHECKING:
    import ssl

log = logging.getLogger(__name__)

FILE_NAME = "certificate.pem"
RENEW_AT = 2 / 3
"""The part of a certificate's life after which it is renewed: two days are left of seven to succeed."""
_BEGINS, _ENDS = "Obtained: ", "Expires: "
_MAX_LIFE_S = 10 * 365 * 86_400


class Held(NamedTuple):
    """A certificate that is there, and its life in Unix seconds of this machine's clock."""

    obtained: float
    expires: float

    def due(self) -> float:
        """Return when it is to be renewed."""
        return self.obtained + (self.expires - self.obtained) * RENEW_AT


class CertificateRefusedError(LinkError):
    """The hub issues no certificate to this agent; asking again soon does not help."""


def load(state_dir: Path) -> Held | None:
    """Return the certificate that the hub issued, or None when there is none that can be read."""
    try:
        with (state_dir / FILE_NAME).open(encoding="ascii") as file:
            obtained, expires = file.readline(), file.readline()
        return Held(float(obtained.removeprefix(_BEGINS)), float(expires.removeprefix(_ENDS)))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        log.warning("the certificate in %s cannot be read: %s", state_dir / FILE_NAME, error)
        return None


def shown_by(settings: Settings) -> tuple[Path, Path] | None:
    """Return the files with the certificate and the key to show; one that has expired would be refused."""
    if settings.tls_cert is not None:
        return settings.tls_cert, settings.tls_key or settings.tls_cert
    held = load(settings.state_dir)
    file = settings.state_dir / FILE_NAME
    return None if held is None or time.time() >= held.expires else (file, file)


def obtain(state_dir: Path, server_url: str, agent_id: int, credential: str, tls: "ssl.SSLContext") -> Held:
    """Make a new key, have the hub sign it, and keep both in one file, which replaces the one before in one step.

    Whatever breaks off in between, there is a whole certificate with its key, or none, as before. The key never leaves
    this machine.

    Raises:
        OSError: the hub gives no answer, or the file cannot be written.
        CertificateRefusedError: the hub issues none to this agent.
        LinkError: the answer makes no sense.
    """
    from opsentrix_agent.csr import key_pem, request_pem
    from opsentrix_agent.exchange import exchange
    from opsentrix_agent.p256 import new_key

    key = new_key()
    path = f"/api/v1/agents/{agent_id}/certificate"
    now = time.time()
    reply = exchange(server_url, path, tls, credential=credential, body={"csr": request_pem(key)})
    if reply.status in {401, 403, 404, 405, 409, 422}:
        raise CertificateRefusedError(f"the hub issues no certificate (HTTP {reply.status}): {reply.detail()}")
    content = reply.json()
    pem, life_s = content.get("certificate"), content.get("lifetime_s")
    if reply.status != 201 or not isinstance(pem, str) or not isinstance(life_s, (int, float)):
        raise LinkError(f"the hub answers HTTP {reply.status} instead of a certificate: {reply.detail()}")
    held = Held(now, now + min(max(0.0, life_s), _MAX_LIFE_S))
    text = f"{_BEGINS}{held.obtained:.0f}\n{_ENDS}{held.expires:.0f}\n{key_pem(key)}{pem}"
    write_private(state_dir / FILE_NAME, text)
    log.info("the hub issued a certificate, which is good for %.1f hours", life_s / 3600)
    return held


def forget(state_dir: Path) -> None:
    """Forget the certificate: this machine is another agent now."""
    (state_dir / FILE_NAME).unlink(missing_ok=True)

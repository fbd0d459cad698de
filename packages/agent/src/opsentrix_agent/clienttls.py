"""TLS of the running agent: a context for each connection, with the newest authorities and the newest certificate."""

import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING

from opsentrix_agent import certificate
from opsentrix_agent.errors import AgentError, HubError, LinkError, SettingsError
from opsentrix_agent.identity import Identity
from opsentrix_agent.jitter import uniform
from opsentrix_agent.settings import Settings
from opsentrix_agent.tls import TlsFiles, client_context, explain, show
from opsentrix_agent.trust import anchor_of, fetch_pinned

if TYPE_CHECKING:
    import ssl

log = logging.getLogger(__name__)

RETRY_S = (60.0, 600.0)
"""After a renewal that failed; the certificate is good for days then."""
_NOT_TAKEN = (
    "ALERT_UNKNOWN_CA",
    "ALERT_CERTIFICATE_EXPIRED",
    "ALERT_BAD_CERTIFICATE",
    "ALERT_CERTIFICATE_UNKNOWN",
    "ALERT_DECRYPT_ERROR",
)
_NEEDED = "CERTIFICATE_REQUIRED"
REFUSED_S = (1800.0, 5400.0)


class ClientTls:
    """Yields the context to connect with, and keeps this agent's certificate fresh.

    The link's thread alone calls it. Between two connections it may wait for the hub; when the certificate is due it
    asks for the end of a connection, so that the next one shows the new certificate.
    """

    def __init__(self, settings: Settings, identity: Identity, server_url: str) -> None:
        """Take what is needed, and look whether it can be used.

        Args:
            settings: of this agent.
            identity: who it is.
            server_url: the hub's https URL, which serves certificates, whichever link the agent has.

        Raises:
            SettingsError: the files that the settings name cannot be used.
        """
        self._settings = settings
        self._identity = identity
        self._server_url = server_url
        self._own = settings.tls_cert is None
        self._held = certificate.load(settings.state_dir) if self._own else None
        self._wanted = self._held is not None
        self._dropped = False
        self._not_before = 0.0
        self._built_from: tuple[object, ...] = ()
        self._context: ssl.SSLContext | None = None
        if settings.tls_ca is not None or not settings.tls_pin:
            self._build()

    def offered(self) -> None:
        """Note that the hub issues certificates."""
        self._wanted = True

    def refused(self) -> bool:
        """Note that the hub did not let this agent in, and return whether to try at once with a certificate.

        It may want one, and there is none yet.
        """
        self._wanted = True
        return self.due()

    def failed(self, error: Exception) -> None:
        """Note why a connection failed: a certificate that the hub does not take is not shown again."""
        if _NEEDED in str(error):
            self._wanted = True
        if self._held is not None and any(word in str(error) for word in _NOT_TAKEN):
            log.warning("the certificate is not used any more: %s", explain(error))
            self._held, self._dropped = None, True

    def due(self) -> bool:
        """Return whether to connect anew, because the certificate should be obtained or renewed now."""
        if not (self._own and self._wanted) or time.monotonic() < self._not_before:
            return False
        return self._held is None or time.time() >= self._held.due()

    def context(self, credential: str) -> "ssl.SSLContext":
        """Return the context for the next connection; the certificate is renewed before, when it is due.

        Args:
            credential: this agent's secret at present.

        Raises:
            LinkError: the pinned certificate cannot be had, or a file that was good before is not any more.
        """
        try:
            fetch_pinned(self._settings, self._server_url)
            context = self._build()
            if self.due():
                self._renew(context, credential)
                context = self._build()
        except (HubError, SettingsError) as error:
            raise LinkError(str(error)) from None
        except OSError as error:
            raise LinkError(f"the hub's certificate cannot be kept: {error}") from None
        return context

    def files(self, credential: str) -> TlsFiles:
        """Return what the context is made of, for a library that brings a TLS of its own; see `context`."""
        self.context(credential)
        return TlsFiles(anchor_of(self._settings), self._shown())

    def _renew(self, context: "ssl.SSLContext", credential: str) -> None:
        identity = self._identity
        try:
            self._held = certificate.obtain(
                self._settings.state_dir, self._server_url, identity.agent_id, credential, context
            )
            self._dropped = False
        except certificate.CertificateRefusedError as error:
            self._not_before = time.monotonic() + uniform(*REFUSED_S)
            log.warning("%s", error)
        except (AgentError, OSError) as error:
            self._not_before = time.monotonic() + uniform(*RETRY_S)
            log.warning("no new certificate: %s", explain(error))

    def _build(self) -> "ssl.SSLContext":
        anchor = anchor_of(self._settings)
        shown = self._shown() or ()
        source = (_version(anchor), *map(_version, shown))
        if self._context is None or source != self._built_from:
            context = client_context(anchor)
            if shown:
                show(context, *shown)
            self._context, self._built_from = context, source
        return self._context

    def _shown(self) -> tuple[Path, Path] | None:
        return None if self._dropped else certificate.shown_by(self._settings)


def _version(file: Path | None) -> tuple[str, int, int]:
    if file is None:
        return "", 0, 0
    try:
        status = file.stat()
    except OSError:  # whoever reads it says what is wrong
        return str(file), 0, 0
    return str(file), status.st_mtime_ns, status.st_ino

"""TLS as a server: contexts that are exchanged while connections go on, and handshakes that fail with an answer."""

import ssl
import tempfile

from opsentrix import log, selfmetrics
from opsentrix.pki.material import Material

_PLAIN_ANSWER = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/problem+json\r\nConnection: close\r\nContent-Length: %d"
    b"\r\n\r\n%s"
)
_PROBLEM = b'{"title":"Malformed request","status":400,"detail":"This port speaks HTTPS; use https:// in the URL."}'
_REASONS = {
    "HTTP_REQUEST": "plain_http",
    "HTTPS_PROXY_REQUEST": "plain_http",
    "CERTIFICATE_VERIFY_FAILED": "client_certificate",
    "UNSUPPORTED_PROTOCOL": "old_version",
    "WRONG_VERSION_NUMBER": "not_tls",
    "NO_SHARED_CIPHER": "no_shared_cipher",
}
_log = log.get(__name__)


class Front(ssl.SSLContext):
    """What a server listens with: passes each new connection on to the context that is in use at that moment.

    Exchanging certificates in a context would leave the old ones in it for clients that like their kind of key better.
    A connection that exists is not touched.
    """

    present: ssl.SSLContext

    @classmethod
    def of(cls, material: Material) -> "Front":
        """Return a front that presents this."""
        front = cls(ssl.PROTOCOL_TLS_SERVER)
        front.minimum_version = ssl.TLSVersion.TLSv1_2
        # This much a connection takes from where it began: whether a certificate is asked for.
        front.verify_mode = ssl.CERT_OPTIONAL if material.clients else ssl.CERT_NONE
        front.sslobject_class = Handshake
        front.sni_callback = _choose
        front.present = context_of(material)
        return front

    def use(self, material: Material) -> None:
        """Present this from now on."""
        self.present = context_of(material)

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        """Return a connection, which asyncio feeds."""
        wrapped = super().wrap_bio(incoming, outgoing, server_side, server_hostname, session)
        if isinstance(wrapped, Handshake):
            wrapped.outgoing = outgoing
        return wrapped


class Handshake(ssl.SSLObject):
    """A connection that, when its handshake fails, says why to the other side and counts it.

    asyncio and uvloop drop the connection at the first error, with the alert or the answer to plain HTTP still unsent.
    So the error is told as "more is needed" first, at which they send, and as what it is when they ask again.
    """

    outgoing: ssl.MemoryBIO | None = None
    failure: ssl.SSLError | None = None

    def do_handshake(self) -> None:
        """Go on with the handshake."""
        if self.failure is not None:
            raise self.failure
        try:
            super().do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLError as error:
            self.failure = error
            self._tell(error)
            raise ssl.SSLWantReadError(str(error)) from None

    def _tell(self, error: ssl.SSLError) -> None:
        reason = _reason(error)
        selfmetrics.TLS_REFUSED.labels(reason).inc()
        _log.debug("TLS handshake failed", reason=str(error))
        if reason == "plain_http" and self.outgoing is not None:
            self.outgoing.write(_PLAIN_ANSWER % (len(_PROBLEM), _PROBLEM))


def context_of(material: Material) -> ssl.SSLContext:
    """Return a context that presents this.

    Raises:
        ssl.SSLError: OpenSSL does not take it.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    with tempfile.NamedTemporaryFile(prefix="opsentrix-") as file:  # ssl reads files only; this one is 0600
        file.write(material.key + material.chain)
        file.flush()
        context.load_cert_chain(file.name)
    if material.clients:
        context.verify_mode = ssl.CERT_OPTIONAL
        context.load_verify_locations(cadata=material.clients.decode("ascii"))
    return context


def _choose(connection: ssl.SSLObject | ssl.SSLSocket, _name: str | None, front: ssl.SSLContext) -> None:
    if isinstance(front, Front):
        connection.context = front.present


def _reason(error: ssl.SSLError) -> str:
    reason = error.reason or ""
    if "ALERT" in reason:
        return "refused_by_client"
    return _REASONS.get(reason, "other")

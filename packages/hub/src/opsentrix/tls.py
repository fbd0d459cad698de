"""How the hub speaks TLS: with its owner's certificate, or with one of its own CA; followed while it runs."""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from opsentrix import log
from opsentrix.db import Database
from opsentrix.errors import StartupError
from opsentrix.fleet import authority as authorities
from opsentrix.pki import files, names
from opsentrix.pki.authority import Authority
from opsentrix.pki.material import Material, self_signed
from opsentrix.pki.pins import certificate_pin, key_pin
from opsentrix.pki.server import Front
from opsentrix.settings import Mtls, Settings
from opsentrix.vault import Vault

SERVER = "server.pem"
_log = log.get(__name__)


@dataclass(frozen=True, slots=True)
class Pins:
    """By what a client knows this hub.

    Attributes:
        anchor: `sha256:` and the fingerprint of the certificate to trust; empty where the hub does not know it.
        key: the server's key, for curl's `--pinnedpubkey`.
        expires_at: when the present certificate ends.
    """

    anchor: str
    key: str
    expires_at: datetime


class Tls:
    """The hub's certificate, from the start of the hub to its end; without TLS it holds nothing.

    Attributes:
        front: what a port listens with.
        authority: the hub's own CA, where it has to have one.
    """

    def __init__(self, settings: Settings) -> None:
        """Take the settings.

        Raises:
            StartupError: they contradict each other.
        """
        self._settings = settings
        self.front: Front | None = None
        self.authority: Authority | None = None
        self._material: Material | None = None
        self._changed: Callable[[], bool] = bool
        _check(settings)

    @property
    def material(self) -> Material | None:
        """What a server presents at this moment, in PEM: for ports whose library brings its own TLS, as gRPC does."""
        return self._material

    @property
    def anchor(self) -> bytes:
        """The certificate, in PEM, by which to trust the hub; empty where that is not known."""
        return self._material.anchor if self._material else b""

    def pins(self) -> Pins | None:
        """Return by what a client knows this hub; None without TLS."""
        if self._material is None:
            return None
        own = self._material.certificate
        anchor = certificate_pin(files.first(self.anchor)) if self.anchor else ""
        return Pins(anchor, key_pin(own), own.not_valid_after_utc)

    async def start(self, database: Database, vault: Vault) -> None:
        """Read or make what is needed.

        Raises:
            StartupError: that cannot be done; the text says why.
        """
        settings = self._settings
        if not settings.serves_tls:
            return
        if settings.tls_cert is None or settings.mtls is not Mtls.OFF:
            wanted = [*self._given(), *names.found(settings.host)]
            self.authority = await authorities.load_or_make(database, vault, wanted, datetime.now(UTC))
        if settings.tls_cert and settings.tls_key:
            watched = [settings.tls_cert, settings.tls_key]
            self._changed = files.watch(*watched, *([settings.client_ca] if settings.client_ca else []))
        self._use(await asyncio.to_thread(self._read))

    async def follow(self) -> None:
        """Take a certificate that was replaced, or is due; what exists goes on with the one before."""
        if self.front is not None and (self._settings.tls_cert is None or self._changed()):
            await self.reload()

    async def reload(self) -> None:
        """Read everything anew; a certificate that is wrong is told of, and the present one stays."""
        if self.front is None:
            return
        try:
            material = await asyncio.to_thread(self._read)
            if material != self._material:
                self._use(material)
                _log.info("TLS certificate exchanged", expires_at=material.certificate.not_valid_after_utc.isoformat())
        except StartupError as error:
            _log.error("the new TLS certificate is not used; the one before stays", reason=str(error))

    def _use(self, material: Material) -> None:
        try:
            if self.front is None:
                self.front = Front.of(material)
            else:
                self.front.use(material)
        except (ssl.SSLError, ValueError) as error:
            raise StartupError(f"OPSENTRIX_TLS_CERT: OpenSSL does not take it: {error}.") from None
        self._material = material

    def _read(self) -> Material:
        settings = self._settings
        now = datetime.now(UTC)
        if settings.tls_cert and settings.tls_key:
            material = files.read_pair(settings.tls_cert, settings.tls_key, now)
        else:
            material = self._self_signed(now)
        clients = b""
        if settings.mtls is not Mtls.OFF and self.authority is not None:
            clients = self.authority.pem
            clients += files.read_authorities(settings.client_ca) if settings.client_ca else b""
        self._hand_on(material.anchor)
        return material._replace(clients=clients)

    def _self_signed(self, now: datetime) -> Material:
        authority = self.authority
        if authority is None:
            raise StartupError("The hub has no CA.")
        given = self._given()
        if strangers := [name for name in given if not authority.allows(name)]:
            raise StartupError(
                f"The hub's CA may not sign for {', '.join(strangers)}. Make another with `opsentrix ca init --force`, "
                "and have all agents pin that one."
            )
        own = [name for name in names.found(self._settings.host) if authority.allows(name)]
        wanted = list(dict.fromkeys((*given, *own)))
        try:
            return self_signed(authority, wanted, self._settings.tls_dir / SERVER, now)
        except OSError as error:
            raise StartupError(f"The hub's certificate cannot be kept: {error}.") from None

    def _given(self) -> list[str]:
        return names.named(self._settings.host, self._settings.public_url, self._settings.more_tls_names)

    def _hand_on(self, anchor: bytes) -> None:
        """Put the certificate to trust where `opsentrix up` and people on this machine find it."""
        path = self._settings.anchor_file
        try:
            if anchor:
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                if not path.exists() or path.read_bytes() != anchor:
                    path.write_bytes(anchor)
            else:
                path.unlink(missing_ok=True)
        except OSError as error:
            raise StartupError(f"The hub's certificate cannot be kept: {error}.") from None


def _check(settings: Settings) -> None:
    if bool(settings.tls_cert) != bool(settings.tls_key):
        raise StartupError("OPSENTRIX_TLS_CERT and OPSENTRIX_TLS_KEY go together; one of them is missing.")
    if settings.tls_cert and settings.tls != "off":
        raise StartupError("OPSENTRIX_TLS=self-signed and OPSENTRIX_TLS_CERT exclude each other.")
    if settings.mtls is not Mtls.OFF and not settings.serves_tls:
        raise StartupError(
            "OPSENTRIX_MTLS needs TLS that ends in the hub: set OPSENTRIX_TLS_CERT and OPSENTRIX_TLS_KEY, or "
            "OPSENTRIX_TLS=self-signed."
        )
    if settings.client_ca and settings.mtls is Mtls.OFF:
        raise StartupError("OPSENTRIX_CLIENT_CA is of use with OPSENTRIX_MTLS=optional or required only.")
    if settings.public_url.startswith("http:") and settings.serves_tls:
        raise StartupError("OPSENTRIX_PUBLIC_URL is http, but the hub serves HTTPS.")

"""The hub over TLS, on real sockets: what it serves and refuses, and what goes on while its certificate changes."""

import asyncio
import socket
import ssl
import stat
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from opsentrix.errors import StartupError
from opsentrix.pki import authority
from opsentrix.pki.authority import Authority, serial_of
from opsentrix.pki.pins import certificate_pin, key_pin

from packages.hub.tests.kit import certificates as kit
from packages.hub.tests.kit import hub as hubs
from packages.hub.tests.kit.hub import RunningHub, measured, until

PLAIN = ssl.create_default_context()


@pytest.fixture
async def secure(dsn: str, tmp_path: Path) -> AsyncIterator[RunningHub]:
    async with hubs.running(dsn, tmp_path, tls="self-signed") as running:
        yield running


def client(hub: RunningHub, **headers: str) -> httpx.AsyncClient:
    context = kit.client(hub.hub.tls.anchor)
    return httpx.AsyncClient(base_url=hub.url, headers=headers, trust_env=False, timeout=30, verify=context)


def own_pair(folder: Path, ca: Authority, *names: str, life_from: timedelta = timedelta()) -> tuple[Path, Path]:
    """Write a certificate of one's own and its key, and return their paths."""
    key = authority.new_key()
    signed = ca.sign_server(names or ("localhost",), key, kit.now() + life_from)
    cert, secret = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(authority.to_pem(signed) + ca.pem)
    secret.write_bytes(authority.key_pem(key))
    secret.chmod(0o600)
    return cert, secret


async def presented(hub: RunningHub) -> str:
    """Return the serial number of the certificate that a new connection gets."""
    pem = await asyncio.to_thread(ssl.get_server_certificate, ("127.0.0.1", int(hub.address.partition(":")[2])))
    return serial_of(x509.load_pem_x509_certificate(pem.encode()))


async def test_a_self_signed_start_is_trusted_by_its_ca_alone(secure: RunningHub) -> None:
    async with client(secure) as trusting:
        assert (await trusting.get("/health")).status_code == 200
        anchor = await trusting.get("/install/ca.pem")
    assert anchor.content == secure.hub.tls.anchor
    async with httpx.AsyncClient(trust_env=False, verify=PLAIN) as stranger:
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            await stranger.get(f"{secure.url}/health")


async def test_the_certificate_is_for_no_other_name(secure: RunningHub) -> None:
    context = kit.client(secure.hub.tls.anchor)
    host, _, port = secure.address.partition(":")
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        await asyncio.open_connection(host, int(port), ssl=context, server_hostname="other.example")


async def test_pins_are_shown_and_https_makes_cookies_and_headers_strict(secure: RunningHub) -> None:
    async with client(secure, Cookie=f"opsentrix_session={await secure.session()}") as admin:
        answer = await admin.get("/api/v1/tls")
    pins = secure.hub.tls.pins()
    assert pins is not None
    assert secure.hub.tls.authority is not None
    assert answer.json()["pin"] == pins.anchor == certificate_pin(secure.hub.tls.authority.certificate)
    assert answer.json()["key_pin"] == pins.key
    assert answer.headers["strict-transport-security"].startswith("max-age=")
    assert secure.hub.settings.cookies_over_https_only
    assert secure.hub.settings.url.startswith("https://")


async def test_pages_get_their_live_feed_over_https_and_those_of_others_none(secure: RunningHub) -> None:
    polling = "/socket.io/?EIO=4&transport=polling"
    async with client(secure, Origin=secure.url) as own, client(secure, Origin="https://evil.example") as other:
        assert (await own.get(polling)).status_code == 200
        assert (await other.get(polling)).status_code == 400


async def test_plain_http_is_told_so(secure: RunningHub) -> None:
    before = measured("opsentrix_tls_refused_handshakes_total", reason="plain_http")
    async with httpx.AsyncClient(trust_env=False) as plain:
        answer = await plain.get(f"http://{secure.address}/health")
    assert answer.status_code == 400
    assert "https://" in answer.json()["detail"]
    assert measured("opsentrix_tls_refused_handshakes_total", reason="plain_http") == before + 1


async def test_tls_1_1_is_refused(secure: RunningHub) -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("DEFAULT@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"):
        await kit.status(secure.address, old)
    assert measured("opsentrix_tls_refused_handshakes_total", reason="old_version") > 0


async def test_tls_1_3_is_preferred_and_1_2_taken(secure: RunningHub) -> None:
    for highest, spoken in ((ssl.TLSVersion.TLSv1_3, "TLSv1.3"), (ssl.TLSVersion.TLSv1_2, "TLSv1.2")):
        context = kit.client(secure.hub.tls.anchor)
        context.maximum_version = highest
        host, _, port = secure.address.partition(":")
        _, writer = await asyncio.open_connection(host, int(port), ssl=context, server_hostname="localhost")
        assert writer.get_extra_info("ssl_object").version() == spoken
        writer.close()


async def test_the_key_stays_private_and_survives_a_restart(dsn: str, tmp_path: Path) -> None:
    pins = []
    for _ in range(2):
        async with hubs.running(dsn, tmp_path, tls="self-signed") as hub:
            pins.append(hub.hub.tls.pins())
    assert pins[0] == pins[1]
    assert stat.S_IMODE((tmp_path / "tls/server.pem").stat().st_mode) == 0o600
    async with hubs.running(dsn, tmp_path, tls="self-signed", tls_names="127.0.0.9") as hub:
        renewed = hub.hub.tls.pins()
    assert renewed is not None
    assert pins[0] is not None
    assert (renewed.anchor, renewed.key) == (pins[0].anchor, pins[0].key)  # other names, but the same key


async def test_a_name_outside_the_ca_is_refused_at_the_start(dsn: str, tmp_path: Path) -> None:
    async with hubs.running(dsn, tmp_path, tls="self-signed"):
        pass
    with pytest.raises(StartupError, match=r"may not sign for hub.example.*opsentrix ca init --force"):
        async with hubs.running(dsn, tmp_path, tls="self-signed", tls_names="hub.example"):
            pass


async def test_the_ca_key_is_sealed_in_the_database(secure: RunningHub) -> None:
    [row] = await secure.fetch("SELECT certificate, sealed_key FROM authorities")
    assert b"PRIVATE KEY" not in row["sealed_key"]
    assert row["certificate"].encode() == secure.hub.tls.anchor


async def test_a_replaced_certificate_is_taken_and_sessions_go_on(dsn: str, tmp_path: Path) -> None:
    ca = kit.new_authority()
    cert, key = own_pair(tmp_path, ca)
    async with hubs.running(dsn, tmp_path, tls_cert=str(cert), tls_key=str(key)) as hub:
        before = await presented(hub)
        context = kit.client(ca.pem)
        host, _, port = hub.address.partition(":")
        reader, writer = await asyncio.open_connection(host, int(port), ssl=context, server_hostname="localhost")
        own_pair(tmp_path, ca)
        await hub.hub.tls.follow()
        assert await presented(hub) != before
        writer.write(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        writer.close()


async def test_a_wrong_replacement_is_not_taken(dsn: str, tmp_path: Path) -> None:
    ca = kit.new_authority()
    cert, key = own_pair(tmp_path, ca)
    async with hubs.running(dsn, tmp_path, tls_cert=str(cert), tls_key=str(key)) as hub:
        before = await presented(hub)
        cert.write_text("half a certifi")
        await hub.hub.tls.follow()
        assert await presented(hub) == before


@pytest.mark.parametrize("kind", ["missing", "garbage", "mismatch", "expired", "future", "weak", "open", "alone"])
async def test_a_bad_pair_is_named(dsn: str, tmp_path: Path, kind: str) -> None:
    shift = {"expired": -timedelta(days=120), "future": timedelta(days=2)}.get(kind, timedelta())
    ca = authority.make(["localhost"], kit.now() - timedelta(days=200))
    cert, key = own_pair(tmp_path, ca, life_from=shift)
    settings: dict[str, Any] = {"tls_cert": str(cert), "tls_key": str(key)}
    match kind:
        case "missing":
            cert.unlink()
        case "garbage":
            key.write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
        case "mismatch":
            key.write_bytes(authority.key_pem(authority.new_key()))
        case "weak":
            _weak(cert, key)
        case "open":
            key.chmod(0o644)
        case "alone":
            del settings["tls_key"]
    said = {
        "missing": "cannot be read: no such file", "garbage": "holds no private key", "mismatch": "is not the key of",
        "expired": "expired on", "future": "is valid from", "weak": "RSA with 1024 bits is weak",
        "open": "chmod o-rwx", "alone": "go together",
    }[kind]  # fmt: skip
    with pytest.raises(StartupError, match=said):
        async with hubs.running(dsn, tmp_path, **settings):
            pass


def _weak(cert: Path, key: Path) -> None:
    private = rsa.generate_private_key(65537, 1024)  # noqa: S505 - that is what is refused
    name = x509.Name([])
    signed = (
        x509.CertificateBuilder(subject_name=name, issuer_name=name, public_key=private.public_key())
        .serial_number(1)
        .not_valid_before(kit.now())
        .not_valid_after(kit.now() + timedelta(days=1))
        .sign(private, hashes.SHA256())
    )
    cert.write_bytes(authority.to_pem(signed))
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


@pytest.mark.skipif(not Path("/usr/bin/curl").exists(), reason="needs curl")
async def test_curl_takes_the_hub_by_the_pin_of_its_key_and_by_no_other(secure: RunningHub) -> None:
    pins = secure.hub.tls.pins()
    assert pins is not None

    async def curl(pin: str) -> int:
        process = await asyncio.create_subprocess_exec(
            "/usr/bin/curl", "-fsSk", "--noproxy", "*", "--pinnedpubkey", pin, f"{secure.url}/install/ca.pem",
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        return await process.wait()

    assert await curl(pins.key) == 0
    other = kit.new_authority().certificate
    assert await curl(key_pin(other)) == 90  # CURLE_SSL_PINNEDPUBKEYNOTMATCH


async def test_a_client_that_refuses_is_counted(secure: RunningHub) -> None:
    before = measured("opsentrix_tls_refused_handshakes_total", reason="refused_by_client")

    def connect() -> None:
        host, _, port = secure.address.partition(":")
        with socket.create_connection((host, int(port)), timeout=5) as plain, pytest.raises(ssl.SSLError):
            PLAIN.wrap_socket(plain, server_hostname="localhost")

    await asyncio.to_thread(connect)
    await until(lambda: measured("opsentrix_tls_refused_handshakes_total", reason="refused_by_client") > before)

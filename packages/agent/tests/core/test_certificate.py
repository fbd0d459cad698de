"""The agent's own certificate and whom it trusts: requests that OpenSSL takes, pins, renewal, and what is refused."""

import json
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from opsentrix_agent import certificate, p256
from opsentrix_agent.clienttls import ClientTls
from opsentrix_agent.csr import key_pem, request_pem
from opsentrix_agent.enrollment import enroll
from opsentrix_agent.errors import HubError, LinkError, SettingsError
from opsentrix_agent.identity import Identity
from opsentrix_agent.settings import Settings, check
from opsentrix_agent.tls import client_context
from opsentrix_agent.trust import ANCHOR, anchor_of, fetch_pinned, fingerprint

from .answering import Hub

CERTIFICATES = Path(__file__).parent / "tls"
CA = CERTIFICATES / "ca.pem"
DAY_S = 86_400.0


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")


@contextmanager
def serving(*, encrypted: bool = True) -> Iterator[Hub]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / "server.pem")
    with Hub(context if encrypted else None) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def hub() -> Iterator[Hub]:
    """A hub that issues a certificate: any will do, as the agent cannot judge it."""
    with serving() as server:
        server.body = json.dumps({"certificate": "", "lifetime_s": 7 * DAY_S}).encode()
        yield server


def openssl(*arguments: str, given: str) -> str:
    ended = subprocess.run(["openssl", *arguments], input=given, capture_output=True, text=True, check=True)
    return ended.stdout + ended.stderr


def following(hub: Hub, folder: Path, tls_cert: Path | None = None) -> ClientTls:
    wanted = Settings(state_dir=folder, tls_ca=CA, tls_cert=tls_cert)
    return ClientTls(wanted, Identity(7, "secret", hub.url), hub.url)


def held(folder: Path, *, age_s: float, life_s: float = 7 * DAY_S) -> None:
    """Put a certificate into the state directory that was obtained so long ago."""
    begun = time.time() - age_s
    pem = (CERTIFICATES / "server.pem").read_text()
    (folder / certificate.FILE_NAME).write_text(f"Obtained: {begun:.0f}\nExpires: {begun + life_s:.0f}\n{pem}")


def test_openssl_takes_keys_and_requests() -> None:
    for _ in range(8):
        key = p256.new_key()
        assert "verify OK" in openssl("req", "-verify", "-noout", given=request_pem(key))
        public = openssl("pkey", "-pubout", given=key_pem(key))
        assert public == openssl("req", "-pubkey", "-noout", given=request_pem(key))


def test_a_signature_is_that_of_the_known_vector() -> None:
    """RFC 6979, A.2.5: the key of the vector yields its public point."""
    secret = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
    x, y = p256._affine(p256._times(secret, p256._BASE))
    assert x == 0x60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6
    assert y == 0x7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299


def test_keys_are_new_each_time_and_do_not_show_themselves() -> None:
    one, other = p256.new_key(), p256.new_key()
    assert one.secret != other.secret
    assert str(one.secret) not in repr(one)


def test_a_certificate_is_kept_with_its_key_for_this_user_alone(hub: Hub, tmp_path: Path) -> None:
    got = certificate.obtain(tmp_path, hub.url, 7, "secret", client_context(CA))
    path = tmp_path / certificate.FILE_NAME
    assert path.stat().st_mode & 0o777 == 0o600
    assert "PRIVATE KEY" in path.read_text()
    assert certificate.load(tmp_path) == (round(got.obtained), round(got.expires))
    [(method, asked, bearer, body)] = hub.requests
    assert (method, asked, bearer) == ("POST", "/api/v1/agents/7/certificate", "Bearer secret")
    assert "PRIVATE" not in json.dumps(body)


@pytest.mark.parametrize("status", [401, 403, 404, 409, 422])
def test_a_hub_that_issues_none_says_why(hub: Hub, tmp_path: Path, status: int) -> None:
    hub.status, hub.body = status, b'{"detail": "no such luck"}'
    with pytest.raises(certificate.CertificateRefusedError, match="no such luck"):
        certificate.obtain(tmp_path, hub.url, 7, "secret", client_context(CA))
    assert certificate.load(tmp_path) is None


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"certificate": 1}', b'{"certificate": "x", "lifetime_s": "y"}', b"x" * 99_999]
)
def test_an_answer_that_makes_no_sense_leaves_what_is_there(hub: Hub, tmp_path: Path, body: bytes) -> None:
    held(tmp_path, age_s=1)
    before = (tmp_path / certificate.FILE_NAME).read_bytes()
    hub.body = body
    with pytest.raises(LinkError):
        certificate.obtain(tmp_path, hub.url, 7, "secret", client_context(CA))
    assert (tmp_path / certificate.FILE_NAME).read_bytes() == before


def test_a_certificate_is_renewed_after_two_thirds_of_its_life(hub: Hub, tmp_path: Path) -> None:
    held(tmp_path, age_s=4.6 * DAY_S)
    assert not following(hub, tmp_path).due()
    held(tmp_path, age_s=4.7 * DAY_S)
    tls = following(hub, tmp_path)
    assert tls.due()
    hub.body = json.dumps({"certificate": (CERTIFICATES / "server.pem").read_text(), "lifetime_s": 7 * DAY_S}).encode()
    with pytest.raises(LinkError, match="tls_cert"):
        tls.context("secret")  # what came is another key's certificate: OpenSSL notices
    assert not tls.due()


def test_a_renewal_that_fails_is_tried_later_and_the_old_one_serves(hub: Hub, tmp_path: Path) -> None:
    held(tmp_path, age_s=5 * DAY_S)
    hub.status = 500
    tls = following(hub, tmp_path)
    tls.context("secret")
    assert not tls.due()
    assert len(hub.requests) == 1


def test_without_an_offer_no_certificate_is_asked_for(hub: Hub, tmp_path: Path) -> None:
    tls = following(hub, tmp_path)
    assert not tls.due()
    tls.offered()
    assert tls.due()
    other = following(hub, tmp_path)
    assert other.refused()


def test_the_owners_certificate_is_left_to_the_owner(hub: Hub, tmp_path: Path) -> None:
    tls = following(hub, tmp_path, tls_cert=CERTIFICATES / "server.pem")
    tls.offered()
    assert not tls.due()
    tls.context("secret")
    assert not hub.requests
    with pytest.raises(SettingsError, match="tls_cert"):
        following(hub, tmp_path, tls_cert=CA)


def test_a_certificate_that_the_hub_does_not_take_is_dropped(hub: Hub, tmp_path: Path) -> None:
    held(tmp_path, age_s=1)
    tls = following(hub, tmp_path)
    tls.failed(ConnectionResetError("reset"))
    assert not tls.due()
    tls.failed(ssl.SSLError(1, "[SSL: TLSV1_ALERT_UNKNOWN_CA] tlsv1 alert unknown ca"))
    assert tls.due()


def test_a_damaged_file_is_as_none(tmp_path: Path) -> None:
    (tmp_path / certificate.FILE_NAME).write_text("Obtained: x\n")
    assert certificate.load(tmp_path) is None


def pinned(folder: Path, pin: str = "") -> Settings:
    return Settings(state_dir=folder, tls_pin=pin or fingerprint(CA))


def test_a_pinned_certificate_is_fetched_and_alone_trusted(hub: Hub, tmp_path: Path) -> None:
    hub.status, hub.body = 200, CA.read_bytes()
    settings = pinned(tmp_path)
    fetch_pinned(settings, hub.url)
    fetch_pinned(settings, hub.url)
    assert [one[1] for one in hub.requests] == ["/install/ca.pem"]
    assert hub.requests[0][2] == ""  # nothing secret goes to whom nobody vouches for
    assert anchor_of(settings) == tmp_path / ANCHOR
    assert anchor_of(Settings(state_dir=tmp_path)) == tmp_path / ANCHOR
    ClientTls(settings, Identity(7, "secret", hub.url), hub.url).context("secret")


def test_another_certificate_than_the_pinned_one_is_refused(hub: Hub, tmp_path: Path) -> None:
    hub.status, hub.body = 200, (CERTIFICATES / "other-ca.pem").read_bytes()
    with pytest.raises(HubError, match="is not the hub that was pinned"):
        fetch_pinned(pinned(tmp_path), hub.url)
    assert not (tmp_path / ANCHOR).exists()
    tls = ClientTls(pinned(tmp_path), Identity(7, "secret", hub.url), hub.url)
    with pytest.raises(LinkError, match="is not the hub that was pinned"):
        tls.context("secret")


@pytest.mark.parametrize("body", [b"", b"\xff", b"-----BEGIN CERTIFICATE-----\n"])
def test_no_certificate_at_all_is_refused(hub: Hub, tmp_path: Path, body: bytes) -> None:
    hub.status, hub.body = 200, body
    with pytest.raises(HubError, match="is none, and not"):
        fetch_pinned(pinned(tmp_path), hub.url)


def test_a_pinned_hub_is_never_spoken_to_in_clear(tmp_path: Path) -> None:
    with serving(encrypted=False) as plain:
        with pytest.raises(HubError, match="there is no TLS at this port"):
            fetch_pinned(pinned(tmp_path), plain.url.replace("http:", "https:"))
        with pytest.raises(SettingsError, match="is not https"):
            enroll(pinned(tmp_path)._replace(server_url=plain.url), "token", "host", {})
        assert not plain.requests


def test_a_redirect_to_plain_text_is_not_followed(hub: Hub, tmp_path: Path) -> None:
    with serving(encrypted=False) as plain:
        hub.status, hub.headers = 302, {"Location": plain.url}
        with pytest.raises(HubError, match="HTTP 302"):
            fetch_pinned(pinned(tmp_path), hub.url)
        assert not plain.requests


def test_enrolling_without_a_pin_forgets_the_one_before(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / ANCHOR).write_bytes(CA.read_bytes())
    settings = Settings(state_dir=tmp_path, server_url=hub.url)
    with pytest.raises(HubError, match="cannot be trusted"):
        enroll(settings, "token", "host", {})
    assert not (tmp_path / ANCHOR).exists()


@pytest.mark.parametrize("pin", ["", "sha256:", "sha1:" + "0" * 64, "sha256:" + "g" * 64, "0" * 64, 7])
def test_what_is_no_pin_is_named(pin: object) -> None:
    with pytest.raises(SettingsError, match="tls_pin must be sha256:"):
        check("tls_pin", pin)


def test_a_pin_may_be_written_as_openssl_writes_it() -> None:
    assert check("tls_pin", "SHA256:" + ":".join(["AB"] * 32)) == "sha256:" + "ab" * 32

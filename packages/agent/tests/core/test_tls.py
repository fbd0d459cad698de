import ssl
from pathlib import Path
from shutil import copy

import pytest
from opsentrix_agent import tls
from opsentrix_agent.errors import SettingsError

CERTIFICATES = Path(__file__).parent / "tls"


def paths(cafile: Path, capath: Path) -> ssl.DefaultVerifyPaths:
    return ssl.DefaultVerifyPaths(str(cafile), str(capath), "SSL_CERT_FILE", "", "SSL_CERT_DIR", "")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A system's store: its bundle, and its one authority under its hash."""
    folder = tmp_path / "certs"
    folder.mkdir()
    copy(CERTIFICATES / "ca.pem", folder / "ca-certificates.crt")
    copy(CERTIFICATES / "ca.pem", folder / "0123abcd.0")
    return folder


def test_the_directory_of_a_hashed_store_is_used(store: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "cert.pem"
    bundle.symlink_to(store / "ca-certificates.crt")
    assert tls.hashed_directory(paths(bundle, store), {}) == str(store)


def test_no_directory_is_used_that_may_not_hold_all_authorities(store: Path, tmp_path: Path) -> None:
    elsewhere = Path(copy(CERTIFICATES / "ca.pem", tmp_path / "cert.pem"))
    assert tls.hashed_directory(paths(elsewhere, store), {}) is None
    (store / "0123abcd.0").unlink()
    assert tls.hashed_directory(paths(store / "ca-certificates.crt", store), {}) is None


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_what_the_owner_names_is_left_to_openssl(store: Path, variable: str) -> None:
    assert tls.hashed_directory(paths(store / "ca-certificates.crt", store), {variable: "/x"}) is None


def test_a_context_verifies_whatever_it_trusts(monkeypatch: pytest.MonkeyPatch, store: Path) -> None:
    for wanted in (None, str(store)):
        monkeypatch.setattr(tls, "hashed_directory", lambda _paths, found=wanted: found)
        context = tls.client_context(None)
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname
        assert (context.cert_store_stats()["x509_ca"] == 0) == bool(wanted)


def test_a_file_that_is_no_certificate_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"tls_ca: .* cannot be used"):
        tls.client_context(tmp_path / "none.pem")

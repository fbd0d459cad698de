"""Settings are checked before anything starts, and the message names what is wrong."""

from pathlib import Path

import pytest
from opsentrix import settings
from opsentrix.errors import StartupError


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"), ("PORT", "65536"), ("PORT", "web"), ("LOG_LEVEL", "loud"), ("LOG_FORMAT", "xml"),
        ("MAX_SERIES_PER_AGENT", "0"), ("MAX_BODY_BYTES", "10"), ("RETENTION_DAYS", "0"), ("RETENTION_DAYS", "40000"),
        ("SESSION_HOURS", "-1"), ("DATABASE_CONNECTIONS", "1"), ("SECURE_COOKIES", "perhaps"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"OPSENTRIX_{name}", value)
    with pytest.raises(StartupError, match=f"OPSENTRIX_{name}: "):
        settings.load()


def test_every_wrong_setting_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPSENTRIX_PORT", "x")
    monkeypatch.setenv("OPSENTRIX_LOG_LEVEL", "x")
    with pytest.raises(StartupError, match=r"OPSENTRIX_PORT: .*OPSENTRIX_LOG_LEVEL: "):
        settings.load()


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPSENTRIX_ADMIN_PASSWORD", "hush-hush")
    monkeypatch.setenv("OPSENTRIX_DATABASE_URL", "postgresql://u:hush-hush@h/d")
    monkeypatch.setenv("OPSENTRIX_OIDC_CLIENT_SECRET", "hush-hush")
    assert "hush" not in repr(settings.load())


PROVIDER = {"OIDC_ISSUER": "https://id.example", "OIDC_CLIENT_ID": "hub", "OIDC_DEFAULT_ROLE": "viewer"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OIDC_ISSUER", "http://id.example"), ("OIDC_ISSUER", "id.example"), ("OIDC_ISSUER", "https://"),
        ("OIDC_ISSUER", "https://id.example?a=b"), ("OIDC_ISSUER", "https://id.example#a"),
        ("OIDC_ISSUER", "https://u:p@id.example"), ("OIDC_ISSUER", "https://id.example:0x"),
        ("OIDC_ISSUER", "https://[::1"), ("OIDC_ISSUER", "file:///etc/passwd"), ("OIDC_ISSUER", "https://id\\.example"),
        ("OIDC_ISSUER", "http://127.0.0.1.evil.example"), ("OIDC_CLIENT_ID", ""), ("OIDC_DEFAULT_ROLE", ""),
        ("OIDC_DEFAULT_ROLE", "owner"), ("OIDC_ROLE_MAP", '{"sre": "root"}'), ("OIDC_SCOPES", "profile"),
    ],
)  # fmt: skip
def test_a_wrong_provider_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for one, right in PROVIDER.items():
        monkeypatch.setenv(f"OPSENTRIX_{one}", right)
    settings.load()
    monkeypatch.setenv(f"OPSENTRIX_{name}", value)
    with pytest.raises(StartupError, match=f"OPSENTRIX_{name}: "):
        settings.load()


@pytest.mark.parametrize(
    ("url", "issuer", "right"),
    [
        ("https://other.example/token?a=b", "https://id.example", True),
        ("http://localhost:9/token", "http://127.0.0.1:8/x", True),
        ("http://[::1]:9/token", "http://localhost", True),
        ("http://127.0.0.1:6379/", "https://id.example", False),
        ("http://id.example/token", "http://localhost", False),
        ("https://u@id.example/", "https://id.example", False),
        ("https://id.example/ä", "https://id.example", False),
        ("https://id.example/\n", "https://id.example", False),
        ("gopher://id.example/", "https://id.example", False),
    ],
)
def test_where_a_provider_may_be_asked(url: str, issuer: str, right: bool) -> None:
    assert settings.trustworthy(url, issuer) is right


def test_the_secret_of_the_client_may_lie_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "secret"
    file.write_text("hush-hush\n")
    assert settings.Settings(oidc_client_secret_file=file).oidc_secret() == "hush-hush"
    file.write_text("\n")
    for broken in (file, tmp_path / "missing"):
        with pytest.raises(StartupError, match="OPSENTRIX_OIDC_CLIENT_SECRET_FILE"):
            settings.Settings(oidc_client_secret_file=broken).oidc_secret()
    monkeypatch.setenv("OPSENTRIX_OIDC_CLIENT_SECRET_FILE", str(tmp_path / "missing"))
    with pytest.raises(StartupError, match="OPSENTRIX_OIDC_CLIENT_SECRET_FILE"):
        settings.load()


@pytest.mark.parametrize(
    ("host", "public", "url"),
    [
        ("127.0.0.1", "", "http://127.0.0.1:8000"),
        ("0.0.0.0", "", "http://127.0.0.1:8000"),  # noqa: S104 - not bound
        ("::", "", "http://127.0.0.1:8000"),
        ("::1", "", "http://[::1]:8000"),
        ("hub.example", "", "http://hub.example:8000"),
        ("127.0.0.1", "https://hub.example/", "https://hub.example"),
    ],
)
def test_url(host: str, public: str, url: str) -> None:
    made = settings.Settings(host=host, public_url=public)
    assert made.url == url
    assert made.cookies_over_https_only is public.startswith("https")


def test_data_dir_of_people_is_below_their_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setenv("HOME", "/home/ann")
    assert settings.default_data_dir() == Path("/home/ann/.local/share/opsentrix")
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert settings.default_data_dir() == Path("/data/opsentrix")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert settings.default_data_dir() == Path("/var/lib/opsentrix")

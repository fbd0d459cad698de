import json
from pathlib import Path

import pytest
from opsentrix_agent.errors import SettingsError
from opsentrix_agent.settings import Settings, load_settings


def config(tmp_path: Path, content: object) -> Path:
    path = tmp_path / "agent.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_defaults_need_no_file() -> None:
    settings = load_settings(environ={})
    assert settings.server_url == ""
    assert settings.name
    assert settings.agent_type == "host"
    assert settings.reporting_interval == 5
    assert settings.spool_bytes == 16 * 1024 * 1024


def test_the_file_sets_every_key(tmp_path: Path) -> None:
    path = config(
        tmp_path,
        {
            "server_url": "https://hub.example:8443/",
            "name": "web-1",
            "agent_type": "database",
            "environment": "production",
            "tags": ["a", "b", "a"],
            "reporting_interval": 10,
            "state_dir": "/srv/x",
            "spool_bytes": 1_000_000,
            "collectors": {"enable": ["cpu"], "disable": ["disk"]},
            "plugin_dir": "/srv/plugins",
            "tls_ca": "/etc/ca.pem",
        },
    )
    assert load_settings(path, {}) == Settings(
        server_url="https://hub.example:8443",
        name="web-1",
        agent_type="database",
        environment="production",
        tags=("a", "b"),
        reporting_interval=10,
        state_dir=Path("/srv/x"),
        spool_bytes=1_000_000,
        enable=("cpu",),
        disable=("disk",),
        plugin_dir=Path("/srv/plugins"),
        tls_ca=Path("/etc/ca.pem"),
    )


def test_environment_beats_the_file_and_arguments_beat_both(tmp_path: Path) -> None:
    path = config(tmp_path, {"name": "file", "environment": "file", "tags": ["file"], "reporting_interval": 7})
    environ = {
        "OPSENTRIX_AGENT_CONFIG": str(path),
        "OPSENTRIX_SERVER_URL": "http://127.0.0.1:8000",
        "OPSENTRIX_AGENT_ENVIRONMENT": "variable",
        "OPSENTRIX_AGENT_NAME": "variable",
        "OPSENTRIX_AGENT_TAGS": "x, y",
        "OPSENTRIX_AGENT_COLLECTORS_DISABLE": "disk,network",
        "OPSENTRIX_AGENT_REPORTING_INTERVAL": "9",
    }
    settings = load_settings(None, environ, {"name": "argument", "tags": None})
    assert settings.server_url == "http://127.0.0.1:8000"
    assert (settings.name, settings.environment, settings.tags) == ("argument", "variable", ("x", "y"))
    assert settings.disable == ("disk", "network")
    assert settings.reporting_interval == 9


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ({"server": "x"}, "unknown key server"),
        ({"collectors": {"enabel": []}}, "unknown key collectors.enabel"),
        ({"collectors": ["cpu"]}, "collectors must be an object"),
        ({"collectors": {"enable": 3}}, "collectors.enable must be a list"),
        ({"server_url": "ftp://hub"}, "server_url must be"),
        ({"server_url": "hub.example:8000"}, "server_url must be"),
        ({"server_url": "http://hub:port"}, "server_url must be"),
        ({"server_url": "http://"}, "server_url must be"),
        ({"server_url": "https://me:pw@hub"}, "server_url must not hold a user"),
        ({"server_url": 5}, "server_url must be printable text"),
        ({"reporting_interval": 0}, "reporting_interval must be a whole number from 1 to 300"),
        ({"reporting_interval": 2.5}, "reporting_interval must be"),
        ({"reporting_interval": True}, "reporting_interval must be"),
        ({"reporting_interval": "often"}, "reporting_interval must be"),
        ({"spool_bytes": 10}, "spool_bytes must be"),
        ({"name": ""}, "name must not be empty"),
        ({"name": "a\nb"}, "name must be printable"),
        ({"tags": [1]}, "tags must be printable"),
        ({"tls_ca": ""}, "tls_ca must be a path"),
        ("{", "is not valid JSON"),
        ("[]", "must hold a JSON object"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, content: object, named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        load_settings(config(tmp_path, content), {})


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.json does not exist"):
        load_settings(tmp_path / "none.json", {})


@pytest.mark.parametrize(
    ("url", "clear"),
    [
        ("http://127.0.0.1:8000", False),
        ("http://localhost:8000", False),
        ("http://[::1]:8000", False),
        ("https://hub.example", False),
        ("http://hub.example", True),
        ("http://10.0.0.1", True),
        ("http://localhost.example.com", True),
    ],
)
def test_only_http_over_a_network_is_in_clear(url: str, *, clear: bool) -> None:
    assert Settings(server_url=url).sends_in_clear() is clear

"""What the hub may change of an agent, what it may not, and what holds after the next start."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from opsentrix_agent.configuration import FILE_NAME, HUB_KEYS, MAX_HUB_SPOOL_BYTES, Configuration
from opsentrix_agent.errors import SettingsError
from opsentrix_agent.identity import Identity
from opsentrix_agent.pending import MAX_SPANS, Pauses, PendingOrders
from opsentrix_agent.settings import Layer, load_layers
from opsentrix_protocol import opsentrix_pb2 as pb

IDENTITY = Identity(7, "secret", "http://hub.example")


def configured(**local: Any) -> Configuration:  # noqa: ANN401 - settings have values of any type
    return Configuration(lambda: load_layers(environ={}, overrides=local))


def take(configuration: Configuration, version: int = 1, **content: Any) -> dict[str, str]:  # noqa: ANN401 - JSON
    configuration.take(version, json.dumps(content))
    return configuration.refused


def test_the_hub_changes_what_the_owner_did_not_set() -> None:
    configuration = configured()
    wanted: dict[str, Any] = {
        "reporting_interval": 30,
        "spool_bytes": 1 << 20,
        "paused": True,
        "collectors": {"disable": ["disk"]},
    }
    assert take(configuration, **wanted) == {}
    settings = configuration.settings
    assert (settings.reporting_interval, settings.spool_bytes, settings.paused) == (30, 1 << 20, True)
    assert settings.disable == ("disk",)
    assert configuration.sources()["reporting_interval"] == Layer(30, "hub")
    assert configuration.sources()["collectors.enable"] == Layer((), "default")


def test_a_version_that_leaves_a_key_out_takes_it_back() -> None:
    configuration = configured()
    take(configuration, 1, reporting_interval=30)
    take(configuration, 2)
    assert configuration.settings.reporting_interval == 5


def test_what_the_owner_set_is_pinned_and_the_rest_is_followed() -> None:
    configuration = configured(reporting_interval=10)
    refused = take(configuration, reporting_interval=30, paused=True)
    assert list(refused) == ["reporting_interval"]
    assert "option" in refused["reporting_interval"]
    assert (configuration.settings.reporting_interval, configuration.settings.paused) == (10, True)
    state = configuration.state()
    assert [(one.key, one.reason) for one in state.refused] == list(refused.items())
    assert {one.key: one.source for one in state.settings}["reporting_interval"] == pb.SETTING_SOURCE_OPTION


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ({"server_url": "http://evil.example"}, "server_url"),
        ({"tls_ca": "/etc/evil.pem"}, "tls_ca"),
        ({"state_dir": "/"}, "state_dir"),
        ({"plugins": "/srv"}, "plugins"),
        ({"reporting_interval": 0}, "reporting_interval"),
        ({"reporting_interval": 301}, "reporting_interval"),
        ({"reporting_interval": None}, "reporting_interval"),
        ({"spool_bytes": MAX_HUB_SPOOL_BYTES + 1}, "spool_bytes"),
        ({"spool_bytes": 1}, "spool_bytes"),
        ({"paused": "perhaps"}, "paused"),
        ({"collectors": {"enable": ["no-such"]}}, "collectors.enable"),
        ({"collectors": {"disable": 5}}, "collectors.disable"),
        ({"collectors": {"path": "/srv"}}, "collectors.path"),
    ],
)
def test_a_hub_can_neither_redirect_nor_overload_an_agent(content: dict[str, Any], key: str) -> None:
    configuration = configured()
    before = configuration.settings
    assert list(take(configuration, **content)) == [key]
    assert configuration.settings == before


@pytest.mark.parametrize(
    "text", ["", "[]", "{", "[" * 10_000, json.dumps({"a": "b" * 20_000}), '{"collectors": 5}', '{"\\ud800": 1}']
)
def test_junk_changes_nothing_and_is_answered(text: str, tmp_path: Path) -> None:
    configuration = configured()
    configuration.keep_in(tmp_path, IDENTITY)
    take(configuration, 1, reporting_interval=30)
    configuration.take(2, text)
    assert configuration.settings.reporting_interval == 30
    assert (configuration.version, list(configuration.refused)) == (2, [""])
    assert configuration.state().refused[0].reason
    assert json.loads((tmp_path / FILE_NAME).read_text())["version"] == 1


def test_the_hub_hears_of_its_own_keys_only() -> None:
    assert [one.key for one in configured(tls_ca="/secret").state().settings] == list(HUB_KEYS)


def test_the_configuration_holds_after_a_restart_without_the_hub(tmp_path: Path) -> None:
    first = configured()
    first.keep_in(tmp_path, IDENTITY)
    take(first, 4, reporting_interval=30)
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600
    second = configured()
    second.keep_in(tmp_path, IDENTITY)
    assert (second.version, second.settings.reporting_interval) == (4, 30)
    elsewhere = configured()
    elsewhere.keep_in(tmp_path, IDENTITY._replace(agent_id=8))
    assert (elsewhere.version, elsewhere.settings.reporting_interval) == (0, 5)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"agent_id": 7, "server_url": "http://hub.example", "version": -1}'])
def test_a_damaged_file_is_left_aside(text: str, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text(text)
    configuration = configured()
    configuration.keep_in(tmp_path, IDENTITY)
    assert configuration.version == 0


def test_a_file_that_was_tampered_with_is_judged_like_the_hub(tmp_path: Path) -> None:
    kept = {"agent_id": 7, "server_url": "http://hub.example", "version": 1, "content": {"server_url": "http://x"}}
    (tmp_path / FILE_NAME).write_text(json.dumps(kept))
    configuration = configured()
    configuration.keep_in(tmp_path, IDENTITY)
    assert (list(configuration.refused), configuration.settings.server_url) == (["server_url"], "")


def test_reading_the_file_again_pins_and_releases(tmp_path: Path) -> None:
    path = tmp_path / "agent.json"
    path.write_text("{}")
    configuration = Configuration(lambda: load_layers(path, {}))
    take(configuration, reporting_interval=30)
    path.write_text('{"reporting_interval": 10}')
    configuration.reload()
    assert (configuration.settings.reporting_interval, list(configuration.refused)) == (10, ["reporting_interval"])
    path.write_text("{}")
    configuration.reload()
    assert (configuration.settings.reporting_interval, configuration.refused) == (30, {})


@pytest.mark.parametrize("text", ["{", '{"colour": 1}', '{"collectors": {"enable": ["no-such"]}}'])
def test_a_bad_file_is_said_and_what_was_goes_on(text: str, tmp_path: Path) -> None:
    path = tmp_path / "agent.json"
    path.write_text('{"reporting_interval": 10}')
    configuration = Configuration(lambda: load_layers(path, {}))
    path.write_text(text)
    configuration.reload()
    assert configuration.settings.reporting_interval == 10
    assert (bool(configuration.state().file_error), configuration.file_errors) == (True, 1)
    path.write_text("{}")
    configuration.reload()
    assert not configuration.state().file_error


def test_what_needs_a_start_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "agent.json"
    path.write_text("{}")
    configuration = Configuration(lambda: load_layers(path, {}))
    path.write_text('{"server_url": "http://other.example"}')
    configuration.reload()
    assert "server_url has changed" in caplog.text


def test_a_missing_file_at_the_start_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="does not exist"):
        Configuration(lambda: load_layers(tmp_path / "none.json", {}))


def test_of_many_configurations_only_the_newest_waits() -> None:
    woken: list[int] = []
    orders = PendingOrders(0, lambda: woken.append(1))
    for version in range(1, 1001):
        orders.configure(version, "{}")
    orders.restart()
    assert orders.collect() == ((1000, "{}"), True)
    assert orders.collect() == (None, False)
    assert woken


def test_pauses_are_told_with_the_frame_that_follows() -> None:
    pauses = Pauses(b"b" * 16, paused=False)
    assert not pauses.close(1000, 1)
    pauses.begin()
    pauses.tick(2000)
    pauses.tick(3000)
    pauses.end()
    assert pauses.close(4000, 2)
    assert not pauses.close(5000, 2)
    assert pauses.spans == [pb.PausedSpan(boot_id=b"b" * 16, next_seq=2, first_ms=2000, last_ms=4000)]


def test_of_many_pauses_the_newest_are_kept() -> None:
    pauses = Pauses(b"b" * 16, paused=False)
    for second in range(2 * MAX_SPANS):
        pauses.tick(second)
        pauses.close(second, second + 1)
    assert [one.next_seq for one in pauses.spans] == list(range(MAX_SPANS + 1, 2 * MAX_SPANS + 1))

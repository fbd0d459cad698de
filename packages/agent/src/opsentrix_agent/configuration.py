"""Which settings are in effect: what the machine's owner set, else what the hub wants, else the defaults.

The hub is not trusted: it may change a few keys within bounds, and none that the owner set. docs/adr/0012 tells why.
"""

import json
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from opsentrix_protocol import opsentrix_pb2 as pb

from opsentrix_agent.errors import SettingsError
from opsentrix_agent.identity import Identity, write_private
from opsentrix_agent.loader import choose
from opsentrix_agent.settings import Layer, Settings, check, flatten, settings_of

log = logging.getLogger(__name__)

FILE_NAME = "configuration.json"
HUB_KEYS = ("reporting_interval", "collectors.enable", "collectors.disable", "spool_bytes", "paused")
"""What a hub may change: nothing that could send the agent elsewhere, weaken it or make it run what the owner chose."""
AT_START = (
    "server_url", "link", "tls_ca", "tls_pin", "tls_cert", "tls_key", "state_dir", "spool_disk_bytes", "plugin_dir",
    "payload_encryption", "payload_key",
)  # fmt: skip
"""Keys that take effect with the next start only; those that only `enroll` uses are of no concern to a run."""
MAX_CONTENT_BYTES = 16 * 1024
MAX_KEYS = 64
MAX_HUB_SPOOL_BYTES = 64 * 1024 * 1024
"""A hub must not make the agent take the memory of the machine; the owner may allow more in the config file."""
_SOURCES = {
    "default": pb.SETTING_SOURCE_DEFAULT,
    "hub": pb.SETTING_SOURCE_HUB,
    "file": pb.SETTING_SOURCE_FILE,
    "environment": pb.SETTING_SOURCE_ENVIRONMENT,
    "option": pb.SETTING_SOURCE_OPTION,
}
_PINNED_BY = {
    "file": "is set by the config file of the machine",
    "environment": "is set by the environment of the agent",
    "option": "is set by an option on the agent's command line",
}
_FIELDS = {"collectors.enable": "enable", "collectors.disable": "disable"}

LoadLayers = Callable[[], dict[str, Layer]]


class HubContent(NamedTuple):
    """What the hub wants: flat keys with values that are not checked yet."""

    version: int = 0
    values: Mapping[str, Any] = {}


class Configuration:
    """The settings of one run, as they change.

    Attributes:
        settings: in effect.
        version: of the hub's configuration; 0 when there is none.
        refused: why keys of the hub's are not followed, by key.
        file_error: what was wrong when the config file was read again; empty when nothing was.
        file_errors: how often something was.
    """

    def __init__(self, load: LoadLayers) -> None:
        """Read what the owner set.

        Args:
            load: reads the owner's settings; called again at each `reload`.

        Raises:
            SettingsError: what it raises.
        """
        self.file_error = ""
        self.file_errors = 0
        self.refused: dict[str, str] = {}
        self._load = load
        self._local = load()
        self._hub = HubContent()
        self._effective: dict[str, Layer] = {}
        self._store: tuple[Path, Identity] | None = None
        self._resolve()

    @property
    def version(self) -> int:
        """The version of the hub's configuration; 0 when there is none."""
        return self._hub.version

    def keep_in(self, state_dir: Path, identity: Identity) -> None:
        """Take up what the hub wanted when the agent ran last, and keep what it will want from now on."""
        self._store = state_dir / FILE_NAME, identity
        self._hub = _read(*self._store)
        self._resolve()

    def reload(self) -> None:
        """Read the owner's settings again; when they are wrong, those from before go on."""
        try:
            local = self._load()
            _check_names(local)
        except SettingsError as error:
            self.file_error = str(error)
            self.file_errors += 1
            log.warning("the settings stay as they are: %s", error)
            return
        self.file_error = ""
        for key in AT_START:
            if local.get(key) != self._local.get(key):
                log.warning("%s has changed; that takes effect when the agent is started again", key)
        self._local = local
        self._resolve()
        log.info("the settings were read again")

    def take(self, version: int, content_json: str) -> None:
        """Follow what the hub wants from now on, as far as it may; `refused` tells what it may not."""
        try:
            self._hub = HubContent(version, parse(content_json))
        except SettingsError as error:
            self._resolve()
            self._hub = self._hub._replace(version=version)
            self.refused = {"": str(error)}
            log.warning("configuration %d of the hub is not followed: %s", version, error)
            return
        self._resolve()
        for key, reason in self.refused.items():
            log.warning("configuration %d of the hub: %s %s", version, key, reason)
        log.info("configuration %d of the hub is in effect", version)
        self._write(content_json)

    def sources(self) -> dict[str, Layer]:
        """Return every setting in effect by key, with the place where it was set or `default`."""
        settings = self.settings._asdict()
        keys = [key for key in settings if key not in _FIELDS.values()]
        named = {key: settings[key] for key in keys} | {key: settings[field] for key, field in _FIELDS.items()}
        return {key: self._effective.get(key) or Layer(value, "default") for key, value in named.items()}

    def state(self) -> pb.ConfigurationState:
        """Return what the hub is told: of the keys that it may change, and no others."""
        sources = self.sources()
        return pb.ConfigurationState(
            version=self.version,
            settings=[
                pb.Setting(key=key, value_json=json.dumps(sources[key].value), source=_SOURCES[sources[key].source])
                for key in HUB_KEYS
            ],
            refused=[pb.RefusedSetting(key=key, reason=reason) for key, reason in self.refused.items()],
            file_error=self.file_error[:500],
        )

    def _resolve(self) -> None:
        self.refused = {}
        wanted: dict[str, Layer] = {}
        for key, value in self._hub.values.items():
            try:
                wanted[key] = Layer(self._admit(key, value), "hub")
            except SettingsError as error:  # noqa: PERF203 - the other keys count
                self.refused[key] = str(error).removeprefix(f"{key} ")
        self._effective = wanted | self._local
        self.settings: Settings = settings_of(self._effective)

    def _admit(self, key: str, value: Any) -> Any:  # noqa: ANN401 - JSON; the checks narrow it
        if key not in HUB_KEYS:
            raise SettingsError("is not a setting that a hub may change.")
        if pinned := self._local.get(key):
            raise SettingsError(f"{_PINNED_BY[pinned.source]}.")
        checked = check(key, value)
        if key == "spool_bytes" and checked > MAX_HUB_SPOOL_BYTES:
            raise SettingsError(f"may be {MAX_HUB_SPOOL_BYTES} at the most, unless the machine's owner sets it.")
        if key in _FIELDS:
            _check_names({key: Layer(checked, "hub")})
        return checked

    def _write(self, content_json: str) -> None:
        if self._store is None:
            return
        path, identity = self._store
        kept = {"agent_id": identity.agent_id, "server_url": identity.server_url, "version": self.version}
        try:
            write_private(path, json.dumps(kept | {"content": json.loads(content_json)}) + "\n")
        except OSError as error:
            log.warning("the hub's configuration holds until the next start only: %s: %s", path, error.strerror)


def parse(content_json: str) -> dict[str, Any]:
    """Return a configuration of the hub's as flat keys, their values unchecked.

    Raises:
        SettingsError: it is no JSON object, or too large.
    """
    if len(content_json) > MAX_CONTENT_BYTES:
        raise SettingsError(f"It is larger than {MAX_CONTENT_BYTES} bytes.")
    try:
        content = json.loads(content_json)
    except (ValueError, RecursionError):
        raise SettingsError("It is not valid JSON.") from None
    if not isinstance(content, dict):
        raise SettingsError("It is not a JSON object.")
    flat = flatten(content)
    if len(flat) > MAX_KEYS or any(len(key) > MAX_KEYS or not key.isprintable() for key in flat):
        raise SettingsError(f"It has more than {MAX_KEYS} keys, or one over {MAX_KEYS} characters or not printable.")
    return flat


def _read(path: Path, identity: Identity) -> HubContent:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if (kept["agent_id"], kept["server_url"]) != (identity.agent_id, identity.server_url):
            return HubContent()  # of a hub that this agent has left
        version = kept["version"]
        if not isinstance(version, int) or isinstance(version, bool) or not 0 <= version < 1 << 63:
            raise ValueError("version is not a version")
        return HubContent(version, parse(json.dumps(kept["content"])))
    except FileNotFoundError:
        return HubContent()
    except (OSError, ValueError, KeyError, TypeError, RecursionError, SettingsError) as error:
        log.warning("%s is left aside until the hub sends it anew: %s", path, error)
        return HubContent()


def _check_names(layers: Mapping[str, Layer]) -> None:
    empty = Layer((), "default")
    choose(layers.get("collectors.enable", empty).value, layers.get("collectors.disable", empty).value)

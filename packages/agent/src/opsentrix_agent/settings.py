"""Settings: a JSON file, overridden by environment variables, checked whole before anything starts.

The file is `/etc/opsentrix/agent.json` unless `--config` or `OPSENTRIX_AGENT_CONFIG` says otherwise. No library
validates it: the agent's memory has a budget.
"""

import ipaddress
import json
import os
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from opsentrix_agent.configfile import CONFIG_VARIABLE, DEFAULT_CONFIG
from opsentrix_agent.endpoint import LINKS, endpoint
from opsentrix_agent.errors import SettingsError

DEFAULT_PLUGIN_DIR = Path("/etc/opsentrix/collectors.d")
ROOT_STATE_DIR = Path("/var/lib/opsentrix-agent")
MIN_SPOOL_BYTES = 64 * 1024
MIN_SPOOL_DISK_BYTES = 1024 * 1024
MAX_SPOOL_DISK_BYTES = 1 << 40
MAX_INTERVAL_S = 300
PAYLOAD_KEY_BYTES = 32
_MAX_NAME_CHARS = 200


class Settings(NamedTuple):
    """Everything that the owner of the machine decides.

    Attributes:
        server_url: the hub's URL without a trailing slash; empty when it is not set.
        link: how the hub is reached; `auto` leaves it to the scheme of `server_url`.
        name: how the agent is called in the hub.
        agent_type: what it watches, such as `host`.
        environment: such as `production`; may be empty.
        tags: free words.
        reporting_interval: seconds of samples in one frame.
        state_dir: holds the identity.
        spool_bytes: bound of the frames kept in memory while the hub is away.
        spool_disk_bytes: bound of the frames kept on disk; 0 keeps none there.
        enable: the only collectors to run; empty means all.
        disable: collectors not to run.
        plugin_dir: holds the owner's plugins.
        tls_ca: PEM file with the only authorities to trust; None means the system's.
        tls_pin: `sha256:` and the fingerprint of the only certificate to trust; empty where it is not pinned.
        tls_cert: PEM file with a certificate of the owner's to show to the hub.
        tls_key: PEM file with its key; None means that tls_cert holds it.
        payload_encryption: whether what is sent is sealed, so that no proxy on the way can read it.
        payload_key: the hub's public key to seal to, in base64; empty: the one that it gave at the enrollment.
        paused: whether to sample nothing.
    """

    server_url: str = ""
    link: str = "auto"
    name: str = ""
    agent_type: str = "host"
    environment: str = ""
    tags: tuple[str, ...] = ()
    reporting_interval: int = 5
    state_dir: Path = ROOT_STATE_DIR
    spool_bytes: int = 16 * 1024 * 1024
    spool_disk_bytes: int = 0
    enable: tuple[str, ...] = ()
    disable: tuple[str, ...] = ()
    plugin_dir: Path = DEFAULT_PLUGIN_DIR
    tls_ca: Path | None = None
    tls_pin: str = ""
    tls_cert: Path | None = None
    tls_key: Path | None = None
    payload_encryption: bool = False
    payload_key: str = ""
    paused: bool = False

    def sends_in_clear(self) -> bool:
        """Return whether credential and samples would cross a network unencrypted."""
        if not self.server_url:
            return False
        found = endpoint(self.server_url)
        return not found.encrypted and not _is_loopback(urlsplit(found.url).hostname or "")


class Layer(NamedTuple):
    """A checked value, and where it was set: `hub`, `file`, `environment` or `option`."""

    value: Any
    source: str


def load_settings(
    config: Path | None = None, environ: Mapping[str, str] = os.environ, overrides: Mapping[str, Any] | None = None
) -> Settings:
    """Return the settings from file, environment and command line, the later ones winning; see `load_layers`.

    Raises:
        SettingsError: a key is unknown, missing or has a value that is not allowed; the text names it.
    """
    return settings_of(load_layers(config, environ, overrides), environ)


def load_layers(
    config: Path | None = None, environ: Mapping[str, str] = os.environ, overrides: Mapping[str, Any] | None = None
) -> dict[str, Layer]:
    """Return what the owner of the machine set, by key as in the file.

    Args:
        config: the file that the user named; it must exist then. None means the variable's or the default one.
        environ: environment variables.
        overrides: values by key, as in the file; None means not given.

    Raises:
        SettingsError: a key is unknown, missing or has a value that is not allowed; the text names it.
    """
    named = config or (Path(environ[CONFIG_VARIABLE]) if environ.get(CONFIG_VARIABLE) else None)
    raw = {key: Layer(value, "file") for key, value in _read(named or DEFAULT_CONFIG, must_exist=bool(named)).items()}
    raw |= {
        key: Layer(environ[variable], "environment") for key, variable in VARIABLES.items() if environ.get(variable)
    }
    raw |= {key: Layer(value, "option") for key, value in (overrides or {}).items() if value is not None}
    return {key: Layer(check(key, layer.value), layer.source) for key, layer in raw.items()}


def settings_of(layers: Mapping[str, Layer], environ: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings of these values; defaults stand for what is missing."""
    values = {key: layer.value for key, layer in layers.items()}
    enable, disable = values.pop("collectors.enable", ()), values.pop("collectors.disable", ())
    values.setdefault("name", socket.gethostname() or "localhost")
    values.setdefault("state_dir", _default_state_dir(environ))
    return Settings(**values, enable=enable, disable=disable)


def check_encrypted(settings: Settings, server_url: str) -> None:
    """Check that a hub whose certificate is pinned is not spoken to in clear.

    Raises:
        SettingsError: it would be.
    """
    if settings.tls_pin and not endpoint(server_url).encrypted:
        raise SettingsError(f"tls_pin is set, but {server_url} is not https or grpcs: nothing would be encrypted.")


def flatten(content: dict[str, Any]) -> dict[str, Any]:
    """Return the content of a config file with one key a setting, such as `collectors.disable`.

    Raises:
        SettingsError: `collectors` is not an object.
    """
    collectors = content.get("collectors", {})
    if not isinstance(collectors, dict):
        raise SettingsError("collectors must be an object with the lists enable and disable.")
    flat = {key: value for key, value in content.items() if key != "collectors"}
    return flat | {f"collectors.{key}": value for key, value in collectors.items()}


def _read(path: Path, *, must_exist: bool) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if must_exist:
            raise SettingsError(f"The config file {path} does not exist.") from None
        return {}
    except OSError as error:
        raise SettingsError(f"The config file {path} cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"The config file {path} is not valid JSON: {error}.") from None
    if not isinstance(content, dict):
        raise SettingsError(f"The config file {path} must hold a JSON object.")
    try:
        content = flatten(content)
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from None
    if strangers := sorted(set(content) - set(_CHECKS)):
        raise SettingsError(f"{path}: unknown key {', '.join(strangers)}; there are {', '.join(_CHECKS)}.")
    return content


def check(key: str, value: Any) -> Any:  # noqa: ANN401 - JSON has values of any type; each check narrows its own
    """Return the value that a known key has by this text or JSON.

    Raises:
        SettingsError: it is not allowed.
    """
    try:
        return _CHECKS[key](value)
    except ValueError as error:
        raise SettingsError(f"{key} {error}.") from None


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > _MAX_NAME_CHARS or not value.isprintable():
        raise ValueError(f"must be printable text of up to {_MAX_NAME_CHARS} characters")
    return value.strip()


def _name(value: object) -> str:
    text = _text(value)
    if not text:
        raise ValueError("must not be empty")
    return text


def _url(value: object) -> str:
    text = _text(value).rstrip("/")
    parts = urlsplit(text)
    try:
        usable = bool(endpoint(text)) and bool(parts.hostname) and parts.port != 0
    except ValueError:  # the scheme is not known, or the port is not a number
        usable = False
    if not usable or parts.query or parts.fragment:
        raise ValueError(f"must be the hub's URL, such as https://hub.example:8000, and not {text!r}")
    if parts.username or parts.password:
        raise ValueError("must not hold a user name or password")
    return text


def _link(value: object) -> str:
    if value not in LINKS:
        raise ValueError(f"must be one of {', '.join(LINKS)}, and not {value!r}")
    return str(value)


def _words(value: object) -> tuple[str, ...]:
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, (list, tuple)):
        raise ValueError("must be a list of words")  # noqa: TRY004 - all checks raise the same error
    return tuple(dict.fromkeys(word for word in map(_text, parts) if word))


def _number(low: int, high: int) -> Callable[[object], int]:
    def number(value: object) -> int:
        if isinstance(value, str) and value.strip().isdecimal():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise ValueError(f"must be a whole number from {low} to {high}, and not {value!r}")
        return value

    return number


def _flag(value: object) -> bool:
    if isinstance(value, str):
        value = {"true": True, "false": False}.get(value.strip().lower(), value)
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, and not {value!r}")  # noqa: TRY004 - all checks raise the same error
    return value


def _disk_bytes(value: object) -> int:
    if value in (0, "0") and value is not False:
        return 0
    try:
        return _number(MIN_SPOOL_DISK_BYTES, MAX_SPOOL_DISK_BYTES)(value)
    except ValueError as error:
        raise ValueError(f"{error}; 0 turns it off") from None


def _key(value: object) -> str:
    import base64  # for the few who set it

    text = _text(value)
    try:
        sound = not text or len(base64.b64decode(text, validate=True)) == PAYLOAD_KEY_BYTES
    except ValueError:
        sound = False
    if not sound:
        raise ValueError(f"must be {PAYLOAD_KEY_BYTES} bytes in base64, as the hub shows its payload key")
    return text


def _path(value: object) -> Path:
    if not isinstance(value, (str, Path)) or not str(value).strip():
        raise ValueError("must be a path")
    try:
        return Path(value).expanduser()
    except RuntimeError:
        raise ValueError("begins with the home of a user whom this machine does not know") from None


def _pin(value: object) -> str:
    kind, _, digits = value.strip().lower().partition(":") if isinstance(value, str) else ("", "", "")
    digits = digits.replace(":", "")
    if kind != "sha256" or len(digits) != 64 or set(digits) - set("0123456789abcdef"):
        raise ValueError("must be sha256: and the 64 hexadecimal digits of a certificate's fingerprint")
    return f"sha256:{digits}"


_CHECKS: dict[str, Callable[[object], Any]] = {
    "server_url": _url,
    "link": _link,
    "name": _name,
    "agent_type": _name,
    "environment": _text,
    "tags": _words,
    "reporting_interval": _number(1, MAX_INTERVAL_S),
    "state_dir": _path,
    "spool_bytes": _number(MIN_SPOOL_BYTES, 1 << 34),
    "spool_disk_bytes": _disk_bytes,
    "collectors.enable": _words,
    "collectors.disable": _words,
    "plugin_dir": _path,
    "tls_ca": _path,
    "tls_pin": _pin,
    "tls_cert": _path,
    "tls_key": _path,
    "payload_encryption": _flag,
    "payload_key": _key,
    "paused": _flag,
}

VARIABLES = {
    "server_url": "OPSENTRIX_SERVER_URL",
    "link": "OPSENTRIX_AGENT_LINK",
    "name": "OPSENTRIX_AGENT_NAME",
    "agent_type": "OPSENTRIX_AGENT_TYPE",
    "environment": "OPSENTRIX_AGENT_ENVIRONMENT",
    "tags": "OPSENTRIX_AGENT_TAGS",
    "reporting_interval": "OPSENTRIX_AGENT_REPORTING_INTERVAL",
    "state_dir": "OPSENTRIX_AGENT_STATE_DIR",
    "spool_bytes": "OPSENTRIX_AGENT_SPOOL_BYTES",
    "spool_disk_bytes": "OPSENTRIX_AGENT_SPOOL_DISK_BYTES",
    "collectors.enable": "OPSENTRIX_AGENT_COLLECTORS_ENABLE",
    "collectors.disable": "OPSENTRIX_AGENT_COLLECTORS_DISABLE",
    "plugin_dir": "OPSENTRIX_AGENT_PLUGIN_DIR",
    "tls_ca": "OPSENTRIX_AGENT_TLS_CA",
    "tls_pin": "OPSENTRIX_AGENT_TLS_PIN",
    "tls_cert": "OPSENTRIX_AGENT_TLS_CERT",
    "tls_key": "OPSENTRIX_AGENT_TLS_KEY",
    "payload_encryption": "OPSENTRIX_AGENT_PAYLOAD_ENCRYPTION",
    "payload_key": "OPSENTRIX_AGENT_PAYLOAD_KEY",
    "paused": "OPSENTRIX_AGENT_PAUSED",
}
"""Environment variable of each key; lists are words with commas between them."""


def _default_state_dir(environ: Mapping[str, str]) -> Path:
    if os.geteuid() == 0:
        return ROOT_STATE_DIR
    base = environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "opsentrix-agent"


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

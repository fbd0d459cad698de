"""The part of a session that is about the agent's configuration: what the hub wants goes out, the answer comes in."""

import json
from typing import Any

import orjson
from opsentrix_protocol import opsentrix_pb2 as pb

from opsentrix.db import Connection
from opsentrix.model.configs import ConfigVersion, nested
from opsentrix.storage import configs

CAPABILITY = "configuration"
MAX_ENTRIES = 64
MAX_TEXT = 512
MAX_VALUE = 8192
_SOURCES = {
    pb.SETTING_SOURCE_DEFAULT: "default",
    pb.SETTING_SOURCE_HUB: "hub",
    pb.SETTING_SOURCE_FILE: "file",
    pb.SETTING_SOURCE_ENVIRONMENT: "environment",
    pb.SETTING_SOURCE_OPTION: "option",
}


async def message(connection: Connection, agent_id: int, present: int) -> pb.HubMessage | None:
    """Return what an agent has to be told that has this version, or None when that one holds."""
    wanted = await configs.newest(connection, agent_id)
    if wanted is None:
        return None if present == 0 else pb.HubMessage(configuration=pb.Configuration(version=0, content_json="{}"))
    return None if wanted.version == present else message_of(wanted)


def message_of(wanted: ConfigVersion) -> pb.HubMessage:
    """Return the message that tells an agent of a version."""
    content = orjson.dumps(nested(wanted.content)).decode()
    return pb.HubMessage(configuration=pb.Configuration(version=wanted.version, content_json=content))


def told(state: pb.ConfigurationState) -> dict[str, Any]:
    """Return what an agent says of its configuration as it is kept and shown: bounded, whatever it sends."""
    return {
        "version": min(state.version, 2**53),
        "settings": [
            {"key": _text(one.key), "value": _value(one.value_json), "source": _SOURCES.get(one.source, "option")}
            for one in state.settings[:MAX_ENTRIES]
        ],
        "refused": [{"key": _text(one.key), "reason": _text(one.reason)} for one in state.refused[:MAX_ENTRIES]],
        "control_error": _text(state.control_error),
        "file_error": _text(state.file_error),
    }


def interval(kept: dict[str, Any]) -> float | None:
    """Return the reporting interval in seconds that an agent says is in effect."""
    for one in kept["settings"]:
        value = one["value"]
        if one["key"] == "reporting_interval" and isinstance(value, int) and not isinstance(value, bool):
            return float(min(max(1, value), 86_400))
    return None


def _text(text: str) -> str:
    return "".join(one for one in text[:MAX_TEXT] if one.isprintable())


def _value(value_json: str) -> object:
    if len(value_json) > MAX_VALUE or "\\u0000" in value_json:
        return None
    try:
        value = orjson.loads(value_json)
    except orjson.JSONDecodeError:
        return None
    # PostgreSQL's jsonb takes every number that JSON has, but browsers do not keep larger ones exactly.
    return value if json.dumps(value).isprintable() else None

"""What the hub wants of an agent's settings, and what the agent says of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Content = Mapping[str, Any]
"""Settings by key with a dot where the agent's config file nests them; a key that is left out is the agent's own."""


@dataclass(frozen=True, slots=True)
class ConfigVersion:
    """One version of an agent's configuration; versions count from 1, and the newest holds."""

    agent_id: int
    version: int
    content: Content
    author: str
    comment: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ConfigState:
    """What an agent said of its configuration last.

    Attributes:
        state: `version`, `settings`, `refused`, `control_error` and `file_error`, as in the message of the protocol.
    """

    state: Mapping[str, Any]
    reported_at: datetime


def nested(content: Content) -> dict[str, Any]:
    """Return the content in the form of the agent's config file.

    >>> nested({"paused": True, "collectors.disable": ["disk"]})
    {'paused': True, 'collectors': {'disable': ['disk']}}
    """
    file: dict[str, Any] = {}
    for key, value in content.items():
        group, dot, name = key.partition(".")
        if dot:
            file.setdefault(group, {})[name] = value
        else:
            file[key] = value
    return file


def patched(content: Content, change: Content) -> dict[str, Any]:
    """Return the content with these keys set, those that are None taken out."""
    return {key: value for key, value in {**content, **change}.items() if value is not None}

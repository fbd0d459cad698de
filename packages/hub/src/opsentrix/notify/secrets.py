"""Secrets of channels: sealed, opened to be used, and kept out of what is told."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson

from opsentrix.model.channels import NewChannel
from opsentrix.notify.channels import Field, Kind
from opsentrix.vault import Vault

_PURPOSE = "notification channel"
_SHORTEST = 6
"""Shorter parts of a URL are no secrets, but words."""


def seal(vault: Vault, secrets: Mapping[str, Any]) -> bytes:
    """Return secret fields sealed."""
    return vault.seal(_PURPOSE, orjson.dumps(secrets))


def opened(vault: Vault, channel: NewChannel) -> dict[str, Any]:
    """Return a channel's secret fields.

    Raises:
        SealError: the key file is not the one with which they were sealed.
    """
    secrets: dict[str, Any] = orjson.loads(vault.open(_PURPOSE, channel.sealed))
    return secrets


def complete(kind: Kind, settings: Mapping[str, Any], secrets: Mapping[str, Any]) -> dict[str, Any]:
    """Return all fields of a kind, with defaults where nothing is set."""
    return {one.name: _value(one, settings, secrets) for one in kind.fields}


def _value(one: Field, settings: Mapping[str, Any], secrets: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
    return (secrets if one.secret else settings).get(one.name, one.default)


def redacted(text: str, secrets: Iterable[Any]) -> str:
    """Return text without secrets, and without the parts of secret URLs, which providers and libraries repeat."""
    parts: set[str] = set()
    for secret in map(str, secrets):
        parts.add(secret)
        if "://" in secret:
            host = urlsplit(secret).hostname if secret.startswith(("http:", "https:")) else None
            parts |= {one for one in re.split(r"[/?&=@:#]+", secret) if len(one) >= _SHORTEST and one.lower() != host}
    for part in sorted(filter(None, parts), key=len, reverse=True):
        text = text.replace(part, "***")
    return text

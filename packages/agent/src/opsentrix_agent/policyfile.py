"""Reads the policy of the machine's owner: the one file that says what a hub may do here."""

import json
from pathlib import Path
from typing import Any

from opsentrix_agent.errors import NoPolicyError, PluginError, PolicyError
from opsentrix_agent.plugins.trust import check_trusted

FILE_NAME = "policy.json"
_MAX_BYTES = 64 * 1024


def read_policy(file: Path) -> dict[str, Any]:
    """Return the policy's content, of which nothing is checked but that it is an object.

    Raises:
        NoPolicyError: there is none.
        PolicyError: it cannot be read, or somebody other than root or this user could have written it.
    """
    try:
        file.lstat()
    except FileNotFoundError:
        raise NoPolicyError(f"there is no {file}") from None
    except OSError as error:
        raise PolicyError(f"The policy {file} cannot be read: {error.strerror}.") from None
    try:
        check_trusted(file)
        with file.open("rb") as opened:
            text = opened.read(_MAX_BYTES + 1)
    except PluginError as error:
        raise PolicyError(f"The policy is not followed: {error}.") from None
    except OSError as error:
        raise PolicyError(f"The policy {file} cannot be read: {error.strerror}.") from None
    if len(text) > _MAX_BYTES:
        raise PolicyError(f"The policy {file} has more than {_MAX_BYTES} bytes.")
    try:
        content = strict_json(text)
    except ValueError as error:
        raise PolicyError(f"The policy {file} is not valid JSON: {error}.") from None
    if not isinstance(content, dict):
        raise PolicyError(f"The policy {file} is no JSON object.")
    return content


def strict_json(text: bytes | str) -> Any:  # noqa: ANN401 - JSON has values of any type
    """Return what a JSON text says, where it says it once: of two equal keys nobody knows which one counts.

    Raises:
        ValueError: it is no JSON, or not plain.
    """
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a key stands twice in an object")
    return content


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")

"""The owner's scripts: files of `actions.d`, each beside a file that declares its parameters.

`NAME.json` is an object with `parameters`, by name: `{"type": "string", "characters": "a-z0-9_", "max_length": 32}`,
`{"type": "integer", "min": 1, "max": 30}`, `{"type": "choice", "choices": ["a", "b"]}` or `{"type": "boolean"}`, each
with `"required": true` where it must be given. They reach the script as `--NAME=VALUE`, in the order of the file.
"""

import os
import re
import string
from pathlib import Path
from typing import Any

from opsentrix_agent.actions.catalogue import Allowed, Plan
from opsentrix_agent.actions.machine import Machine
from opsentrix_agent.actions.parameters import Parameter, Params, checked
from opsentrix_agent.errors import PluginError, PolicyError, RefusedError
from opsentrix_agent.plugins.trust import check_trusted
from opsentrix_agent.policyfile import strict_json

MAX_PARAMETERS = 32
_MAX_BYTES = 64 * 1024
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_KEYS = {
    "string": {"type", "required", "help", "characters", "max_length"},
    "integer": {"type", "required", "help", "min", "max"},
    "choice": {"type", "required", "help", "choices"},
    "boolean": {"type", "required", "help"},
}
_ALPHABETS = {"a-z": string.ascii_lowercase, "A-Z": string.ascii_uppercase, "0-9": string.digits}


def plan(_verb: str, params: Params, _allowed: Allowed, machine: Machine) -> Plan:
    """Return how to run a script.

    Raises:
        RefusedError: it is not there, others could have written it, or the parameters are not those that it declares.
    """
    name = str(params["name"])
    path = machine.scripts / name
    try:
        declared = declaration(machine.scripts, name)
        check_trusted(path)
    except PolicyError as error:
        raise RefusedError(str(error)) from None
    except PluginError as error:
        raise RefusedError(f"The script is not run: {error}.") from None
    if not os.access(path, os.X_OK):
        raise RefusedError(f"The script {path} cannot be run: it is not executable.")
    given = checked(declared, {key: value for key, value in params.items() if key != "name"})
    return Plan((str(path), *(f"--{one.name}={_word(given[one.name])}" for one in declared if one.name in given)))


def declaration(folder: Path, name: str) -> tuple[Parameter, ...]:
    """Return the parameters that a script declares.

    Raises:
        PolicyError: the declaration is missing, wrong, or could have been written by others.
    """
    file = folder / f"{name}.json"
    try:
        check_trusted(file)
        with file.open("rb") as opened:
            content = strict_json(opened.read(_MAX_BYTES))
    except PluginError as error:
        raise PolicyError(f"The script is not run: {error}.") from None
    except (OSError, ValueError) as error:
        raise PolicyError(f"{file} cannot be understood: {error}.") from None
    parameters = content.get("parameters", {}) if isinstance(content, dict) else None
    if not isinstance(parameters, dict) or len(parameters) > MAX_PARAMETERS or content.keys() - {"parameters", "help"}:
        raise PolicyError(f"{file} must be an object with parameters, at most {MAX_PARAMETERS}, and help.")
    return tuple(_parameter(f"{file}: {key[:64]}", key, part) for key, part in parameters.items())


def _parameter(where: str, name: str, part: object) -> Parameter:
    kind = part.get("type") if isinstance(part, dict) else None
    if not isinstance(part, dict) or not isinstance(kind, str) or kind not in _KEYS or part.keys() - _KEYS[kind]:
        raise PolicyError(f"{where} must have a type of {', '.join(_KEYS)}, and what belongs to it.")
    required, text = part.get("required", False), part.get("help", "")
    if not _NAME.fullmatch(name) or name == "name" or not isinstance(required, bool) or not isinstance(text, str):
        raise PolicyError(f"{where} has no fitting name, required or help.")
    base = Parameter(name, kind, required=required, help=text[:200])
    if kind == "choice":
        return base._replace(choices=_choices(where, part.get("choices")))
    if kind == "string":
        # Behind `--NAME=` it is never an option of its own.
        most = _size(where, part, "max_length", 64, 1, 1024)
        return base._replace(characters=_characters(where, part.get("characters")), most=most, dash=True)
    if kind == "integer":
        least, most = _size(where, part, "min", 0, -(2**53), 2**53), _size(where, part, "max", 2**31, -(2**53), 2**53)
        return base._replace(least=least, most=most)
    return base


def _size(where: str, part: dict[str, Any], key: str, default: int, low: int, high: int) -> int:
    value = part.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise PolicyError(f"{where}.{key} must be from {low} to {high}.")
    return value


def _choices(where: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not 0 < len(value) <= 64:
        raise PolicyError(f"{where}.choices must be a list of 1 to 64 words.")
    if not all(isinstance(one, str) and one.isprintable() and len(one) <= 128 for one in value):
        raise PolicyError(f"{where}.choices must be printable words.")
    return tuple(value)


def _characters(where: str, value: object) -> str:
    """Return the characters of a class such as `a-zA-Z0-9._`; a dash that is no range stands at the end."""
    if not isinstance(value, str) or not value or not value.isascii() or not value.isprintable():
        raise PolicyError(f"{where}.characters must name the characters that it may hold, such as 'a-z0-9_'.")
    found = ""
    for spelled, meant in _ALPHABETS.items():
        if spelled in value:
            value, found = value.replace(spelled, ""), found + meant
    if "-" in value[:-1]:
        raise PolicyError(f"{where}.characters: the ranges are a-z, A-Z and 0-9; another dash stands at the end.")
    return found + value


def _word(value: str | int | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)

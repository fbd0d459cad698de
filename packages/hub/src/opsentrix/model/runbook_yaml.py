"""The form of runbooks for people: YAML to tree and back. `runbook_json` says what stands in it."""

import re

import yaml

from opsentrix.model import plain_yaml, runbook_json
from opsentrix.model.plain_yaml import Document, PlainYamlError
from opsentrix.model.runbook_errors import RunbookError
from opsentrix.model.runbook_json import Json
from opsentrix.model.runbooks import Runbook, Step

MAX_CHARS = 64 * 1024
_WIDTH = 100
_PLAIN = runbook_json.to_json(Runbook("plain", (Step("script"),)))
_BARE = re.compile(r"[^\W_](?:[^:#]|:(?=\S)|(?<=\S)#)*|[/($](?:[^:#]|:(?=\S)|(?<=\S)#)*")
"""A text that needs no quotes in a line of its own, by its characters."""
_RESOLVER = yaml.resolver.Resolver()


def parse(text: str) -> Runbook:
    """Read a runbook.

    Raises:
        RunbookError: it is none; the error has the place, and the path where it is about a part.
    """
    if len(text) > MAX_CHARS:
        raise RunbookError(f"the text has {len(text)} characters; at most {MAX_CHARS} are read")
    try:
        document = Document(text)
    except PlainYamlError as error:
        raise RunbookError(error.detail, place=error.place) from None
    try:
        return runbook_json.from_json(document.value)
    except RunbookError as error:
        here = document.place_of_name(error.path) if error.of_name else document.place(error.path, error.position)
        raise error.at(here) from None


def write(runbook: Runbook) -> str:
    """Return a runbook's canonical text; what is meant where nothing is said is left out."""
    said = runbook_json.to_json(runbook)
    for name in ("limits", "breaker"):
        said[name] = {key: value for key, value in said[name].items() if value != _PLAIN[name][key]}
        if not said[name]:
            del said[name]
    judged = "expect" in said or "worse" in said
    for name in ("approve_within",) if judged else ("within", "approve_within"):
        if said[name] == _PLAIN[name]:
            del said[name]
    return "".join(line + "\n" for name, value in said.items() for line in _part(name, value))


def _part(name: str, value: object) -> list[str]:
    match value:
        case list():
            return [f"{name}:", *(line for one in value for line in _entry(one))]
        case dict():
            return [f"{name}:", *(f"  {key}: {_scalar(one)}" for key, one in value.items())]
        case str() if "\n" in value:
            return [f"{name}: |", *(f"  {line}" if line else "" for line in value.split("\n"))]
    return [f"{name}: {_scalar(value)}"]


def _entry(part: Json) -> list[str]:
    """Return the lines of a step or a trigger."""
    lines: list[str] = []
    for name, value in part.items():
        if isinstance(value, dict):
            lines += _params(name, value)
        elif isinstance(value, list):
            lines.append(f"{name}: [{', '.join(map(_scalar, value))}]")
        else:
            lines.append(f"{name}: {_scalar(value)}")
    return [f"  - {lines[0]}", *(f"    {line}" for line in lines[1:])]


def _params(name: str, params: Json) -> list[str]:
    """Return parameters in one line, if they are short and simple, else in a line each."""
    pairs = [f"{_scalar(key)}: {_scalar(value)}" for key, value in params.items()]
    line = f"{name}: {{{', '.join(pairs)}}}"
    simple = all(not isinstance(value, str) or not set(value) & set(",[]{}:?'\"") for value in params.values())
    return [line] if simple and len(line) <= _WIDTH else [f"{name}:", *(f"  {one}" for one in pairs)]


def _scalar(value: object) -> str:
    """Return how a value is written; texts that any reader of YAML could take for something else have quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return str(value)
    bare = _BARE.fullmatch(value) and not value.endswith((":", " ")) and plain_yaml.resolved(value) == value
    tag: str = _RESOLVER.resolve(yaml.ScalarNode, value, (True, False))  # type: ignore[no-untyped-call]  # the stubs
    if bare and tag == yaml.resolver.BaseResolver.DEFAULT_SCALAR_TAG:
        return value
    escaped = value.replace("'", "''")
    return f"'{escaped}'"

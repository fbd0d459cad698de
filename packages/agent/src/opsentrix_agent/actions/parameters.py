"""The parameters of actions: what types they have, and that a command's are of these types and of nothing else."""

import string
from collections.abc import Sequence
from typing import Any, NamedTuple

from opsentrix_agent.errors import RefusedError
from opsentrix_agent.policyfile import strict_json

MAX_JSON_BYTES = 16 * 1024
WORD = string.ascii_letters + string.digits + "._-"

Value = str | int | bool
Params = dict[str, Value]


class Parameter(NamedTuple):
    """One parameter as an action declares it.

    Attributes:
        name: its key in a command's JSON.
        type: `string`, `integer`, `choice` or `boolean`.
        characters: all that a string may hold; empty for any that is printable.
        most: characters of a string, or the greatest integer.
        least: the smallest integer.
        choices: of a choice.
        suffix: may stand at the end of a string, and is taken off.
        dash: whether a string may begin with `-`; only where it never becomes a word of its own that a program parses.
    """

    name: str
    type: str = "string"
    required: bool = True
    characters: str = WORD
    most: int = 128
    least: int = 0
    choices: tuple[str, ...] = ()
    suffix: str = ""
    dash: bool = False
    help: str = ""

    def described(self) -> dict[str, Any]:
        """Return it as the hub is told."""
        said: dict[str, Any] = {"name": self.name, "type": self.type, "required": self.required}
        if self.type == "string":
            said |= {"max_length": self.most} | ({"characters": self.characters} if self.characters else {})
        elif self.type == "integer":
            said |= {"min": self.least, "max": self.most}
        elif self.type == "choice":
            said["choices"] = list(self.choices)
        return said | ({"help": self.help} if self.help else {})


def parse(text: str) -> dict[str, Any]:
    """Return the object that a command's parameters are; nothing else of it is checked.

    Raises:
        RefusedError: it is none.
    """
    try:
        if len(text) > MAX_JSON_BYTES:
            raise RefusedError(f"The parameters have more than {MAX_JSON_BYTES} characters.")
        given = strict_json(text)
    except ValueError as error:
        raise RefusedError(f"The parameters are not valid JSON: {error}.") from None
    if not isinstance(given, dict):
        raise RefusedError("The parameters are no JSON object.")
    return given


def checked(declared: Sequence[Parameter], given: dict[str, Any]) -> Params:
    """Return the parameters of a command, each of its declared type; those left out are left out.

    Raises:
        RefusedError: one is missing, wrong, or not known.
    """
    unknown = given.keys() - {one.name for one in declared}
    if unknown:
        raise RefusedError(f"The parameter {min(unknown)[:64]!r} is not known.")
    params: Params = {}
    for one in declared:
        if one.name in given:
            params[one.name] = _value(one, given[one.name])
        elif one.required:
            raise RefusedError(f"The parameter {one.name!r} is missing.")
    return params


def _value(declared: Parameter, value: object) -> Value:
    match declared.type:
        case "integer" if isinstance(value, int) and not isinstance(value, bool):
            if declared.least <= value <= declared.most:
                return value
            raise RefusedError(f"{declared.name} must be from {declared.least} to {declared.most}.")
        case "boolean" if isinstance(value, bool):
            return value
        case "choice" if isinstance(value, str) and value in declared.choices:
            return value
        case "choice":
            raise RefusedError(f"{declared.name} must be one of {', '.join(declared.choices)}.")
        case "string" if isinstance(value, str):
            return _string(declared, value)
    raise RefusedError(f"{declared.name} must be of the type {declared.type}.")


def _string(declared: Parameter, value: str) -> str:
    if len(value) > declared.most:
        raise RefusedError(f"{declared.name} has more than {declared.most} characters.")
    if not value.isprintable() or any(one not in declared.characters for one in value if declared.characters):
        raise RefusedError(f"{declared.name} holds a character that it may not hold.")
    value = value.removesuffix(declared.suffix)
    if not value:
        raise RefusedError(f"{declared.name} is empty.")
    if value.startswith("-") and not declared.dash:
        raise RefusedError(f"{declared.name} begins with a dash.")
    return value

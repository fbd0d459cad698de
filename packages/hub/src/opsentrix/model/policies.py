"""What the owners of machines allow, as agents tell it: read as what a stranger says, and never more than a forecast.

Whether a command runs, the agent decides, by the file itself. What is here lets people see beforehand what it will say.
"""

import ipaddress
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson

from opsentrix.model.commands import Effect

MAX_BYTES = 512 * 1024
MAX_ACTIONS = 64
MAX_PARAMETERS = 64
MAX_LISTS = 8
MAX_ENTRIES = 256
MAX_TEXT = 512
MAX_OPERATORS = 64
MAX_SCRIPTS = 256
_ACTION = re.compile(r"[a-z][a-z0-9_]{0,31}(?:\.[a-z][a-z0-9_]{0,31})?")
_WORD = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_KEY_ID = re.compile(r"[0-9a-f]{16}")
_LIMITS = ("timeout_s", "output_bytes", "memory_bytes", "cpu_s", "per_hour", "at_once")
_LISTED = {"units": "unit", "names": "name", "signals": "signal", "hosts": "host", "files": "file", "paths": "path"}
"""Which parameter each list of a policy is about; the others the agent judges by itself."""
READING = frozenset((
    "service.status", "package.list_updates", "log.tail", "diagnostics.collect", "network.ping", "network.traceroute",
    "network.dns", "network.http", "disk.usage_top",
))  # fmt: skip
"""Actions that only read. An agent that says so of another is not believed: it would spare people a proof."""

NOTHING = "Its owner allows no actions."
UNREADABLE = "The hub cannot read what this agent says of its policy."


class UnreadablePolicyError(Exception):
    """What an agent says of its policy has not the form that it must have."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What an agent said of its owner's policy, bounded.

    Attributes:
        allowed: `actions` by name (`effect`, `parameters`, `allowed`, `signers`, `scripts`), `limits`, `signers`.
        problem: why nothing is allowed although there is a policy, or why the hub cannot tell.
    """

    allowed: Mapping[str, Any]
    sha256: bytes
    problem: str

    @property
    def actions(self) -> Mapping[str, Any]:
        """Return what is said of each action that is allowed."""
        found: Mapping[str, Any] = self.allowed.get("actions", {})
        return found

    @property
    def why_nothing(self) -> str:
        """Return why nothing is allowed; empty when something is."""
        return "" if self.actions and not self.problem else self.problem or NOTHING


def told(allowed_json: str, digest: bytes, problem: str) -> Policy:
    """Return what an agent says of its policy; what cannot be read allows nothing."""
    said = "".join(one for one in problem[:1000] if one.isprintable())
    if not allowed_json:
        return Policy({}, b"", said)
    try:
        return Policy(_read(allowed_json, digest), digest, said)
    except UnreadablePolicyError:
        return Policy({}, b"", UNREADABLE)


def effect_of(action: str, policies: Collection[Policy]) -> Effect:
    """Return what an action does to machines: the gravest that any of them says, and never less than is known."""
    said = [Effect(one.actions[action]["effect"]) for one in policies if action in one.actions]
    least = Effect.READS if action in READING else Effect.CHANGES
    return max((least, *said), key=_strength)


def forecast(policy: Policy | None, action: str, params: Mapping[str, object], key_id: str | None) -> str:
    """Return why an agent would refuse a command; empty where nothing known speaks against it.

    Args:
        policy: that it told last; None when it never told any.
        action: wanted.
        params: wanted.
        key_id: of the operator's key that signs; None for the hub's.
    """
    if policy is None or policy.why_nothing:
        return NOTHING if policy is None else policy.why_nothing
    said = policy.actions.get(action)
    if said is None:
        return f"Its policy does not allow {action}."
    return _about_signers(policy, said, key_id) or _about_parameters(said, params) or _about_lists(said, params)


def _strength(effect: Effect) -> int:
    return effect.strength


def _about_signers(policy: Policy, said: Mapping[str, Any], key_id: str | None) -> str:
    if key_id is None:
        return "" if "hub" in said["signers"] else "Its policy demands the signature of an operator's key."
    known = [one["key_id"] for one in policy.allowed.get("signers", {}).get("operators", [])]
    trusted = "operator" in said["signers"] and key_id in known
    return "" if trusted else f"Its policy does not trust the key {key_id} for this."


def _about_parameters(said: Mapping[str, Any], params: Mapping[str, object]) -> str:
    declared = {one["name"]: one for one in said["parameters"]}
    if "scripts" in said:
        script = said["scripts"].get(str(params.get("name", "")))
        if script is None:
            return ""  # the list of names has the better words for it
        if script["problem"]:
            return f"The script cannot be used: {script['problem']}"
        declared |= {one["name"]: one for one in script["parameters"]}
    for name, one in declared.items():
        if name not in params:
            if one["required"]:
                return f"The parameter {name} is missing."
        elif problem := _about_value(one, params[name]):
            return f"{name} {problem}."
    unknown = [name for name in params if name not in declared]
    return f"The parameter {min(unknown)} is not known." if unknown else ""


def _about_value(declared: Mapping[str, Any], value: object) -> str:
    kind = declared["type"]
    if kind == "boolean":
        return "" if isinstance(value, bool) else "must be true or false"
    if kind == "integer":
        if not isinstance(value, int) or isinstance(value, bool):
            return "must be a whole number"
        low, high = declared.get("min", value), declared.get("max", value)
        return "" if low <= value <= high else f"must be from {low} to {high}"
    if kind == "choice":
        return "" if value in declared["choices"] else f"must be one of {', '.join(declared['choices'])}"
    return _about_text(declared, value) if isinstance(value, str) else "must be a text"


def _about_text(declared: Mapping[str, Any], value: str) -> str:
    if len(value) > declared.get("max_length", len(value)):
        return f"has more than {declared['max_length']} characters"
    characters = declared.get("characters", "")
    if not value.isprintable() or (characters and any(one not in characters for one in value)):
        return "holds a character that it may not hold"
    return "" if value else "is empty"


def _about_lists(said: Mapping[str, Any], params: Mapping[str, object]) -> str:
    for key, entries in said["allowed"].items():
        parameter = _LISTED.get(key, "")
        if parameter in params:
            value = str(params[parameter])
            if not any(isinstance(one, str) and _permits(key, one, value) for one in entries):
                return f"Its policy does not list the {parameter} {value[:128]}."
    if "scripts" in said:  # whose parameters may have any name
        return ""
    absent = [name for key, name in _LISTED.items() if name in params and key not in said["allowed"]]
    return f"Its policy lists no {absent[0]}." if absent else ""


def _permits(key: str, entry: str, value: str) -> bool:
    if key == "units":
        return _matches(entry.removesuffix(".service"), value.removesuffix(".service"))
    if key == "hosts":
        return _host_matches(entry, value)
    if key in ("files", "paths"):
        wanted, parts = entry.split("/"), value.split("/")
        return len(wanted) == len(parts) and all(map(_matches, wanted, parts))
    return _matches(entry, value)


def _host_matches(entry: str, host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
        return address in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return "/" not in entry and _matches(entry.lower(), host.lower())


def _matches(pattern: str, text: str) -> bool:
    """Return whether a text is as a pattern with `*` and `?` says, in bounded time whatever the pattern."""
    at = place = 0
    star, resume = -1, 0
    while at < len(text):
        if place < len(pattern) and pattern[place] == "*":
            star, resume, place = place, at, place + 1
        elif place < len(pattern) and pattern[place] in ("?", text[at]):
            place, at = place + 1, at + 1
        elif star >= 0:
            resume += 1
            place, at = star + 1, resume
        else:
            return False
    return not pattern[place:].strip("*")


def _read(text: str, digest: bytes) -> dict[str, Any]:
    raw = text.encode()
    if len(raw) > MAX_BYTES or sha256(raw).digest() != digest or "\\u0000" in text:
        raise UnreadablePolicyError
    try:
        content = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise UnreadablePolicyError from None
    said = _object(content)
    actions = _object(said.get("actions"), MAX_ACTIONS)
    signers = _object(said.get("signers"))
    return {
        "actions": {_matching(_ACTION, name): _action(_object(part)) for name, part in actions.items()},
        "limits": {key: _whole(value) for key, value in _object(said.get("limits")).items() if key in _LIMITS},
        "signers": {
            "hub": signers.get("hub") is True,
            "operators": [_operator(_object(one)) for one in _list(signers.get("operators", []), MAX_OPERATORS)],
        },
    }


def _action(part: dict[str, Any]) -> dict[str, Any]:
    said = {
        "effect": _one_of(part.get("effect"), tuple(Effect)),
        "parameters": _parameters(part.get("parameters")),
        "allowed": {
            _matching(_WORD, key): [_entry(one) for one in _list(entries, MAX_ENTRIES)]
            for key, entries in _object(part.get("allowed"), MAX_LISTS).items()
        },
        "signers": [_one_of(one, ("hub", "operator")) for one in _list(part.get("signers"), 2)],
    }
    if "scripts" in part:
        scripts = _object(part["scripts"], MAX_SCRIPTS)
        said["scripts"] = {_matching(_WORD, name): _script(_object(one)) for name, one in scripts.items()}
    return said


def _script(part: dict[str, Any]) -> dict[str, Any]:
    return {"parameters": _parameters(part.get("parameters", [])), "problem": _cleaned(part.get("problem", ""))}


def _parameters(part: object) -> list[dict[str, Any]]:
    return [_parameter(_object(one)) for one in _list(part, MAX_PARAMETERS)]


def _parameter(part: dict[str, Any]) -> dict[str, Any]:
    said = {
        "name": _matching(_WORD, part.get("name")),
        "type": _one_of(part.get("type"), ("string", "integer", "choice", "boolean")),
        "required": part.get("required") is True,
        "help": _cleaned(part.get("help", "")),
    }
    if said["type"] == "choice":
        said["choices"] = [_text(one) for one in _list(part.get("choices"), MAX_ENTRIES)]
    said |= {key: _whole(part[key]) for key in ("min", "max", "max_length") if key in part}
    return said | ({"characters": _text(part["characters"])} if "characters" in part else {})


def _operator(part: dict[str, Any]) -> dict[str, Any]:
    return {"name": _text(part.get("name")), "key_id": _matching(_KEY_ID, part.get("key_id"))}


def _entry(value: object) -> object:
    if isinstance(value, dict):
        return {key: _text(value.get(key)) for key in ("name", "user")}
    return _text(value)


def _object(value: object, most: int = 64) -> dict[str, Any]:
    if not isinstance(value, dict) or len(value) > most:
        raise UnreadablePolicyError
    return value


def _list(value: object, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise UnreadablePolicyError
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT or not value.isprintable():
        raise UnreadablePolicyError
    return value


def _cleaned(value: object) -> str:
    """Return words for people: an owner's line feed in them must not make the rest unreadable."""
    text = value if isinstance(value, str) else ""
    return "".join(one for one in text[:MAX_TEXT] if one.isprintable())


def _whole(value: object) -> int:
    # What a browser keeps exactly; a policy's own limits are far below.
    if not isinstance(value, int) or isinstance(value, bool) or not -(2**63) <= value < 2**63:
        raise UnreadablePolicyError
    return value


def _matching(pattern: re.Pattern[str], value: object) -> str:
    if not isinstance(value, str) or pattern.fullmatch(value) is None:
        raise UnreadablePolicyError
    return value


def _one_of(value: object, known: Collection[str]) -> str:
    if not isinstance(value, str) or value not in known:
        raise UnreadablePolicyError
    return str(value)

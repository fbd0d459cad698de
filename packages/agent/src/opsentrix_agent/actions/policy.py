"""What the owner allows of actions: the parts `actions`, `signers` and `limits` of the policy.

A policy of which any part cannot be understood allows nothing at all: what was meant by the rest, nobody knows.
"""

from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any, NamedTuple

from opsentrix_protocol.commands import key_id

from opsentrix_agent.actions.catalogue import CATALOGUE, Action, Allowed
from opsentrix_agent.errors import PolicyError
from opsentrix_agent.policyfile import read_policy

MAX_OPERATORS = 64
_PARTS = {"actions", "signers", "limits", "upgrades"}
_KEY_BYTES = 32
_LIMITS = {
    "timeout_s": (1, 3600),
    "output_bytes": (4096, 16 << 20),
    "memory_bytes": (64 << 20, 64 << 30),
    "cpu_s": (1, 3600),
    "per_hour": (1, 600),
    "at_once": (1, 4),
}


class Limits(NamedTuple):
    """What one command may take, and how many may be."""

    timeout_s: int = 300
    output_bytes: int = 1 << 20
    memory_bytes: int = 512 << 20
    cpu_s: int = 60
    per_hour: int = 60
    at_once: int = 4


class Operator(NamedTuple):
    """A person whose key the owner trusts; 32 bytes of it."""

    name: str
    key: bytes


class Allowance(NamedTuple):
    """What is allowed of one action.

    Attributes:
        lists: entries by the keys of the action's rules.
        signers: `hub`, `operator` or both.
    """

    lists: Allowed
    signers: frozenset[str]


class ActionPolicy(NamedTuple):
    """What the owner allows.

    Attributes:
        actions: by name.
        hub: whether the hub's key signs, where an action does not demand an operator's.
        hub_key: the hub's public key of 32 bytes, where the owner does not leave it to the enrollment.
    """

    actions: dict[str, Allowance]
    hub: bool
    operators: tuple[Operator, ...]
    limits: Limits
    hub_key: bytes | None = None

    def described(self) -> dict[str, Any]:
        """Return all of it as the hub is told."""
        return {
            "actions": {name: _described(CATALOGUE[name], allowed) for name, allowed in self.actions.items()},
            "limits": self.limits._asdict(),
            "signers": {
                "hub": self.hub,
                "operators": [{"name": one.name, "key_id": key_id(one.key)} for one in self.operators],
            },
        }


def load_policy(file: Path) -> ActionPolicy:
    """Return what the owner allows.

    Raises:
        NoPolicyError: there is no policy.
        PolicyError: it cannot be followed.
    """
    return parse_policy(read_policy(file), str(file))


def parse_policy(content: dict[str, Any], where: str) -> ActionPolicy:
    """Return what a policy's content allows.

    Args:
        content: of the file.
        where: its name, for people.

    Raises:
        PolicyError: any part of it cannot be understood.
    """
    _check_keys(where, content, _PARTS)
    signers = _object(f"{where}: signers", content.get("signers", {}))
    _check_keys(f"{where}: signers", signers, {"hub", "hub_key", "operators"})
    hub = signers.get("hub", False)
    if not isinstance(hub, bool):
        raise PolicyError(f"{where}: signers.hub must be true or false.")
    hub_key = decoded_key(signers.get("hub_key"))
    if "hub_key" in signers and hub_key is None:
        raise PolicyError(f"{where}: signers.hub_key is no public key in base64.")
    operators = _operators(f"{where}: signers.operators", signers.get("operators", []))
    limits = _limits(f"{where}: limits", content.get("limits", {}))
    actions = {
        name: _allowance(f"{where}: actions.{name[:64]}", name, part, hub=hub)
        for name, part in _object(f"{where}: actions", content.get("actions", {})).items()
    }
    return ActionPolicy(actions, hub, operators, limits, hub_key)


def _allowance(where: str, name: str, part: object, *, hub: bool) -> Allowance:
    action = CATALOGUE.get(name)
    if action is None:
        raise PolicyError(f"{where}: there is no such action.")
    content = _object(where, part)
    _check_keys(where, content, {"signers", *(rule.key for rule in action.rules)})
    lists = {
        rule.key: rule.parsed(f"{where}.{rule.key}", content.get(rule.key))
        for rule in action.rules
        if rule.required or rule.key in content
    }
    if action.rules and not lists:
        raise PolicyError(f"{where} must list {' or '.join(rule.key for rule in action.rules)}.")
    own = content.get("signers", [*action.signers])
    if not isinstance(own, list) or not own or any(one not in action.signers for one in own):
        raise PolicyError(f"{where}.signers must list {' or '.join(action.signers)}.")
    return Allowance(lists, frozenset(own) if hub else frozenset(own) - {"hub"})


def _limits(where: str, part: object) -> Limits:
    content = _object(where, part)
    _check_keys(where, content, set(_LIMITS))
    for key, value in content.items():
        low, high = _LIMITS[key]
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise PolicyError(f"{where}.{key} must be from {low} to {high}.")
    return Limits(**content)


def _operators(where: str, part: object) -> tuple[Operator, ...]:
    if not isinstance(part, list) or len(part) > MAX_OPERATORS:
        raise PolicyError(f"{where} must be a list of at most {MAX_OPERATORS}.")
    operators = tuple(_operator(where, one) for one in part)
    if len({one.key for one in operators}) != len(operators):
        raise PolicyError(f"{where}: a key stands there twice.")
    return operators


def _operator(where: str, part: object) -> Operator:
    content = _object(where, part)
    name, text = content.get("name"), content.get("key")
    if content.keys() != {"name", "key"} or not isinstance(name, str) or not 0 < len(name) <= 64:
        raise PolicyError(f"{where} must hold objects with name and key.")
    key = decoded_key(text)
    if key is None or not name.isprintable():
        raise PolicyError(f"{where}: {name[:64]!r} has no public key in base64.")
    return Operator(name, key)


def decoded_key(text: object) -> bytes | None:
    """Return the 32 bytes of a public key in base64; None where it is none."""
    try:
        key = b64decode(text, validate=True) if isinstance(text, str) else b""
    except ValueError:
        return None
    return key if len(key) == _KEY_BYTES and b64encode(key).decode() == text else None


def _described(action: Action, allowed: Allowance) -> dict[str, Any]:
    return {
        "effect": action.effect,
        "parameters": [one.described() for one in action.parameters],
        "allowed": {
            key: [dict(zip(("name", "user"), one, strict=True)) if isinstance(one, tuple) else one for one in entries]
            for key, entries in allowed.lists.items()
        },
        "signers": sorted(allowed.signers),
    }


def _object(where: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise PolicyError(f"{where} must be an object.")
    return value


def _check_keys(where: str, content: dict[str, Any], known: set[str]) -> None:
    unknown = content.keys() - known
    if unknown:
        raise PolicyError(f"{where}: {min(unknown)[:64]!r} is not known; known are {', '.join(sorted(known))}.")

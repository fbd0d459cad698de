"""`opsentrix-agent policy allow`: puts actions and signers into the owner's policy; the installer calls it."""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from opsentrix_agent.actions.catalogue import CATALOGUE
from opsentrix_agent.actions.policy import parse_policy
from opsentrix_agent.errors import NoPolicyError, PolicyError
from opsentrix_agent.policyfile import read_policy


def allow(file: Path, actions: Sequence[str], signers: Sequence[str]) -> int:
    """Add to a policy, which is made if need be; what it says besides stays as it is.

    Args:
        file: the policy.
        actions: such as `service.restart:nginx,php-fpm` or `diagnostics.collect`.
        signers: `hub`, or `operator:NAME=KEY`; where the policy names none and none is given, the hub.

    Raises:
        PolicyError: a word cannot be understood, or the policy cannot be read or written; it is as it was then.
    """
    try:
        content = read_policy(file)
    except NoPolicyError:
        content = {}
    before = json.dumps(content)
    for word in actions:
        _allow_action(content, word)
    for word in signers or ([] if "signers" in content else ["hub"]):
        _allow_signer(content, word)
    parse_policy(content, str(file))
    if json.dumps(content) != before:
        _write(file, content)
        sys.stdout.write("changed\n")
    return 0


def _allow_action(content: dict[str, Any], word: str) -> None:
    name, _, entries = word.partition(":")
    action = CATALOGUE.get(name)
    if action is None:
        raise PolicyError(f"{name[:64]!r} is no action; there are {', '.join(CATALOGUE)}.")
    required = [rule.key for rule in action.rules if rule.required] or [rule.key for rule in action.rules][:1]
    if len(required) > 1:
        raise PolicyError(f"{name} needs {' and '.join(required)}: write them into the policy by hand.")
    if bool(entries) != bool(required):
        raise PolicyError(f"{name} " + (f"needs {required[0]}: {name}:ONE,TWO." if required else "takes no list."))
    part = content.setdefault("actions", {}).setdefault(name, {})
    if required:
        present = part.setdefault(required[0], [])
        present.extend(one for one in dict.fromkeys(entries.split(",")) if one not in present)


def _allow_signer(content: dict[str, Any], word: str) -> None:
    signers = content.setdefault("signers", {})
    name, equals, key = word.removeprefix("operator:").partition("=")
    if word == "hub":
        signers["hub"] = True
    elif word.startswith("operator:") and equals:
        operators = signers.setdefault("operators", [])
        if not any(one.get("key") == key for one in operators):
            operators.append({"name": name, "key": key})
    else:
        raise PolicyError(f"{word[:64]!r} is no signer: hub, or operator:NAME=KEY.")


def _write(file: Path, content: dict[str, Any]) -> None:
    temporary = file.with_name(f".{file.name}.new")
    try:
        file.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        with temporary.open("w", encoding="utf-8") as opened:
            opened.write(json.dumps(content, indent=2) + "\n")
            opened.flush()
            os.fsync(opened.fileno())
        temporary.chmod(0o644)
        temporary.replace(file)
    except OSError as error:
        raise PolicyError(f"The policy {file} cannot be written: {error.strerror}.") from None

"""What several machines allow together: what one can ask of a fleet at once."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from opsentrix.model.commands import Effect
from opsentrix.model.policies import MAX_ENTRIES, MAX_SCRIPTS, Policy, effect_of


@dataclass(frozen=True, slots=True)
class Offer:
    """An action that at least one machine allows.

    Attributes:
        agents: how many allow it.
        parameters: as the first of them declares them; releases hardly ever differ in that.
        allowed: what any of them lists.
        signers: whose signature counts on any of them.
        scripts: of any of them.
        operators: the ids of operators' keys that any of them trusts for it.
    """

    name: str
    effect: Effect
    agents: int
    parameters: list[dict[str, Any]]
    allowed: dict[str, list[Any]]
    signers: list[str]
    scripts: dict[str, dict[str, Any]]
    operators: list[str]


def offers(policies: Collection[Policy]) -> list[Offer]:
    """Return what machines allow, each action once, by name."""
    usable = [one for one in policies if not one.why_nothing]
    return [_offer(name, usable) for name in sorted({name for one in usable for name in one.actions})]


def _offer(name: str, policies: Collection[Policy]) -> Offer:
    allowing = [one for one in policies if name in one.actions]
    said = [one.actions[name] for one in allowing]
    keys = {key for one in said for key in one["allowed"]}
    scripts: dict[str, dict[str, Any]] = {}
    for one in said:
        for script, declared in one.get("scripts", {}).items():
            if script in scripts or len(scripts) < MAX_SCRIPTS:
                scripts.setdefault(script, declared)
    return Offer(
        name, effect_of(name, allowing), len(said), said[0]["parameters"],
        {key: _union(one["allowed"].get(key, ()) for one in said) for key in sorted(keys)},
        sorted({signer for one in said for signer in one["signers"]}),
        scripts,
        sorted({
            key["key_id"] for one in allowing if "operator" in one.actions[name]["signers"]
            for key in one.allowed.get("signers", {}).get("operators", [])
        }),
    )  # fmt: skip


def _union(lists: Iterable[Collection[Any]]) -> list[Any]:
    found: list[Any] = []
    for one in lists:
        found.extend(entry for entry in one if entry not in found)
    return found[:MAX_ENTRIES]

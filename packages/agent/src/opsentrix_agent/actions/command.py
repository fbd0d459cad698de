"""The commands `opsentrix-agent execute` and `opsentrix-agent policy`."""

import json
import sys
from hashlib import sha256
from pathlib import Path

from opsentrix_protocol import opsentrix_pb2 as pb

from opsentrix_agent.actions.catalogue import CATALOGUE
from opsentrix_agent.actions.executor import Site, execute
from opsentrix_agent.actions.kinds.script import declaration
from opsentrix_agent.actions.machine import Machine
from opsentrix_agent.actions.places import SCRIPTS, policy_file
from opsentrix_agent.actions.policy import ActionPolicy, load_policy
from opsentrix_agent.actions.running import Channel
from opsentrix_agent.errors import NoPolicyError, PolicyError

STATE_WITHIN_S = 5.0


def site_of(config: Path | None, state_dir: Path) -> Site:
    """Return where an executor finds what it goes by."""
    policy = policy_file(config)
    return Site(policy, state_dir, Machine(scripts=policy.with_name(SCRIPTS)))


def run_step(step: str, config: Path | None, state_dir: Path) -> int:
    """Run what the agent starts: `run` one command, `settle` what is not told, or say the `state` of the policy."""
    site = site_of(config, state_dir)
    if step == "settle":
        from opsentrix_agent.actions.settle import settle

        return settle(site)
    if step == "state":
        channel = Channel(0, 1)
        channel.say(pb.AgentMessage(policy_state=policy_state(site)))
        channel.flush(STATE_WITHIN_S)
        return 0
    return execute(site)


def policy_state(site: Site) -> pb.PolicyState:
    """Return what the hub is told of the policy."""
    try:
        policy = load_policy(site.policy)
        allowed = json.dumps(described(policy, site.machine), separators=(",", ":"), sort_keys=True)
    except NoPolicyError:
        return pb.PolicyState()
    except PolicyError as error:
        return pb.PolicyState(problem=str(error)[:1000])
    if not policy.actions:
        return pb.PolicyState()
    problem = "" if policy.hub or policy.operators else "The policy names nobody whose signature counts."
    return pb.PolicyState(allowed_json=allowed, sha256=sha256(allowed.encode()).digest(), problem=problem)


def described(policy: ActionPolicy, machine: Machine) -> dict[str, object]:
    """Return the policy as the hub is told, with the parameters of scripts."""
    said = policy.described()
    if "script" in policy.actions:
        names = policy.actions["script"].lists["names"]
        said["actions"]["script"]["scripts"] = {name: _script(machine, name) for name in names}
    return said


def _script(machine: Machine, name: str) -> dict[str, object]:
    try:
        return {"parameters": [one.described() for one in declaration(machine.scripts, name)]}
    except PolicyError as error:
        return {"problem": str(error)}


def show(config: Path | None, *, as_json: bool) -> int:
    """Print what the owner allows; without a policy that is nothing."""
    file = policy_file(config)
    try:
        policy = load_policy(file)
    except NoPolicyError:
        sys.stdout.write(f"Nothing is allowed: there is no {file}.\n")
        return 0
    if as_json:
        sys.stdout.write(json.dumps(described(policy, site_of(config, Path()).machine), indent=2) + "\n")
        return 0
    for name, allowed in policy.actions.items():
        lists = "; ".join(f"{key} {', '.join(map(_plain, entries))}" for key, entries in allowed.lists.items())
        signers = " or ".join(sorted(allowed.signers)) or "nobody"
        sys.stdout.write(f"{name:<22} {CATALOGUE[name].effect:<9} signed by {signers:<16} {lists}\n")
    if not policy.actions:
        sys.stdout.write("No action is allowed.\n")
    return 0


def check(file: Path) -> int:
    """Say whether a policy would be followed.

    Raises:
        PolicyError: it would not; the text says why.
    """
    policy = load_policy(file.absolute())
    sys.stdout.write(f"{file} is good: {', '.join(policy.actions) or 'it allows no action'}.\n")
    return 0


def _plain(entry: object) -> str:
    return " of ".join(entry) if isinstance(entry, tuple) else str(entry)

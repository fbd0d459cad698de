"""Whether a command is followed: every question that is asked of it, in the order in which they are asked."""

from hashlib import sha256
from typing import NamedTuple

from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.commands import approval_text, command_text, key_id
from opsentrix_protocol.errors import ProtocolError

from opsentrix_agent.actions.catalogue import CATALOGUE, Action, Plan
from opsentrix_agent.actions.journal import History
from opsentrix_agent.actions.machine import Machine
from opsentrix_agent.actions.parameters import Params, checked, parse
from opsentrix_agent.actions.policy import ActionPolicy, Allowance
from opsentrix_agent.ed25519 import verify
from opsentrix_agent.errors import RefusedError

AHEAD_MS = 5 * 60 * 1000
"""A hub's clock may be so much ahead of the agent's."""
MAX_LIFE_MS = 24 * 3600 * 1000
HOUR_MS = 3600 * 1000


class Agent(NamedTuple):
    """Who is asked.

    Attributes:
        agent_id: in the hub.
        hub_key: the hub's public key that signs commands, 32 bytes.
    """

    agent_id: int
    hub_key: bytes


class Verdict(NamedTuple):
    """A command that is to be followed.

    Attributes:
        timeout_s: of the command, within the policy's.
        resource: what is to be locked; empty for nothing.
        approval: id of the standing approval that it counts for; empty for none.
    """

    plan: Plan
    timeout_s: float
    resource: str
    approval: str


def judge(
    command: pb.Command, policy: ActionPolicy, agent: Agent, history: History, machine: Machine, now_ms: int
) -> Verdict:
    """Return how to follow a command.

    Whether its resource is free and few enough run is for the caller to see, who takes both at once.

    Raises:
        RefusedError: it is not followed; the first reason that was found.
    """
    approval = _check_signed(command, policy, agent)
    if command.agent_id != agent.agent_id:
        raise RefusedError(f"The command is for agent {command.agent_id}, and this one is {agent.agent_id}.")
    _check_time("The command", command.issued_ms, command.expires_ms, MAX_LIFE_MS, max(now_ms, history.clock_ms))
    if command.id in history.runs:
        raise RefusedError(f"The command {command.id} was received before.")
    if command.nonce.hex() in history.nonces:
        raise RefusedError("The command's nonce was used before.")
    allowed = policy.actions.get(command.action)
    if allowed is None:
        raise RefusedError(f"The policy does not allow {command.action[:64]!r}.")
    action = CATALOGUE[command.action]
    params = _params(action, allowed, command.params_json)
    plan = action.plan(params, allowed.lists, machine)
    _check_often(policy, history, approval, max(now_ms, history.clock_ms))
    limit_s = policy.limits.timeout_s
    return Verdict(
        plan,
        min(limit_s, command.timeout_ms / 1000) if command.timeout_ms else limit_s,
        action.resource.format(**params),
        approval.id if approval else "",
    )


def _check_signed(command: pb.Command, policy: ActionPolicy, agent: Agent) -> pb.StandingApproval | None:
    """Check that one signed it whose signature counts for this action; return the approval that it rests on, if any."""
    hub = key_id(agent.hub_key)
    try:
        text = command_text(command, hub)
    except ProtocolError as error:
        raise RefusedError(f"The command is not well formed: {error}.") from None
    allowed = policy.actions.get(command.action)
    signers = allowed.signers if allowed else frozenset({"hub", "operator"} if policy.hub else {"operator"})
    operators = {key_id(one.key): one.key for one in policy.operators} if "operator" in signers else {}
    approved = command.HasField("approval")
    if command.key_id == hub:
        if "hub" not in signers and not approved:
            raise RefusedError("The policy demands the signature of an operator's key.")
        key: bytes | None = agent.hub_key
    else:
        key, approved = operators.get(command.key_id), False
    if key is None:
        raise RefusedError(f"The policy trusts no key {command.key_id[:32]!r} for this.")
    if not verify(key, text, command.signature):
        raise RefusedError("The command's signature is not good: it was made by another key, or something was changed.")
    if not approved or "hub" in signers:
        return None
    _check_approval(command, hub, operators)
    return command.approval


def _check_approval(command: pb.Command, hub: str, operators: dict[str, bytes]) -> None:
    """Check that a standing approval is of an operator and for this command; its times are looked at later."""
    approval = command.approval
    key = operators.get(approval.key_id)
    try:
        text = approval_text(approval, hub)
    except ProtocolError as error:
        raise RefusedError(f"The approval is not well formed: {error}.") from None
    if key is None:
        raise RefusedError(f"The policy trusts no key {approval.key_id[:32]!r} for approvals of this.")
    if not verify(key, text, approval.signature):
        raise RefusedError(
            "The approval's signature is not good: it was made by another key, or something was changed."
        )
    if command.agent_id not in approval.agent_ids:
        raise RefusedError("The approval is not for this agent.")
    if approval.action != command.action or approval.params_sha256 != sha256(command.params_json.encode()).digest():
        raise RefusedError("The approval is for another action, or for other parameters.")


def _check_time(what: str, issued_ms: int, expires_ms: int, life_ms: int | None, now_ms: int) -> None:
    if issued_ms > now_ms + AHEAD_MS:
        raise RefusedError(
            f"{what} is of the time {issued_ms}, and here it is {now_ms} ms: one of the clocks is wrong."
        )
    if expires_ms <= now_ms:
        raise RefusedError(f"{what} expired at {expires_ms}, and here it is {now_ms} ms.")
    if life_ms is not None and expires_ms > issued_ms + life_ms:
        raise RefusedError(f"{what} would be good for more than {life_ms // HOUR_MS} hours.")


def _params(action: Action, allowed: Allowance, text: str) -> Params:
    """Return the parameters, which the action declares and the policy lists."""
    given = parse(text)
    declared = {one.name for one in action.parameters}
    params = checked(action.parameters, {key: given[key] for key in given if key in declared or not action.open})
    if action.one_of and sum(name in params for name in action.one_of) != 1:
        raise RefusedError(f"Exactly one of {' and '.join(action.one_of)} must be given.")
    for rule in action.rules:
        if rule.parameter in params and not rule.permits(
            allowed.lists.get(rule.key, ()), value := str(params[rule.parameter])
        ):
            raise RefusedError(f"The policy does not list the {rule.parameter} {value[:128]!r}.")
    return params | {key: value for key, value in given.items() if key not in declared}


def _check_often(policy: ActionPolicy, history: History, approval: pb.StandingApproval | None, now_ms: int) -> None:
    if history.begun_since(now_ms - HOUR_MS) >= policy.limits.per_hour:
        raise RefusedError(f"The policy allows {policy.limits.per_hour} commands an hour, and so many were begun.")
    if approval is None:
        return
    _check_time("The approval", approval.issued_ms, approval.expires_ms, None, now_ms)
    if history.begun_since(now_ms - HOUR_MS, approval.id) >= approval.per_hour:
        raise RefusedError(f"The approval allows {approval.per_hour} commands an hour, and so many were begun.")

"""Every question that is asked of a command, each answered wrongly once."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from opsentrix_agent.actions.journal import History
from opsentrix_agent.actions.judge import AHEAD_MS, HOUR_MS, MAX_LIFE_MS
from opsentrix_agent.errors import RefusedError
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.commands import approval_text, key_id
from opsentrix_protocol.errors import ProtocolError

from .support import ANA, HUB, NOW_MS, STRANGER, approve, ask, command, policy_of, public, sign

READ = {"log.tail": {"files": ["/var/log/nginx/*.log"]}, "diagnostics.collect": {}, "shell": {}}
MANUAL = {"diagnostics.collect": {"signers": ["operator"]}}


def collect(key: Ed25519PrivateKey = HUB, now_ms: int = NOW_MS, **changed: object) -> pb.Command:
    return command("diagnostics.collect", {}, key, now_ms, **changed)


def begun(made: pb.Command, at: int = NOW_MS, approval: str = "") -> History:
    history = History()
    started = {"what": "started", "id": made.id, "nonce": made.nonce.hex(), "at": at, "expires": made.expires_ms}
    history.add(started | {"approval": approval})
    return history


def test_a_command_that_is_right_in_all_is_followed() -> None:
    verdict = ask(collect(timeout_ms=1500), policy_of(READ, timeout_s=10))
    assert (verdict.timeout_s, verdict.resource, verdict.approval) == (1.5, "", "")
    assert ask(collect(timeout_ms=20_000), policy_of(READ, timeout_s=10)).timeout_s == 10
    assert ask(collect(), policy_of(READ, timeout_s=10)).timeout_s == 10


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda made: setattr(made, "params_json", '{"x":1}'), "signature is not good"),
        (lambda made: setattr(made, "timeout_ms", 9), "signature is not good"),
        (lambda made: setattr(made, "expires_ms", made.expires_ms + 1), "signature is not good"),
        (lambda made: setattr(made, "agent_id", 8), "signature is not good"),
        (lambda made: setattr(made, "nonce", bytes(16)), "signature is not good"),
        (lambda made: setattr(made, "by", "root"), "signature is not good"),
        (lambda made: setattr(made, "signature", made.signature[:-1]), "signature is not good"),
        (lambda made: setattr(made, "signature", b""), "signature is not good"),
        (lambda made: setattr(made, "id", "a\nb"), "not well formed"),
        (lambda made: setattr(made, "nonce", bytes(15)), "not well formed"),
        (lambda made: setattr(made, "key_id", ""), "trusts no key ''"),
        (lambda made: setattr(made, "key_id", key_id(public(ANA))), "signature is not good"),
    ],
)
def test_whatever_is_changed_after_the_signature_is_noticed(change: Callable[[pb.Command], None], said: str) -> None:
    made = collect()
    change(made)
    with pytest.raises(RefusedError, match=said):
        ask(made, policy_of(READ))


def test_a_key_that_the_owner_does_not_trust_signs_nothing() -> None:
    with pytest.raises(RefusedError, match="trusts no key"):
        ask(collect(key=STRANGER), policy_of(READ))
    made = collect()
    made.signature = sign(collect(), STRANGER).signature
    with pytest.raises(RefusedError, match="signature is not good"):
        ask(made, policy_of(READ))


def test_a_command_for_another_agent_or_of_another_hub_is_refused() -> None:
    with pytest.raises(RefusedError, match="is for agent 8, and this one is 7"):
        ask(collect(agent_id=8), policy_of(READ))
    made = sign(collect(), ANA, key_id(public(STRANGER)))
    with pytest.raises(RefusedError, match="signature is not good"):
        ask(made, policy_of(READ))


@pytest.mark.parametrize("off_ms", [AHEAD_MS + 1000, 3 * HOUR_MS])
def test_a_clock_that_is_wrong_either_way_is_named(off_ms: int) -> None:
    with pytest.raises(RefusedError, match="one of the clocks is wrong") as ahead:
        ask(collect(now_ms=NOW_MS + off_ms), policy_of(READ))
    assert str(NOW_MS) in str(ahead.value)
    with pytest.raises(RefusedError, match=rf"expired at .*, and here it is {NOW_MS} ms"):
        ask(collect(now_ms=NOW_MS - off_ms), policy_of(READ))


def test_a_command_is_good_for_a_day_at_the_most() -> None:
    ask(collect(issued_ms=NOW_MS, expires_ms=NOW_MS + MAX_LIFE_MS), policy_of(READ))
    with pytest.raises(RefusedError, match="more than 24 hours"):
        ask(collect(issued_ms=NOW_MS, expires_ms=NOW_MS + MAX_LIFE_MS + 1), policy_of(READ))
    with pytest.raises(RefusedError, match="more than 24 hours"):
        ask(collect(issued_ms=-(2**63), expires_ms=2**63 - 1), policy_of(READ))


def test_nothing_is_followed_twice() -> None:
    made = collect()
    with pytest.raises(RefusedError, match="was received before"):
        ask(made, policy_of(READ), begun(made))
    with pytest.raises(RefusedError, match="nonce was used before"):
        ask(collect(nonce=made.nonce), policy_of(READ), begun(made))


def test_setting_the_clock_back_brings_no_expired_command_back() -> None:
    later = begun(collect(now_ms=NOW_MS + HOUR_MS), NOW_MS + HOUR_MS)
    with pytest.raises(RefusedError, match="expired"):
        ask(collect(), policy_of(READ), later)


def test_what_the_policy_does_not_name_is_refused() -> None:
    with pytest.raises(RefusedError, match=r"does not allow 'host\.reboot'"):
        ask(command("host.reboot"), policy_of(READ))
    with pytest.raises(RefusedError, match=r"does not allow 'nothing\.such'"):
        ask(command("nothing.such"), policy_of(READ))
    with pytest.raises(RefusedError, match="does not list the file"):
        ask(command("log.tail", {"file": "/var/log/auth.log"}), policy_of(READ))
    with pytest.raises(RefusedError, match="does not list the unit"):
        ask(command("log.tail", {"unit": "nginx"}), policy_of(READ))
    with pytest.raises(RefusedError, match="Exactly one of file and unit"):
        ask(command("log.tail", {"file": "/var/log/nginx/a.log", "unit": "nginx"}), policy_of(READ))
    with pytest.raises(RefusedError, match="Exactly one of file and unit"):
        ask(command("log.tail", {}), policy_of(READ))


def test_where_an_operator_is_demanded_the_hub_alone_counts_nothing() -> None:
    with pytest.raises(RefusedError, match="demands the signature of an operator"):
        ask(collect(), policy_of(MANUAL))
    with pytest.raises(RefusedError, match="demands the signature of an operator"):
        ask(collect(), policy_of(READ, hub=False))
    with pytest.raises(RefusedError, match="demands the signature of an operator"):
        ask(command("shell", {"command": "id"}), policy_of(READ))
    ask(collect(key=ANA), policy_of(MANUAL))
    ask(collect(key=ANA), policy_of(READ, hub=False))
    assert ask(command("shell", {"command": "id"}, ANA), policy_of(READ)).plan.argv == ("/bin/sh", "-c", "id")


def test_where_the_hub_alone_is_named_an_operator_counts_nothing() -> None:
    with pytest.raises(RefusedError, match="trusts no key"):
        ask(collect(key=ANA), policy_of({"diagnostics.collect": {"signers": ["hub"]}}))


def test_so_many_an_hour_and_no_more() -> None:
    history = History()
    for number in range(3):
        made = collect()
        history.add(
            {"what": "started", "id": made.id, "nonce": made.nonce.hex(), "expires": 0, "approval": ""}
            | {"at": NOW_MS - number * 1000}
        )
    ask(collect(), policy_of(READ, per_hour=4), history)
    with pytest.raises(RefusedError, match="allows 3 commands an hour"):
        ask(collect(), policy_of(READ, per_hour=3), history)
    later = NOW_MS + HOUR_MS - 2000
    ask(collect(now_ms=later), policy_of(READ, per_hour=3), history, now_ms=later)


def test_a_standing_approval_lets_the_hubs_signature_count() -> None:
    assert ask(approve(collect()), policy_of(MANUAL)).approval == "a-1"
    assert ask(approve(collect()), policy_of(READ)).approval == ""  # where none is needed, none is counted


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"agent_ids": [3]}, "not for this agent"),
        ({"action": "host.reboot"}, "for another action"),
        ({"params_sha256": bytes(32)}, "or for other parameters"),
        ({"expires_ms": NOW_MS}, "The approval expired"),
        ({"issued_ms": NOW_MS + AHEAD_MS + 1}, "clocks is wrong"),
        ({"runbook": "a b"}, "approval is not well formed"),
        ({"agent_ids": [7, 3]}, "approval is not well formed"),
    ],
)
def test_an_approval_is_for_what_it_says_alone(changed: dict[str, object], said: str) -> None:
    made = collect()
    base = approve(collect()).approval
    base.action = made.action
    agents = changed.pop("agent_ids", None)
    if isinstance(agents, list):
        del base.agent_ids[:]
        base.agent_ids.extend(agents)
    for name, value in changed.items():
        setattr(base, name, value)
    made.approval.CopyFrom(base)
    with suppress(ProtocolError):
        made.approval.signature = ANA.sign(approval_text(made.approval, key_id(public(HUB))))
    with pytest.raises(RefusedError, match=said):
        ask(made, policy_of(MANUAL))


def test_an_approval_counts_with_an_operators_signature_alone() -> None:
    with pytest.raises(RefusedError, match="approvals of this"):
        ask(approve(collect(), HUB), policy_of(MANUAL))
    forged = approve(collect())
    forged.approval.per_hour = 100
    with pytest.raises(RefusedError, match="approval's signature is not good"):
        ask(forged, policy_of(MANUAL))
    with pytest.raises(RefusedError, match="trusts no key"):
        ask(approve(collect(key=STRANGER)), policy_of(MANUAL))


def test_an_approvals_commands_are_counted_here() -> None:
    history = begun(collect(), approval="a-1")
    ask(approve(collect()), policy_of(MANUAL), history)
    made = collect()
    history.add(begun(made, approval="a-1").runs[made.id].started or {})
    with pytest.raises(RefusedError, match="approval allows 2 commands an hour"):
        ask(approve(collect()), policy_of(MANUAL), history)

"""What is signed never changes, and two different commands never have one text."""

import pytest
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.commands import approval_text, command_text, key_id
from opsentrix_protocol.errors import ProtocolError

from .messages import MESSAGES

HUB = key_id(bytes(32))


def command(**changed: object) -> pb.Command:
    message = MESSAGES["command_approved"]
    assert isinstance(message, pb.HubMessage)
    copy = pb.Command.FromString(message.command.SerializeToString())
    for name, value in changed.items():
        setattr(copy, name, value)
    return copy


def test_the_text_of_a_command() -> None:
    assert HUB == "66687aadf862bd77"
    assert command_text(command(), HUB).decode() == (
        "opsentrix-command-1\nhub 66687aadf862bd77\nagent 7\ncommand c-2\naction service.restart\n"
        "params 16 038056a8c467996a0da63ea0154d9b7d0c9bde81381cfecd587ed06704733b3e\n"
        "nonce 000102030405060708090a0b0c0d0e0f\nissued 1700000000000\nexpires 1700000060000\ntimeout 0\n"
        "by runbook restart-nginx\n"
    )


def test_the_text_of_an_approval() -> None:
    assert approval_text(command().approval, HUB).decode() == (
        "opsentrix-approval-1\nhub 66687aadf862bd77\napproval a-1\nagents 7,8\nrunbook restart-nginx\n"
        "version 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\naction service.restart\n"
        "params 202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f\nper_hour 3\n"
        "issued 1699999999000\nexpires 1700001000000\nby ana\n"
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"agent_id": 8},
        {"id": "c-3"},
        {"action": "service.stop"},
        {"params_json": '{"unit":"nginy"}'},
        {"nonce": bytes(16)},
        {"issued_ms": 1},
        {"expires_ms": 1},
        {"timeout_ms": 1},
        {"by": "ana"},
    ],
)
def test_each_field_counts(changed: dict[str, object]) -> None:
    assert command_text(command(**changed), HUB) != command_text(command(), HUB)
    assert command_text(command(), key_id(bytes(31) + b"\1")) != command_text(command(), HUB)


@pytest.mark.parametrize(
    "changed",
    [
        {"id": ""},
        {"id": "a\nb"},
        {"id": "x" * 65},
        {"action": "service.restart\nparams 1 0"},
        {"action": "Service.restart"},
        {"action": "service.restart."},
        {"nonce": bytes(15)},
        {"by": "a\nb"},
        {"by": "x" * 65},
    ],
)
def test_no_field_reaches_into_the_next_line(changed: dict[str, object]) -> None:
    with pytest.raises(ProtocolError, match="command"):
        command_text(command(**changed), HUB)


@pytest.mark.parametrize("agents", [[], [8, 7], [7, 7], list(range(10_001))])
def test_the_agents_of_an_approval_are_one_list_only(agents: list[int]) -> None:
    approval = command().approval
    del approval.agent_ids[:]
    approval.agent_ids.extend(agents)
    with pytest.raises(ProtocolError, match="agent_ids"):
        approval_text(approval, HUB)


def test_a_hub_is_named_by_its_key() -> None:
    with pytest.raises(ProtocolError, match="hub"):
        command_text(command(), "")

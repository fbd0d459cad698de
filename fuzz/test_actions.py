"""What reaches an agent that follows commands: policies that people wrote, commands of a hub that is not trusted."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opsentrix_agent.actions.catalogue import CATALOGUE
from opsentrix_agent.actions.journal import History, Journal
from opsentrix_agent.actions.judge import Agent, judge
from opsentrix_agent.actions.machine import Machine
from opsentrix_agent.actions.policy import load_policy, parse_policy
from opsentrix_agent.actions.wire import Messages, framed
from opsentrix_agent.errors import PolicyError, RefusedError
from opsentrix_protocol import opsentrix_pb2 as pb

from fuzz.inputs import EXAMPLES, fuzzed, json_texts, messages

KEY = "A" * 43 + "="
POLICY = {
    "actions": {
        "service.restart": {"units": ["nginx"]},
        "process.signal": {"processes": [{"name": "a", "user": "b"}], "signals": ["TERM"]},
        "log.tail": {"files": ["/var/log/*.log"], "signers": ["operator"]},
        "network.ping": {"hosts": ["*.example.org", "10.0.0.0/8"]},
        "script": {"names": ["job"]},
        "shell": {},
    },
    "signers": {"hub": True, "hub_key": KEY, "operators": [{"name": "ana", "key": KEY}]},
    "limits": {"timeout_s": 60, "output_bytes": 65536, "per_hour": 60, "at_once": 4},
}
COMMAND = pb.Command(
    id="c-1", agent_id=7, action="service.restart", params_json='{"unit":"nginx"}', nonce=bytes(16), issued_ms=1000,
    expires_ms=2000, by="ana", signature=bytes(64),
)  # fmt: skip


@fuzzed(fixtures=True)
@given(text=json_texts([POLICY]))
def test_a_policy_is_understood_or_allows_nothing(tmp_path: Path, text: bytes) -> None:
    file = tmp_path / "policy.json"
    file.write_bytes(text)
    file.chmod(0o600)
    try:
        policy = load_policy(file)
    except PolicyError:
        return
    assert policy.actions.keys() <= CATALOGUE.keys()
    assert "shell" not in policy.actions or "hub" not in policy.actions["shell"].signers
    json.dumps(policy.described())


@fuzzed()
@given(messages(pb.Command, [COMMAND]))
def test_a_command_that_nobody_signed_is_refused(command: pb.Command) -> None:
    policy = parse_policy(POLICY | {"signers": {"hub": True}}, "policy")
    with pytest.raises(RefusedError):
        judge(command, policy, Agent(7, bytes(range(32))), History(), Machine(), 1500)


@fuzzed(examples=EXAMPLES // 2)
@given(st.lists(st.binary(max_size=50), max_size=5), st.binary(max_size=30), st.integers(1, 20))
def test_messages_are_read_as_they_were_said_however_they_come(said: list[bytes], junk: bytes, step: int) -> None:
    data, stream, found = b"".join(map(framed, said)), Messages(), list[bytes]()
    for start in range(0, len(data), step):
        found += stream.take(data[start : start + step])
    assert found == said
    with suppress(ValueError):
        Messages().take(junk)


@fuzzed(examples=EXAMPLES // 2, fixtures=True)
@given(data=st.data())
def test_of_a_damaged_journal_only_what_was_written_is_read(tmp_path: Path, data: st.DataObject) -> None:
    file = tmp_path / "journal"
    file.unlink(missing_ok=True)
    with Journal(tmp_path) as journal:
        for number in range(4):
            journal.append({"what": "ended", "id": f"c-{number}", "status": "failed"}, durable=False)
    content = bytearray(file.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    file.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    with Journal(tmp_path) as journal:
        assert journal.read().runs.keys() <= {f"c-{number}" for number in range(4)}

"""Commands that a thief of a hub makes: each with one thing wrong, so that one check alone can stop it.

The thief has the hub's own key, and chooses the rest. Where a forgery is no command at all, what is signed of it is of
the thief's own making, since honest code refuses to.
"""

import json
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import count
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.commands import approval_text, command_text, key_id
from opsentrix_protocol.errors import ProtocolError

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
ORDER = 2**252 + 27742317777372353535851937790883648493
"""Of Ed25519's group (RFC 8032, section 5.1): S + ORDER is a signature too, for whoever does not look."""
STRANGER = Ed25519PrivateKey.generate()
_numbers = count(1)


class Forgery(NamedTuple):
    """One attack: what is sent, and a piece of the sentence by which the agent refuses it."""

    name: str
    command: pb.Command
    why: str


class Forger:
    """Makes commands for one agent.

    Attributes:
        key: the hub's, stolen.
        agent: whom they are for.
    """

    def __init__(self, key: Ed25519PrivateKey, agent: int) -> None:
        self.key = key
        self.agent = agent
        self.hub = id_of(key)

    def command(
        self, action: str, params: object, key: Ed25519PrivateKey | None = None, hub: str = "", **changed: object
    ) -> pb.Command:
        """Return a command that is signed as it should be, by the hub's key if not by another; `changed` are fields."""
        now_ms = time.time_ns() // 1_000_000
        number = next(_numbers)
        made = pb.Command(
            id=f"c-{number}", agent_id=self.agent, action=action,
            params_json=params if isinstance(params, str) else json.dumps(params),
            nonce=number.to_bytes(16, "big"), issued_ms=now_ms, expires_ms=now_ms + HOUR_MS, by="admin",
        )  # fmt: skip
        for name, value in changed.items():
            setattr(made, name, value)
        return sign(made, key or self.key, hub or self.hub)

    def job(
        self, mark: str, key: Ed25519PrivateKey | None = None, hub: str = "", **changed: object
    ) -> pb.Command:  # fmt: skip
        """Return a good command for the script that leaves a mark."""
        return self.command("script", {"name": "job", "mark": mark}, key, hub, **changed)

    def approved(
        self, mark: str, signer: Ed25519PrivateKey, change: Callable[[pb.StandingApproval], object] | None = None,
        hub: str = "", agents: tuple[int, ...] = (), **fields: object,
    ) -> pb.Command:  # fmt: skip
        """Return a command of the hub's with a standing approval: `fields` are signed, what `change` does is not."""
        made = self.job(mark)
        approval = pb.StandingApproval(
            id=f"a-{mark}", agent_ids=agents or [self.agent], runbook="restart", runbook_sha256=bytes(32),
            action="script", params_sha256=sha256(made.params_json.encode()).digest(), per_hour=1,
            issued_ms=made.issued_ms - HOUR_MS, expires_ms=made.issued_ms + HOUR_MS, by="ana", key_id=id_of(signer),
        )  # fmt: skip
        for name, value in fields.items():
            setattr(approval, name, value)
        approval.signature = signer.sign(approval_text(approval, hub or self.hub))
        if change is not None:
            change(approval)
        made.approval.CopyFrom(approval)
        return made


def id_of(key: Ed25519PrivateKey) -> str:
    """Return what a key is called."""
    return key_id(key.public_key().public_bytes_raw())


def sign(command: pb.Command, key: Ed25519PrivateKey, hub: str) -> pb.Command:
    """Sign a command, or what a thief would sign in place of one that has no text."""
    command.key_id = id_of(key)
    try:
        text = command_text(command, hub)
    except ProtocolError:
        text = command.SerializeToString()
    command.signature = key.sign(text)
    return command


def envelopes(forger: Forger, other_agent: int) -> Iterator[Forgery]:
    """Yield commands whose action and parameters the policy allows, and which must not be followed all the same."""
    bad, form = "signature is not good", "not well formed"

    def changed(name: str, why: str = bad, **fields: object) -> Forgery:
        made = forger.job(name)
        for field, value in fields.items():
            setattr(made, field, value)
        return Forgery(name, made, why)

    def signed(
        name: str, why: str, key: Ed25519PrivateKey | None = None, hub: str = "", **fields: object
    ) -> Forgery:  # fmt: skip
        return Forgery(name, forger.job(name, key, hub, **fields), why)

    now_ms = time.time_ns() // 1_000_000
    yield changed("unsigned", signature=b"")
    yield changed("short", signature=b"\0" * 63)
    yield changed("no-key", "trusts no key", key_id="")
    malleable = forger.job("malleable")
    beyond = int.from_bytes(malleable.signature[32:], "little") + ORDER
    malleable.signature = malleable.signature[:32] + beyond.to_bytes(32, "little")
    yield Forgery("malleable", malleable, bad)
    yield signed("stranger", "trusts no key", key=STRANGER)
    as_hub = forger.job("stranger-as-hub", key=STRANGER)
    as_hub.key_id = forger.hub
    yield Forgery("stranger-as-hub", as_hub, bad)
    yield signed("other-hub", bad, hub=id_of(STRANGER))
    yield signed("other-agent", "is for agent", agent_id=other_agent)
    yield signed("all-agents", "is for agent", agent_id=0)
    yield changed("changed-agent", bad, agent_id=other_agent)
    yield changed("changed-params", bad, params_json='{"name":"job","mark":"changed-other"}')
    yield changed("changed-action", bad, action="log.tail")
    yield changed("changed-id", bad, id="c-changed")
    yield changed("changed-nonce", bad, nonce=bytes(16))
    yield changed("changed-expires", bad, expires_ms=now_ms + 2 * HOUR_MS)
    yield changed("changed-issued", bad, issued_ms=now_ms - 1)
    yield changed("changed-timeout", bad, timeout_ms=1)
    yield changed("changed-by", bad, by="root")
    yield signed("expired", "expired at", issued_ms=now_ms - HOUR_MS, expires_ms=now_ms - 1000)
    yield signed("future", "one of the clocks is wrong", issued_ms=now_ms + HOUR_MS, expires_ms=now_ms + 2 * HOUR_MS)
    yield signed("for-ever", "for more than 24 hours", expires_ms=now_ms + 1000 * HOUR_MS)
    yield signed("negative", "expired at", issued_ms=-(2**62), expires_ms=-1)
    yield signed("two-lines", form, id="c\naction shell")
    yield signed("traversal", form, id="../../journal")
    yield signed("long-id", form, id="c" * 65)
    yield signed("short-nonce", form, nonce=b"short")
    yield signed("lines-by", form, by="admin\ntimeout 0")
    yield signed("long-by", form, by="a" * 65)
    params = {"name": "job", "mark": "no-action"}
    for name, action in {"no-action": "", "action-lines": "script\n", "action-case": "Script"}.items():
        yield Forgery(name, forger.command(action, params), form)


def parameters(forger: Forger) -> Iterator[Forgery]:
    """Yield commands for the script that the policy allows, in good envelopes, with hostile parameters."""
    wrong, json_wrong = "holds a character", "not valid JSON"
    texts = {
        "semicolon": "a;touch owned", "backtick": "`touch owned`", "dollar": "$(touch owned)", "newline": "a\nowned",
        "nul": "a\0b", "quote": '"; touch owned; "', "escape": "\x1b]0;owned\x07", "slash": "../../etc/passwd",
        "lookalike": "\u0430", "override": "\u202ea", "space": "a b", "glob": "*", "percent": "%s%n",
    }  # fmt: skip
    for name, text in texts.items():
        yield Forgery(name, forger.job(text), wrong)
    yield Forgery("long", forger.job("a" * 65), "more than 64 characters")
    yield Forgery("huge", forger.job("a" * 50_000), "The parameters have more than")
    yield Forgery("too-huge", forger.job("a" * 100_000), "at most")
    params: dict[str, object] = {"name": "job", "mark": "extra"}
    for name, extra in {"option": "-x", "environment": "LD_PRELOAD", "argv": "argv", "shell": "shell"}.items():
        yield Forgery(name, forger.command("script", params | {extra: "touch owned"}), "is not known")
    for name, value in {"list": ["a"], "object": {"a": "b"}, "number": 1, "null": None, "true": True}.items():
        yield Forgery(name, forger.command("script", params | {"mark": value}), "must be of the type string")
    twice = '{"name":"job","mark":"twice","name":"other"}'
    for name, text in {
        "twice": twice, "no-json": "touch owned", "not-a-number": '{"name":"job","mark":NaN}', "deep": "[" * 10_000,
    }.items():  # fmt: skip
        yield Forgery(name, forger.command("script", text), json_wrong)
    yield Forgery("array", forger.command("script", '["job"]'), "no JSON object")
    yield Forgery("empty", forger.command("script", ""), json_wrong)
    for name, script in {"script": "other", "script-path": "../actions.d/job", "script-absolute": "/bin/sh"}.items():
        yield Forgery(name, forger.command("script", {"name": script, "mark": "a"}), "name")


def approvals(forger: Forger, operator: Ed25519PrivateKey, other_agent: int) -> Iterator[Forgery]:
    """Yield the hub's commands with standing approvals, of which none is good for them."""
    bad = "approval's signature is not good"
    now_ms = time.time_ns() // 1_000_000

    def changed(name: str, field: str, value: object, why: str = bad) -> Forgery:
        return Forgery(name, forger.approved(name, operator, lambda approval: setattr(approval, field, value)), why)

    yield Forgery("by-hub", forger.approved("by-hub", forger.key), "trusts no key")
    yield Forgery("by-stranger", forger.approved("by-stranger", STRANGER), "trusts no key")
    as_ana = forger.approved("as-ana", STRANGER, lambda one: setattr(one, "key_id", id_of(operator)))
    yield Forgery("as-ana", as_ana, bad)
    yield changed("unsigned", "signature", b"")
    yield changed("no-id", "id", "", "approval is not well formed")
    yield changed("more-often", "per_hour", 100)
    yield changed("longer", "expires_ms", now_ms + 1000 * HOUR_MS)
    yield changed("other-runbook", "runbook", "other")
    yield changed("other-version", "runbook_sha256", bytes([1]) * 32)
    yield changed("other-action", "action", "shell")
    yield changed("other-params", "params_sha256", bytes(32))
    more = forger.approved("more-agents", operator, lambda one: one.agent_ids.append(other_agent + 1000))
    yield Forgery("more-agents", more, bad)
    for_other = forger.approved("for-other", operator, agents=(other_agent,))
    yield Forgery("for-other", for_other, "approval is not for this agent")
    shell = forger.approved("for-shell", operator, action="shell")
    yield Forgery("for-shell", shell, "approval is for another action")
    params = forger.approved("for-params", operator, params_sha256=bytes(32))
    yield Forgery("for-params", params, "or for other parameters")
    over = forger.approved("over", operator, expires_ms=now_ms - MINUTE_MS)
    yield Forgery("over", over, "The approval expired")
    early = forger.approved("early", operator, issued_ms=now_ms + HOUR_MS, expires_ms=now_ms + 2 * HOUR_MS)
    yield Forgery("early", early, "The approval is of the time")
    never = forger.approved("never", operator, per_hour=0)
    yield Forgery("never", never, "allows 0 commands an hour")
    elsewhere = forger.approved("elsewhere", operator, hub=id_of(STRANGER))
    yield Forgery("elsewhere", elsewhere, bad)

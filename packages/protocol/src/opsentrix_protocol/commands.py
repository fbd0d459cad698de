"""The texts that are signed so that an agent acts: of a command, and of a standing approval.

Both sides make them here. Every field is on a line of its own and none but the last can hold a line feed, so that one
text says one thing only. Signatures are Ed25519 (RFC 8032) of the text in UTF-8.
"""

import re
from hashlib import sha256

from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.errors import ProtocolError

NONCE_BYTES = 16
DIGEST_BYTES = 32
MAX_BY_CHARS = 64
MAX_APPROVED_AGENTS = 10_000
_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,64}")
_ACTION = re.compile(r"[a-z][a-z0-9_]{0,31}(?:\.[a-z][a-z0-9_]{0,31})?")
_KEY_ID = re.compile(r"[0-9a-f]{16}")


def key_id(public_key: bytes) -> str:
    """Return what a public key of 32 bytes is called: the first 8 bytes of its SHA-256, in hexadecimal."""
    return sha256(public_key).hexdigest()[:16]


def command_text(command: pb.Command, hub: str) -> bytes:
    """Return what is signed of a command.

    Args:
        command: whose signature, key and approval do not count.
        hub: the id of the hub's command key that the agent pinned.

    Raises:
        ProtocolError: a field has not the form that it must have.
    """
    params = command.params_json.encode()
    lines = (
        "opsentrix-command-1",
        f"hub {_matching(_KEY_ID, 'hub', hub)}",
        f"agent {command.agent_id}",
        f"command {_matching(_IDENTIFIER, 'command.id', command.id)}",
        f"action {_matching(_ACTION, 'command.action', command.action)}",
        f"params {len(params)} {sha256(params).hexdigest()}",
        f"nonce {_of_length(NONCE_BYTES, 'command.nonce', command.nonce)}",
        f"issued {command.issued_ms}",
        f"expires {command.expires_ms}",
        f"timeout {command.timeout_ms}",
        f"by {_name('command.by', command.by)}",
    )
    return "".join(f"{line}\n" for line in lines).encode()


def approval_text(approval: pb.StandingApproval, hub: str) -> bytes:
    """Return what is signed of a standing approval; agent ids ascend, each once.

    Args:
        approval: whose signature and key do not count.
        hub: the id of the hub's command key that the agents pinned.

    Raises:
        ProtocolError: a field has not the form that it must have.
    """
    agents = list(approval.agent_ids)
    if not 0 < len(agents) <= MAX_APPROVED_AGENTS or agents != sorted(set(agents)):
        raise ProtocolError("approval.agent_ids", f"must be 1 to {MAX_APPROVED_AGENTS}, ascending, each once")
    lines = (
        "opsentrix-approval-1",
        f"hub {_matching(_KEY_ID, 'hub', hub)}",
        f"approval {_matching(_IDENTIFIER, 'approval.id', approval.id)}",
        f"agents {','.join(map(str, agents))}",
        f"runbook {_matching(_IDENTIFIER, 'approval.runbook', approval.runbook)}",
        f"version {_of_length(DIGEST_BYTES, 'approval.runbook_sha256', approval.runbook_sha256)}",
        f"action {_matching(_ACTION, 'approval.action', approval.action)}",
        f"params {_of_length(DIGEST_BYTES, 'approval.params_sha256', approval.params_sha256)}",
        f"per_hour {approval.per_hour}",
        f"issued {approval.issued_ms}",
        f"expires {approval.expires_ms}",
        f"by {_name('approval.by', approval.by)}",
    )
    return "".join(f"{line}\n" for line in lines).encode()


def _matching(pattern: re.Pattern[str], field: str, value: str) -> str:
    if pattern.fullmatch(value) is None:
        raise ProtocolError(field, f"{value[:80]!r} is not of the form {pattern.pattern}")
    return value


def _of_length(length: int, field: str, value: bytes) -> str:
    if len(value) != length:
        raise ProtocolError(field, f"has {len(value)} bytes instead of {length}")
    return value.hex()


def _name(field: str, value: str) -> str:
    if len(value) > MAX_BY_CHARS or not value.isprintable():
        raise ProtocolError(field, f"must be at most {MAX_BY_CHARS} printable characters")
    return value

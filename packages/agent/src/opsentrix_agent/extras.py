"""Parts of the agent that most machines do without: each is imported where it is wanted, to save memory."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from opsentrix_agent.configfile import DEFAULT_CONFIG
from opsentrix_agent.endpoint import endpoint, http_url
from opsentrix_agent.identity import Identity
from opsentrix_agent.policyfile import FILE_NAME
from opsentrix_agent.settings import Settings, check_encrypted
from opsentrix_agent.spool import Spool

if TYPE_CHECKING:
    from opsentrix_protocol import opsentrix_pb2 as pb

    from opsentrix_agent.actions.relay import Relay
    from opsentrix_agent.clienttls import ClientTls
    from opsentrix_agent.envelope import Envelope
    from opsentrix_agent.keeper import Keeper
    from opsentrix_agent.record import Recorder

FindRelay = Callable[[Callable[[], None], "Callable[[pb.PolicyState], None]"], "Relay | None"]
"""As `relay`, of which the first two arguments are given."""


def no_relay(_wake: Callable[[], None], _tell: "Callable[[pb.PolicyState], None]") -> "Relay | None":
    """Return nothing to follow commands with."""
    return None


def recorder(path: Path) -> "Recorder":
    """Return what appends each frame to a file.

    Raises:
        SettingsError: the file cannot be used.
    """
    from opsentrix_agent.record import Recorder

    return Recorder(path)


def envelope(settings: Settings, identity: Identity) -> "Envelope":
    """Return what seals messages to the hub."""
    from opsentrix_agent.envelope import Envelope
    from opsentrix_agent.sealing import sealing_to

    return Envelope(sealing_to(settings.payload_key or identity.payload_key, identity.agent_id))


def client_tls(settings: Settings, identity: Identity, server_url: str) -> "ClientTls | None":
    """Return the TLS to the hub; None where it is spoken to in clear.

    Raises:
        SettingsError: the files that the settings name cannot be used, or a pinned hub would be spoken to in clear.
    """
    check_encrypted(settings, server_url)
    if not endpoint(server_url).encrypted:
        return None

    from opsentrix_agent.clienttls import ClientTls

    return ClientTls(settings, identity, http_url(server_url, identity.server_url))


def keeper(settings: Settings, spool: Spool, boot_id: bytes, on_loaded: Callable[[], None]) -> "Keeper | None":
    """Return what keeps frames on the disk; None where the owner wants none there."""
    if not settings.spool_disk_bytes:
        return None

    from opsentrix_agent.keeper import Keeper
    from opsentrix_agent.segments import SPOOL_FOLDER, SegmentFolder

    folder = SegmentFolder(settings.state_dir / SPOOL_FOLDER, settings.spool_disk_bytes)
    return Keeper(spool, folder, boot_id, on_loaded)


def relay(
    state_dir: Path, config: Path | None, wake: Callable[[], None], tell: "Callable[[pb.PolicyState], None]"
) -> "Relay | None":
    """Return what follows commands, begun; None where the owner's policy says nothing of actions.

    Args:
        state_dir: of the agent.
        config: the config file that the user named; the policy is beside it.
        wake: says that there is something to send.
        tell: is told what the policy allows.
    """
    try:
        # Not a judgement: whoever loads it reads the policy with care. This only spares the others the memory.
        if b'"actions"' not in (config or DEFAULT_CONFIG).with_name(FILE_NAME).read_bytes():
            return None
    except OSError:
        return None

    from opsentrix_agent.actions.relay import Relay

    own_arguments = len(sys.argv) - 1
    program = [sys.executable, *sys.orig_argv[1 : len(sys.orig_argv) - own_arguments]]
    found = Relay(program, state_dir, config, wake, tell)
    found.begin()
    return found

"""`opsentrix-agent execute`: a process for each command, which asks all questions, does it, and tells how it ended.

The agent hands it a command and passes on what it says. It trusts the agent's own files and the owner's policy, and
nothing that came with the command.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from google.protobuf.message import DecodeError
from opsentrix_protocol import opsentrix_pb2 as pb

from opsentrix_agent.actions.child import become_reaper
from opsentrix_agent.actions.journal import FOLDER, Journal, Record
from opsentrix_agent.actions.judge import Agent, Verdict, judge
from opsentrix_agent.actions.locks import Locks
from opsentrix_agent.actions.machine import Machine
from opsentrix_agent.actions.policy import ActionPolicy, decoded_key, load_policy
from opsentrix_agent.actions.running import Channel, Ended, Running
from opsentrix_agent.actions.wire import Messages
from opsentrix_agent.errors import AgentError, RefusedError
from opsentrix_agent.identity import load_identity

BOOT_FILE = Path("/proc/sys/kernel/random/boot_id")
REBOOT_WITHIN_S = 120.0
_REBOOT_LOOK_S = 0.5
FLUSH_S = 600.0
"""So long output waits for an agent whose hub takes none; the result is in the journal anyway."""
_MAX_ERROR_CHARS = 1000
_COMMAND_WITHIN_BYTES = 64 * 1024


class Site(NamedTuple):
    """Where an executor finds what it goes by.

    Attributes:
        policy: the owner's file.
        state_dir: of the agent.
        machine: what actions use.
        now_ms: returns Unix milliseconds.
    """

    policy: Path
    state_dir: Path
    machine: Machine
    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000

    @property
    def folder(self) -> Path:
        """Where the journal is."""
        return self.state_dir / FOLDER


def execute(site: Site, listen: int = 0, speak: int = 1) -> int:
    """Take one command from the agent, follow it or refuse it, and tell how it ended.

    Args:
        site: where everything is.
        listen: the command comes from there, and later what cancels it.
        speak: where output and result go.

    Returns:
        The exit code: 0 when a result was told or kept.
    """
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    command = _command(listen)
    if command is None:
        return 2
    channel = Channel(listen, speak)
    locks = Locks(site.folder)
    try:
        verdict, policy = _accept(command, site, locks)
    except (AgentError, OSError) as error:
        _refuse(command, site, channel, str(error) if isinstance(error, AgentError) else f"The journal fails: {error}.")
    else:
        _follow(command, site, channel, verdict, policy)
    locks.release()
    channel.flush(FLUSH_S)
    return 0


def load_agent(site: Site, policy: ActionPolicy) -> Agent:
    """Return who is asked.

    Raises:
        RefusedError: this machine is not enrolled, or knows no key of its hub.
        IdentityError: the identity cannot be read.
    """
    identity = load_identity(site.state_dir)
    if identity is None:
        raise RefusedError("This machine is not enrolled.")
    key = policy.hub_key or decoded_key(identity.command_key)
    if key is None:
        raise RefusedError("This agent knows no key by which its hub signs commands: enroll it again.")
    return Agent(identity.agent_id, key)


def tell(channel: Channel, record: Record) -> None:
    """Tell the agent a result as the journal has it."""
    result = pb.CommandResult(
        command_id=record["id"],
        status=f"STATUS_{record['status'].upper()}",
        exit_code=record.get("code", 0),
        duration_ms=record.get("ms", 0),
        error=record.get("error", ""),
        output_truncated=record.get("truncated", False),
        output_bytes=record.get("bytes", 0),
        started_ms=record.get("started", 0),
    )
    channel.say(pb.AgentMessage(command_result=result))


def boot_id() -> str:
    """Return what names this boot of the machine."""
    try:
        return BOOT_FILE.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _command(listen: int) -> pb.Command | None:
    """Return the command that the agent sends, or None when it sends none."""
    messages = Messages()
    try:
        while data := os.read(listen, _COMMAND_WITHIN_BYTES):
            for message in messages.take(data):
                return pb.Command.FromString(message)
    except (OSError, ValueError, DecodeError) as error:
        sys.stderr.write(f"opsentrix-agent: no command came: {error}\n")
    return None


def _accept(command: pb.Command, site: Site, locks: Locks) -> tuple[Verdict, ActionPolicy]:
    """Judge a command and note in the journal that it is begun: from then on it is never begun again.

    Raises:
        AgentError: it is refused.
        OSError: the journal cannot be read or written.
    """
    policy = load_policy(site.policy)
    agent = load_agent(site, policy)
    with Journal(site.folder) as journal:
        verdict = judge(command, policy, agent, journal.read(), site.machine, site.now_ms())
        if verdict.resource and not locks.take(verdict.resource):
            raise RefusedError(f"Another command uses {verdict.resource} now.")
        if not locks.take_place(policy.limits.at_once):
            raise RefusedError(f"The policy lets {policy.limits.at_once} commands run at once, and so many do.")
        locks.take(run_lock(command.id))
        journal.append(
            {
                "what": "started",
                "id": command.id,
                "nonce": command.nonce.hex(),
                "at": site.now_ms(),
                "expires": command.expires_ms,
                "action": command.action,
                "by": command.by,
                "key": command.key_id,
                "approval": verdict.approval,
                "reboots": verdict.plan.reboots,
                "boot": boot_id(),
            }
        )
    return verdict, policy


def run_lock(command_id: str) -> str:
    """Return the name of the lock that a command's executor holds as long as it lives."""
    return f"command:{command_id}"


def _refuse(command: pb.Command, site: Site, channel: Channel, why: str) -> None:
    """Tell that a command is not followed; one that is known already keeps the result that it has, or will have."""
    sys.stderr.write(f"opsentrix-agent: command {command.id[:64]!r} ({command.action[:64]!r}) is refused: {why}\n")
    record: Record = {"what": "ended", "id": command.id[:64], "status": "refused", "at": site.now_ms()}
    record["error"] = why[:_MAX_ERROR_CHARS]
    try:
        with Journal(site.folder) as journal:
            known = journal.read().runs.get(command.id)
            if known is None:
                journal.append(record, durable=False)
    except OSError as error:
        sys.stderr.write(f"opsentrix-agent: the journal fails: {error}\n")
        known = None
    if known is None:
        tell(channel, record)
    elif known.ended is not None:
        tell(channel, known.ended)


def _follow(command: pb.Command, site: Site, channel: Channel, verdict: Verdict, policy: ActionPolicy) -> None:
    """Do it, and note how it ended before anybody is told."""
    become_reaper()
    running = Running(command.id, verdict.plan, policy.limits, verdict.timeout_s, channel)
    wakeup, wake = os.pipe()
    for descriptor in (wakeup, wake):
        os.set_blocking(descriptor, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: running.stop())
    started_ms, began = site.now_ms(), time.monotonic()
    ended = running.run(wakeup)
    if verdict.plan.reboots and _goes_down(running, ended):
        return  # which the next boot will show
    if verdict.plan.reboots and ended.status == pb.CommandResult.STATUS_SUCCEEDED:
        ended = Ended(pb.CommandResult.STATUS_FAILED, 0, "The machine was asked to boot anew, and has not.")
    record: Record = {
        "what": "ended",
        "id": command.id,
        "status": pb.CommandResult.Status.Name(ended.status).removeprefix("STATUS_").lower(),
        "code": ended.exit_code,
        "error": ended.error[:_MAX_ERROR_CHARS],
        "ms": int((time.monotonic() - began) * 1000),
        "started": started_ms,
        "at": site.now_ms(),
        "bytes": running.written,
        "truncated": running.truncated,
    }
    try:
        with Journal(site.folder) as journal:
            journal.append(record)
    except OSError as error:
        # The hub is better told now than never; after a restart of the agent it would hear `unknown` instead.
        sys.stderr.write(f"opsentrix-agent: the result of {command.id} is not in the journal: {error}\n")
    tell(channel, record)


def _goes_down(running: Running, ended: Ended) -> bool:
    """Return whether the machine stops us, soon after it was asked to boot anew."""
    if ended.status == pb.CommandResult.STATUS_SUCCEEDED:
        until = time.monotonic() + REBOOT_WITHIN_S
        while not running.stopping and time.monotonic() < until:
            time.sleep(_REBOOT_LOOK_S)
    return running.stopping

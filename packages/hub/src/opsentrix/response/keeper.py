"""Writes what the book decides: each change, with its entry in the audit log, in one transaction."""

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

import orjson
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.commands import MAX_BY_CHARS

from opsentrix.db import Connection, Database
from opsentrix.errors import ConflictError, NotFoundError
from opsentrix.model.commands import Command, CommandState, NewRun, Run, RunState, output_limit
from opsentrix.response import book, timelines
from opsentrix.response.approvals import approval_of
from opsentrix.response.book import Presence
from opsentrix.response.keys import CommandKey
from opsentrix.response.words import MAX_COUNT, ending_of, is_key, stream_of
from opsentrix.storage import audit, command_runs, commands, runbook_runs
from opsentrix.storage.command_runs import Piece
from opsentrix.storage.times import unix_ms

MAX_OPEN = 100
MAX_OPEN_RUNS = 20_000
"""Commands and runs that have not ended: they are looked at every second."""
HUB = "hub"


class Who(NamedTuple):
    """Who acts: the name, what the audit log calls them, and where they are."""

    name: str
    actor: str
    address: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of something that an agent said.

    Attributes:
        run: as it is now.
        piece: of output, if there was one and it is news.
        seq: of that piece.
    """

    run: Run
    piece: Piece | None = None
    seq: int = 0


Told = Callable[[Command, Sequence[Run]], None]
"""Told of each change, once it is committed: the command, and its runs that changed."""
IncidentChanged = Callable[[int, frozenset[int]], None]
"""Told of an incident whose timeline has a new line, with the agents that it is about."""


class Keeper:
    """Keeps commands. What it returns to be sent is committed as sent before."""

    def __init__(
        self, database: Database, key: CommandKey, told: Told, room: Callable[[], bool],
        incident_changed: IncidentChanged = lambda _incident, _agents: None,
    ) -> None:  # fmt: skip
        """Take what is needed; `room` says whether the disk has any for output."""
        self._database = database
        self._incident_changed = incident_changed
        self._room = room
        self._key = key
        self._told = told

    async def create(self, command: Command, runs: Sequence[NewRun], who: Who, asked: Mapping[str, object]) -> Command:
        """Keep a new command; nothing of it is sent before this is committed.

        Args:
            command: without an id.
            runs: one for each agent.
            who: asks.
            asked: more for the audit log.

        Raises:
            ConflictError: too many commands or runs have not ended.
        """
        async with self._database.transaction() as connection:
            command = await self.add(connection, command, runs, who, asked)
            await timelines.tell_given(connection, command, [one.agent_id for one in runs], who.name)
        self._tell(command, (), [one.agent_id for one in runs])
        return command

    async def add(
        self, connection: Connection, command: Command, runs: Sequence[NewRun], who: Who, asked: Mapping[str, object]
    ) -> Command:  # fmt: skip
        """Keep a new command in the transaction of whoever needs it; see `create`.

        Raises:
            ConflictError: too many commands or runs have not ended.
        """
        if len(await commands.every_open(connection)) >= MAX_OPEN:
            raise ConflictError(f"{MAX_OPEN} commands have not ended yet: cancel some, or wait.")
        if await command_runs.count_open(connection) + len(runs) > MAX_OPEN_RUNS:
            raise ConflictError(f"{MAX_OPEN_RUNS} runs would be open: cancel some commands, or wait.")
        command = replace(command, id=await commands.add(connection, command, runs))
        await audit.add(
            connection, who.actor, "command.create", f"command:{command.id}", who.address, does=command.action,
            params=orjson.loads(command.params), reason=command.reason, state=command.state,
            expires_at=command.expires_at.isoformat(), agents=[one.agent_id for one in runs], asked=dict(asked),
        )  # fmt: skip
        return command

    async def decide(self, command_id: int, who: Who, reason: str, now: datetime, *, approve: bool) -> None:
        """Approve or reject a command that awaits it.

        Raises:
            NotFoundError: there is none.
            ConflictError: it does not await it any more.
        """
        async with self._database.transaction() as connection:
            command = await _locked(connection, command_id)
            if command.state is not CommandState.AWAITING_APPROVAL or now >= command.expires_at:
                raise ConflictError(f"The command does not await approval: it is {command.state}.")
            command = book.decided(command, approve=approve, by=who.name, reason=reason, now=now)
            await commands.put(connection, command)
            verb = "approve" if approve else "reject"
            await audit.add(
                connection, who.actor, f"command.{verb}", f"command:{command_id}", who.address, reason=reason
            )
        self._told(command, ())

    async def cancel(self, command_id: int, who: Who) -> list[Run]:
        """Send nothing more of a command, and return the runs whose agents are to be told to end them.

        Raises:
            NotFoundError: there is none.
            ConflictError: it has ended.
        """
        async with self._database.transaction() as connection:
            command = await _locked(connection, command_id)
            if command.ended_at is not None:
                raise ConflictError(f"The command has ended already: it is {command.state}.")
            command = book.cancelled(command, who.name)
            runs, _ = await command_runs.open_of(connection, command_id)
            told = [replace(one, cancelling=True) for one in runs if one.state is not RunState.WAITING]
            await commands.put(connection, command)
            await command_runs.put(connection, told)
            await audit.add(connection, who.actor, "command.cancel", f"command:{command_id}", who.address)
        self._told(command, told)
        return told

    async def withdraw(self) -> None:
        """Send nothing more of whoever may not give commands any more; what runs already goes on."""
        async with self._database.transaction() as connection:
            changed = []
            for command_id in await commands.without_right(connection):
                before = await _locked(connection, command_id)
                if before.state in (CommandState.AWAITING_APPROVAL, CommandState.RUNNING):
                    changed.append(book.withdrawn(before))
                    await commands.put(connection, changed[-1])
                    target = f"command:{command_id}"
                    await audit.add(connection, HUB, "command.cancelled", target, "", note=changed[-1].note)
        for command in changed:
            self._told(command, ())

    async def waited_for(self) -> tuple[list[Command], list[Run], dict[int, int]]:
        """Return the commands that have not ended, their open runs, and how many others did not end well."""
        async with self._database.snapshot() as connection:
            found = await commands.every_open(connection)
            if not found:
                return [], [], {}
            bad = await command_runs.bad_of(connection, [one.id for one in found])
            return found, await command_runs.every_open(connection), bad

    async def step(self, command_id: int, presence: Presence, now: datetime) -> list[Run]:
        """Take a command one step further and return the runs to send, which are committed as sent."""
        async with self._database.transaction() as connection:
            command = await commands.get(connection, command_id, lock=True)
            if command is None or command.ended_at is not None:
                return []
            runs, bad = await command_runs.open_of(connection, command_id)
            done = book.step(command, runs, bad, presence, now)
            sent = [
                self._sent(done.command, one, now, await _approval(connection, command, one, now)) for one in done.send
            ]
            await command_runs.put(connection, [*sent, *done.changed])
            if done.command != command:
                await commands.put(connection, done.command)
            await _note(connection, command, done, sent)
            await timelines.tell_ended(connection, command, done.changed, now)
        if sent or done.changed or done.command != command:
            self._tell(done.command, [*sent, *done.changed], [one.agent_id for one in done.changed])
        return sent

    async def arrived(self, agent_ids: Collection[int], now: datetime) -> tuple[list[Run], list[Run]]:
        """Return what agents that have just connected are sent again, and which runs they are told to end."""
        again, cancels = [], []
        async with self._database.connection() as connection:
            for run in await command_runs.unsettled_of(connection, agent_ids):
                command = await commands.get(connection, run.command_id)
                if run.cancelling:
                    cancels.append(run)
                elif command is not None and book.to_resend(run, command, now):
                    again.append(run)
        return again, cancels

    async def take_output(self, agent_id: int, output: pb.CommandOutput, now: datetime) -> Heard | None:
        """Keep a piece of output; None where there is no such run of this agent."""
        async with self._database.transaction() as connection:
            found = await _locked_run(connection, agent_id, output.command_id)
            if found is None:
                return None
            run, command = found
            limit = output_limit(command.runs) if self._room() else 0
            taken = book.with_output(run, min(output.seq, MAX_COUNT), len(output.data), limit, now)
            if taken is None:
                return Heard(run)
            run, kept = taken
            piece = Piece(stream_of(output), output.data[:kept])
            await command_runs.put(connection, [run])
            if kept:
                await command_runs.add_output(connection, run.id, run.output_seq, piece)
            if found[0].state is RunState.UNKNOWN and command.ended_at is not None:
                await commands.put(connection, book.reopened(command))
        changed = found[0].state is not run.state
        if changed:
            self._told(command, [run])
        return Heard(run, piece, run.output_seq)

    async def take_result(self, agent_id: int, result: pb.CommandResult, now: datetime) -> Heard | None:
        """Keep how a run ended; None where there is no such run of this agent."""
        async with self._database.transaction() as connection:
            found = await _locked_run(connection, agent_id, result.command_id)
            if found is None:
                return None
            run, command = found
            after = book.with_result(run, command, ending_of(result, now), now)
            if after is None:
                return Heard(run)
            await command_runs.put(connection, [after])
            if after.state is not RunState.WAITING:
                await audit.add(
                    connection, f"agent:{agent_id}", "command.result", f"command:{command.id}", "",
                    result="refused" if after.state is RunState.REFUSED else _audited(after.state), state=after.state,
                    run=run.key, exit_code=after.exit_code, duration_ms=after.duration_ms, error=after.error,
                    output_bytes=after.output_bytes,
                )  # fmt: skip
                await timelines.tell_ended(connection, command, [after], now)
        self._tell(command, [after], [agent_id])
        return Heard(after)

    def _tell(self, command: Command, runs: Sequence[Run], agent_ids: Sequence[int]) -> None:
        """Tell of a change that is committed, those who watch its incident, too."""
        self._told(command, runs)
        if command.incident_id is not None and agent_ids:
            self._incident_changed(command.incident_id, frozenset(agent_ids))

    def _sent(self, command: Command, run: Run, now: datetime, approval: pb.StandingApproval | None) -> Run:
        """Return a run as it is sent: signed once, by the hub where no operator did."""
        message = run.message
        if message is None:
            wire = pb.Command(
                id=run.key, agent_id=run.agent_id, action=command.action, params_json=command.params,
                nonce=secrets.token_bytes(16), issued_ms=unix_ms(now), expires_ms=unix_ms(command.expires_at),
                timeout_ms=command.timeout_s * 1000, by=signed_name(command.requested_by), approval=approval,
            )  # fmt: skip
            self._key.sign(wire)
            message = wire.SerializeToString()
        return replace(run, state=RunState.SENT, message=message, sent_at=now, retry_at=None, error="")


def signed_name(name: str) -> str:
    """Return a person's name as commands bear it."""
    return "".join(one for one in name if one.isprintable())[:MAX_BY_CHARS]


async def _approval(
    connection: Connection, command: Command, run: Run, now: datetime
) -> pb.StandingApproval | None:  # fmt: skip
    """Return what an operator signed so that this step of a runbook, in this version, may be done there."""
    if run.message is not None or command.runbook_run_id is None:
        return None
    whose = await runbook_runs.get(connection, command.runbook_run_id)
    return None if whose is None else await approval_of(connection, whose, command.action, command.params, now)


async def _locked(connection: Connection, command_id: int) -> Command:
    command = await commands.get(connection, command_id, lock=True)
    if command is None:
        raise NotFoundError(f"There is no command {command_id}.")
    return command


async def _locked_run(connection: Connection, agent_id: int, key: str) -> tuple[Run, Command] | None:
    """Return a run, locked, with its command.

    The command is locked only where it may have to be opened again, and before the run, as everywhere: a command's
    machines must not wait for each other with each piece of output.
    """
    run = await command_runs.find(connection, agent_id, key) if is_key(key) else None
    if run is None:
        return None
    command = await commands.get(connection, run.command_id, lock=run.state is RunState.UNKNOWN)
    run = await command_runs.find(connection, agent_id, key, lock=True)
    return None if run is None or command is None else (run, command)


async def _note(connection: Connection, before: Command, done: book.Step, sent: Sequence[Run]) -> None:
    target = f"command:{before.id}"
    for run in sent:
        await audit.add(
            connection, HUB, "command.send", target, "", agent=run.agent_id, run=run.key, does=before.action
        )
    for run in done.changed:
        await audit.add(
            connection, HUB, "command.result", target, "", result=_audited(run.state), agent=run.agent_id, run=run.key,
            state=run.state, error=run.error,
        )  # fmt: skip
    if done.command.state is not before.state:
        await audit.add(connection, HUB, f"command.{done.command.state}", target, "", note=done.command.note)


def _audited(state: RunState) -> str:
    return "ok" if state in (RunState.SUCCEEDED, RunState.CANCELLED, RunState.EXPIRED) else "failed"

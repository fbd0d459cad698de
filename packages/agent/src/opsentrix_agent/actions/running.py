"""Watches the process of a command: passes its output on within limits, and ends it when it is time."""

import contextlib
import os
import select
import signal
import time
from collections import deque
from typing import NamedTuple

from opsentrix_protocol import opsentrix_pb2 as pb

from opsentrix_agent.actions.catalogue import Plan
from opsentrix_agent.actions.child import Pipes, begin, end_all
from opsentrix_agent.actions.policy import Limits
from opsentrix_agent.actions.wire import CANCEL, framed

PIECE_BYTES = 16 * 1024
GRACE_S = 5.0
ALONE_S = 60.0
"""So long a command goes on when the agent is gone."""
_READ_BYTES = 64 * 1024
_LOOK_S = 1.0
_END_LOOK_S = 0.02
_KILLED_S = 1.0
"""How long a killed process may take to be gone; one that hangs in the kernel is left to it."""


class Ended(NamedTuple):
    """How a command ended.

    Attributes:
        status: of CommandResult.
        error: for people; empty when there is nothing to say beside the status.
    """

    status: pb.CommandResult.Status
    exit_code: int = 0
    error: str = ""


class Channel:
    """The pipes to the agent: what it says, and what waits until it takes it.

    Attributes:
        cancelled: whether the agent asked to end the command.
        gone_at: monotonic seconds at which the agent was found gone; None while it is there.
    """

    def __init__(self, listen: int, speak: int) -> None:
        self.cancelled = False
        self.gone_at: float | None = None
        self._listen = listen
        self._speak = speak
        self._waiting: deque[bytes] = deque()
        for descriptor in (listen, speak):
            os.set_blocking(descriptor, False)

    def say(self, message: pb.AgentMessage) -> None:
        """Have a message sent; it waits here until there is room in the pipe."""
        if self.gone_at is None:
            self._waiting.append(framed(message.SerializeToString()))
            self.push()

    def readers(self) -> list[int]:
        """Return what to wait for."""
        return [self._listen] if self.gone_at is None else []

    def writers(self) -> list[int]:
        """Return what to wait for until something fits in."""
        return [self._speak] if self._waiting else []

    def listen(self) -> None:
        """Take what the agent has said."""
        try:
            said = os.read(self._listen, 64)
        except BlockingIOError:
            return
        if not said:
            self._gone()
        self.cancelled |= CANCEL in said

    def push(self) -> None:
        """Write what there is room for."""
        try:
            while self._waiting:
                written = os.write(self._speak, self._waiting[0])
                rest = self._waiting.popleft()[written:]
                if rest:
                    self._waiting.appendleft(rest)
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._gone()

    def flush(self, within_s: float) -> None:
        """Wait until all is written or the agent is gone, but no longer than that."""
        until = time.monotonic() + within_s
        while self._waiting and (left := until - time.monotonic()) > 0:
            ready, _, _ = select.select([self._listen], [self._speak], [], left)
            if ready:
                self.listen()
            self.push()

    def _gone(self) -> None:
        self.gone_at = self.gone_at or time.monotonic()
        self._waiting.clear()


class Running:
    """A command from its process' beginning to the end of all that came of it.

    Attributes:
        written: bytes that it wrote.
        stopping: whether the agent, or the machine, stops.
    """

    def __init__(self, command_id: str, plan: Plan, limits: Limits, timeout_s: float, channel: Channel) -> None:
        self.written = 0
        self.stopping = False
        self._id = command_id
        self._plan = plan
        self._limits = limits
        self._timeout_s = timeout_s
        self._channel = channel
        self._seq = 0
        self._open: dict[int, pb.CommandOutput.Stream] = {}

    @property
    def truncated(self) -> bool:
        """Whether it wrote more than was passed on."""
        return self.written > self._limits.output_bytes

    def stop(self) -> None:
        """End it, since the agent or the machine stops; a signal handler may say so."""
        self.stopping = True

    def run(self, wakeup: int) -> Ended:
        """Do it all and return how it ended.

        Args:
            wakeup: readable when a signal came.
        """
        try:
            pipes = begin(self._plan, self._id, self._limits)
        except OSError as error:
            return Ended(pb.CommandResult.STATUS_FAILED, 0, f"No process could be started: {error.strerror}.")
        self._open = {pipes.stdout: pb.CommandOutput.STREAM_STDOUT, pipes.stderr: pb.CommandOutput.STREAM_STDERR}
        self._say(pb.CommandOutput.STREAM_STDOUT, b"")
        code, why = self._watch(pipes, wakeup)
        if code is None and why is not None:
            code = self._end(pipes)
        left = 0 if self._plan.leaves and why is None else end_all(GRACE_S if why is None else 0.0)
        self._drain()
        for descriptor in list(self._open):
            self._close(descriptor)
        return _ended(code, why, left)

    def _watch(self, pipes: Pipes, wakeup: int) -> tuple[int | None, Ended | None]:
        """Wait for its end, or for a reason to end it."""
        began = time.monotonic()
        while True:
            now = time.monotonic()
            why = self._reason(now - began, now)
            if why is not None:
                return None, why
            code = _exit_code(pipes.pid)
            if code is not None:
                return code, None
            wait_s = min(_LOOK_S, max(0.0, began + self._timeout_s - now))
            self._turn(wait_s, wakeup)

    def _reason(self, elapsed_s: float, now: float) -> Ended | None:
        gone = self._channel.gone_at
        if self.stopping:
            return Ended(pb.CommandResult.STATUS_CANCELLED, 0, "The agent was stopped.")
        if self._channel.cancelled:
            return Ended(pb.CommandResult.STATUS_CANCELLED, 0, "It was cancelled.")
        if elapsed_s >= self._timeout_s:
            return Ended(pb.CommandResult.STATUS_TIMED_OUT, 0, f"It took more than {self._timeout_s:g} s.")
        if gone is not None and now - gone >= ALONE_S:
            return Ended(pb.CommandResult.STATUS_CANCELLED, 0, f"The agent was gone for more than {ALONE_S:g} s.")
        return None

    def _end(self, pipes: Pipes) -> int | None:
        """Ask the process to end, then all that is left of it; meanwhile it may still write."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pipes.pid, signal.SIGTERM)
        code = self._await(pipes.pid, GRACE_S)
        if code is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pipes.pid, signal.SIGKILL)
            code = self._await(pipes.pid, _KILLED_S)
        return code

    def _await(self, pid: int, within_s: float) -> int | None:
        until = time.monotonic() + within_s
        while (code := _exit_code(pid)) is None and time.monotonic() < until:
            self._turn(_END_LOOK_S, -1)
        return code

    def _turn(self, wait_s: float, wakeup: int) -> None:
        """Wait for whatever comes first, and take it."""
        own = [wakeup] if wakeup >= 0 else []
        readers = [*self._open, *self._channel.readers(), *own]
        ready, writable, _ = select.select(readers, self._channel.writers(), [], wait_s)
        if writable:
            self._channel.push()
        for descriptor in ready:
            if descriptor in self._open:
                self._read(descriptor)
            elif descriptor == wakeup:
                with contextlib.suppress(BlockingIOError):
                    os.read(wakeup, 64)
            else:
                self._channel.listen()

    def _drain(self) -> None:
        """Take what is left in the pipes; nobody writes to them any more, or is waited for."""
        for descriptor in list(self._open):
            while self._read(descriptor):
                pass

    def _read(self, descriptor: int) -> bool:
        try:
            data = os.read(descriptor, _READ_BYTES)
        except BlockingIOError:
            return False
        if not data:
            self._close(descriptor)
            return False
        room = max(0, self._limits.output_bytes - self.written)
        self.written += len(data)
        for start in range(0, min(room, len(data)), PIECE_BYTES):
            self._say(self._open[descriptor], data[start : min(room, start + PIECE_BYTES)])
        return self.written < 2 * self._limits.output_bytes + _READ_BYTES

    def _say(self, stream: pb.CommandOutput.Stream, data: bytes) -> None:
        self._seq += 1
        piece = pb.CommandOutput(command_id=self._id, stream=stream, seq=self._seq, data=data)
        self._channel.say(pb.AgentMessage(command_output=piece))

    def _close(self, descriptor: int) -> None:
        self._open.pop(descriptor)
        os.close(descriptor)


def _exit_code(pid: int) -> int | None:
    """Return how a process ended, negative for a signal; None while it goes on. Others are waited for too."""
    with contextlib.suppress(ChildProcessError):
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            if found[0] == pid:
                return os.waitstatus_to_exitcode(found[1])
    return None


def _ended(code: int | None, why: Ended | None, left: int) -> Ended:
    beside = f" {left} of its processes could not be ended." if left else ""
    if why is not None:
        return why._replace(exit_code=code or 0, error=why.error + beside)
    if code:
        return Ended(pb.CommandResult.STATUS_FAILED, code, beside.strip())
    return Ended(pb.CommandResult.STATUS_SUCCEEDED, 0, beside.strip())

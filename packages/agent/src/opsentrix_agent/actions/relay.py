"""The agent's part in actions: it starts an executor for each command, and passes on what that says.

A thread of its own waits for the executors, so that nothing here holds up the ticks or the link. What the hub has not
acknowledged is kept, within bounds, and sent again on each connection; behind it the executors wait, and no program
does. Loaded only where the owner's policy speaks of actions.
"""

import logging
import os
import select
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from google.protobuf.message import DecodeError
from opsentrix_protocol import opsentrix_pb2 as pb

from opsentrix_agent.actions.places import policy_file
from opsentrix_agent.actions.wire import CANCEL, Messages, framed
from opsentrix_agent.orders import Actions, refused
from opsentrix_agent.waker import Waker

log = logging.getLogger(__name__)

MAX_RUNNING = 4
MAX_WAITING = 16
BURST = 32
"""Commands are taken at most one a second, and so many at once: each costs the machine a process to judge it."""
HELD_BYTES = 256 * 1024
MAX_HELD_RESULTS = 1000
MAX_COMMAND_BYTES = 60_000
"""Less than a pipe holds."""
LOOK_EACH_S = 10.0
SETTLE_EACH_S = 5.0
READY_S = 120.0
"""So long one executor waits, begun ahead, after a command or after the hub said that one may come: it takes longer to
begin than all else about a command, and some memory while it waits."""
STATE_WITHIN_S = 5.0
STILL_RUNNING = 3
_READ_BYTES = 32 * 1024
_PAUSE_S = 1.0
_RESULT = 1 << 64
"""Stands for a result among the numbers of output pieces: it comes behind them."""

Key = tuple[str, int]
Name = tuple[str, str]
"""Step and command."""
_READY: Name = ("ready", "")
Tell = Callable[[pb.PolicyState], None]


class _Child:
    """A process that was started: an executor, or one that settles or says the policy's state."""

    def __init__(self, program: Sequence[str], step: str, options: Sequence[str], said: bytes = b"") -> None:
        self.step = step
        self.messages = Messages()
        self.result = False
        stdin, self.speak = os.pipe()
        self.listen, stdout = os.pipe()
        actions = [(os.POSIX_SPAWN_DUP2, stdin, 0), (os.POSIX_SPAWN_DUP2, stdout, 1)]
        argv = [*program, "execute", step, *options]
        try:
            self.pid = os.posix_spawn(argv[0], argv, os.environ, file_actions=actions, setpgroup=0)
        except OSError:
            self.close()
            raise
        finally:
            os.close(stdin)
            os.close(stdout)
        self.say(said)

    def say(self, data: bytes) -> bool:
        """Write to its standard input, and return whether it is there to hear it."""
        try:
            if data:
                os.write(self.speak, data)
        except BrokenPipeError:
            log.debug("an executor ended before it heard all")
            return False
        return True

    def dismiss(self) -> None:
        """Have one that waits for a command end, since none comes."""
        if self.speak >= 0:
            os.close(self.speak)
        self.speak = -1

    def close(self) -> None:
        """Let go of the pipes: an executor takes that as the agent's end."""
        self.dismiss()
        os.close(self.listen)


class Relay(threading.Thread, Actions):
    """Follows commands by starting executors."""

    def __init__(
        self, program: Sequence[str], state_dir: Path, config: Path | None, wake: Callable[[], None], tell: Tell
    ) -> None:
        """Take what is needed; `start` begins.

        Args:
            program: an absolute path and arguments that run this very agent.
            state_dir: of the agent.
            config: the config file that the user named; the policy is beside it.
            wake: says that there is something to send.
            tell: is told what the policy allows.
        """
        super().__init__(name="actions", daemon=True)
        self._program = program
        self._state_dir = state_dir
        self._options = ["--state-dir", str(state_dir), *(["--config", str(config)] if config else [])]
        self._policy = policy_file(config)
        self._wake = wake
        self._tell = tell
        self._lock = threading.Lock()
        self._waker = Waker()
        self._stopping = False
        self._waiting: deque[pb.Command] = deque()
        self._children: dict[Name, _Child] = {}
        self._acked: deque[str] = deque()
        self._held: dict[Key, bytes] = {}
        self._held_bytes = 0
        self._unsent: deque[Key] = deque()
        self._untold: set[str] = set()
        self._settling: set[str] = set()
        self._acks = True
        self._tokens, self._refilled_at = float(BURST), time.monotonic()
        self._seen: tuple[int, int] | None = None
        self._look_at = self._settle_at = self._ready_until = 0.0

    def command(self, command: pb.Command) -> list[bytes]:
        """Take a command; one that is known already is not taken twice."""
        with self._lock:
            known = ("run", command.id) in self._children or any(one.id == command.id for one in self._waiting)
            if (command.id, _RESULT) in self._held:
                self._unsent.append((command.id, _RESULT))
                known = True
            if known:
                return []
            if len(self._waiting) >= MAX_WAITING or not self._token():
                return [refused(command.id, "This agent has too many commands to follow already: busy.")]
            if command.ByteSize() > MAX_COMMAND_BYTES:
                return [refused(command.id, f"A command has at most {MAX_COMMAND_BYTES} bytes.")]
            self._waiting.append(command)
        self._waker.wake()
        return []

    def expect(self) -> None:
        """Have an executor begun ahead, for a while: there may be a command soon."""
        self._ready_until = time.monotonic() + READY_S
        self._waker.wake()

    def cancel(self, command_id: str) -> None:
        """End a command that runs, or forget one that waits."""
        with self._lock:
            child = self._children.get(("run", command_id))
            if child is not None:
                child.say(CANCEL)
                return
            found = [one for one in self._waiting if one.id == command_id]
            for one in found:
                self._waiting.remove(one)
                status, why = pb.CommandResult.STATUS_CANCELLED, "It was cancelled before it began."
                result = pb.CommandResult(command_id=one.id, status=status, error=why)
                self._hold((one.id, _RESULT), pb.AgentMessage(command_result=result).SerializeToString())

    def acked(self, ack: pb.CommandAck) -> None:
        """Forget what the hub has for good."""
        with self._lock:
            for key in [key for key in self._held if key[0] == ack.command_id and key[1] <= ack.output_seq]:
                self._drop(key)
            if ack.result and (ack.command_id, _RESULT) in self._held:
                self._drop((ack.command_id, _RESULT))
                self._acked.append(ack.command_id)
        self._waker.wake()

    def welcomed(self, *, acks: bool) -> None:
        """Send all that is held anew; a hub that knows no acks has what was sent."""
        with self._lock:
            self._acks = acks
            self._unsent = deque(self._held)

    def poll(self) -> bytes | None:
        """Return the next message, or None when there is none now."""
        with self._lock:
            while self._unsent:
                key = self._unsent.popleft()
                message = self._held.get(key)
                if message is None:
                    continue
                if not self._acks:
                    self._drop(key)
                    self._waker.wake()
                return message
        return None

    def begin(self) -> None:
        """Tell what the policy allows, waiting for that for a moment, and start the thread."""
        self._look(time.monotonic())
        until = time.monotonic() + STATE_WITHIN_S
        while ("state", "") in self._children and time.monotonic() < until:
            self._turn(until - time.monotonic())
        self._start(("settle", ""))
        self.start()

    def run(self) -> None:
        """Start executors, and take what they say, until stopped."""
        while not self._stopping:
            self._step()
        for child in self._children.values():
            child.close()
        self._waker.close()

    def stop(self, within_s: float) -> None:
        """End the thread. What runs goes on for a while; the next agent tells how it ended."""
        self._stopping = True
        self._waker.wake()
        if self.is_alive():
            self.join(within_s)

    def _step(self) -> None:
        try:
            self._turn(LOOK_EACH_S)
            self._look(time.monotonic())
            self._begin_waiting()
            self._keep_ready(time.monotonic())
            self._note_acked()
        except Exception:
            log.exception("actions fail in an unforeseen way")
            time.sleep(_PAUSE_S)

    def _turn(self, wait_s: float) -> None:
        """Wait for whatever comes first, and take it."""
        with self._lock:
            room = self._held_bytes < HELD_BYTES
            pipes = {child.listen: name for name, child in self._children.items() if room or child.step != "run"}
        if self._settle_at:
            wait_s = min(wait_s, max(0.0, self._settle_at - time.monotonic()))
        waker = self._waker.fileno()
        ready, _, _ = select.select([waker, *pipes], [], [], wait_s)
        for descriptor in ready:
            if descriptor == waker:
                self._waker.clear()
            else:
                self._hear(pipes[descriptor])

    def _hear(self, name: Name) -> None:
        child = self._children[name]
        data = os.read(child.listen, _READ_BYTES)
        try:
            for message in child.messages.take(data):
                self._take(child, pb.AgentMessage.FromString(message), message)
        except (ValueError, DecodeError) as error:
            log.warning("an executor says something that is no message: %s", error)
            data = b""
        if not data:
            self._ended(name, child)

    def _take(self, child: _Child, message: pb.AgentMessage, data: bytes) -> None:
        body = message.WhichOneof("body")
        with self._lock:
            if child.step == "settle" and ("run", message.command_result.command_id) in self._children:
                return  # its own executor tells it, behind the output that still waits there
            if body == "command_output":
                self._hold((message.command_output.command_id, message.command_output.seq), data)
            elif body == "command_result":
                child.result = True
                self._untold.discard(message.command_result.command_id)
                if len(self._held) < MAX_HELD_RESULTS:
                    self._hold((message.command_result.command_id, _RESULT), data)
        if body == "policy_state":
            self._tell(message.policy_state)

    def _ended(self, name: Name, child: _Child) -> None:
        with self._lock:
            del self._children[name]
        code = self._reap(child)
        if name == _READY:
            self._ready_until = 0.0  # one that ends by itself is not begun again and again
        untold = name[0] == "run" and not child.result
        if name[0] == "run":
            self._ready_until = time.monotonic() + READY_S
        if untold:
            log.warning("the executor of command %s ended (%d) and told no result", name[1], code)
            self._untold.add(name[1])
        if child.step == "settle" and code == 0:
            self._tell_unbegun()
        if untold or (child.step == "settle" and code == STILL_RUNNING):
            self._settle_at = time.monotonic() + (0.0 if untold else SETTLE_EACH_S)
        self._waker.wake()

    def _tell_unbegun(self) -> None:
        """Tell of commands that the journal knows nothing of, although their executors are gone: nothing was begun."""
        with self._lock:
            for command_id in self._settling & self._untold:
                message = refused(command_id, "Its executor ended before it was begun.")
                self._hold((command_id, _RESULT), message)
            self._untold -= self._settling

    def _look(self, now: float) -> None:
        """Look whether the policy has changed, and whether there is something to settle."""
        if self._settle_at and now >= self._settle_at and ("settle", "") not in self._children:
            self._settle_at = 0.0
            self._start(("settle", ""))
        if now < self._look_at:
            return
        self._look_at = now + LOOK_EACH_S
        try:
            status = self._policy.stat()
            seen: tuple[int, int] = (status.st_mtime_ns, status.st_ctime_ns)
        except OSError:
            seen = (0, 0)
        if seen != self._seen and ("state", "") not in self._children:
            self._seen = seen
            self._start(("state", ""))

    def _begin_waiting(self) -> None:
        while True:
            with self._lock:
                if not self._waiting or self._running() >= MAX_RUNNING:
                    return
                command = self._waiting.popleft()
                said = framed(command.SerializeToString())
                ready = self._children.pop(_READY, None)
                if ready is not None and ready.speak >= 0 and ready.say(said):
                    self._children["run", command.id] = ready
                    continue
                if ready is not None:
                    self._reap(ready)
                try:
                    self._start(("run", command.id), said)
                except OSError as error:
                    self._hold((command.id, _RESULT), refused(command.id, f"No executor can be started: {error}."))

    def _running(self) -> int:
        return sum(step == "run" for step, _ in self._children)

    def _keep_ready(self, now: float) -> None:
        """Begin an executor ahead while nothing else runs, or dismiss it when nobody needed it for long."""
        ready = self._children.get(_READY)
        if ready is not None and now >= self._ready_until:
            ready.dismiss()
        if ready is None and now < self._ready_until and not self._running():
            try:
                self._start(_READY)
            except OSError as error:
                log.debug("no executor can be begun ahead: %s", error)
                self._ready_until = 0.0

    def _start(self, name: Name, said: bytes = b"") -> None:
        step = "run" if name == _READY else name[0]
        if step == "settle":
            self._settling = set(self._untold)  # those that end from now on may be begun after it has read the journal
        self._children[name] = _Child(self._program, step, self._options, said)

    @staticmethod
    def _reap(child: _Child) -> int:
        """Let go of a process that has ended, or is about to, and return its exit code."""
        child.close()
        _, status = os.waitpid(child.pid, 0)
        return os.waitstatus_to_exitcode(status)

    def _hold(self, key: Key, message: bytes) -> None:
        if key not in self._held:
            self._held[key] = message
            self._held_bytes += len(message)
            self._unsent.append(key)
            self._wake()

    def _drop(self, key: Key) -> None:
        self._held_bytes -= len(self._held.pop(key))

    def _token(self) -> bool:
        now = time.monotonic()
        self._tokens = min(float(BURST), self._tokens + now - self._refilled_at)
        self._refilled_at = now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True

    def _note_acked(self) -> None:
        """Note in the journal which results the hub has: they are not told at the next start then."""
        if not self._acked:
            return
        from opsentrix_agent.actions.journal import FOLDER, Journal

        try:
            with Journal(self._state_dir / FOLDER) as journal:
                while self._acked:
                    journal.append({"what": "acked", "id": self._acked.popleft()}, durable=False)
        except OSError as error:
            log.warning("the journal of actions fails: %s", error)

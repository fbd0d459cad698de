"""The agent's side of the protocol as a state machine: bytes and the time in, bytes out; it never touches a socket.

docs/protocol.md tells how a session goes.
"""

import logging
import time
from collections.abc import Callable
from enum import Enum

from google.protobuf.message import DecodeError
from opsentrix_protocol import opsentrix_pb2 as pb

from opsentrix_agent.envelope import Envelope
from opsentrix_agent.errors import LinkError
from opsentrix_agent.greeting import Greeting, Limits
from opsentrix_agent.jitter import uniform
from opsentrix_agent.orders import Actions, Duties
from opsentrix_agent.spool import FrameKey, Spool, SpooledFrame
from opsentrix_agent.uploads import Uploads

log = logging.getLogger(__name__)

CAPABILITIES = (
    "frames.zlib",
    "frames.absent",
    "frames.causes",
    "processes",
    "processes.packed",
    "pace",
    "configuration",
    "recordings",
    "identity",
)
UPGRADES = "upgrades"
"""Named in Hello where the owner allows the hub to ask for another release."""
ACTIONS = "actions"
"""Named in Hello where the owner allows any action."""
WINDOW_FRAMES = 64
"""Frames that may wait for their ack: enough to fill a link of 100 ms round trip, few enough to resend."""
LIVE_FRAMES = 8
"""So many of the newest frames go at once and before older ones: what people look at after an outage is now."""
BACKLOG_WINDOW_FRAMES = 16
"""Older frames that may wait for their ack. As a busy hub acks later, a fleet that comes back slows down with it."""
BACKLOG_FRAMES_PER_S = 50
BACKLOG_DELAY_S = 5.0
"""Older frames begin at a random time within so long after Welcome, so that a fleet does not begin all at once."""
PING_AFTER_S = 5.0
DEAD_AFTER_S = 15.0
ACK_TIMEOUT_S = 30.0
"""A frame that the hub neither acks nor rejects for so long is sent again; the hub recognises what it has."""
DEFAULT_RETRY_S = 1.0
MAX_HELLO_BOOTS = 100
"""Hubs bound the list; the frames of a later boot wait for the next connection."""
MAX_HELLO_LAYOUTS = 64
"""Hubs bound the list; the frames of an older layout bring it along."""
MAX_REPLIES = 64
"""Answers that wait; a hub that asks for more and takes none is not answered."""
_NO_DUTIES = Duties()


class Phase(Enum):
    """Where a link stands."""

    CLOSED = "closed"
    GREETING = "greeting"
    OPEN = "open"


class Link:
    """One agent's conversation with the hub, across any number of connections.

    All `now` arguments are monotonic seconds.

    Attributes:
        phase: where it stands.
        stopping: set by whoever stops the agent: what is left goes without any restraint.
        envelope: seals what is sent where the owner wants that; to be set before the first connection.
    """

    def __init__(
        self,
        spool: Spool,
        greeting: Greeting,
        on_pace: Callable[[int], None] = lambda _ticks: None,
        on_limits: Callable[[Limits], None] = lambda _limits: None,
        wall_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        uniform: Callable[[float, float], float] = uniform,
        duties: Duties = _NO_DUTIES,
    ) -> None:
        self.phase = Phase.CLOSED
        self.stopping = False
        self.envelope = Envelope()
        self._spool = spool
        self._greeting = greeting
        self._heartbeat_s = greeting.frame_ticks * greeting.step_ms / 1000
        self._on_pace = on_pace
        self._on_limits = on_limits
        self._wall_ms = wall_ms
        self._duties = duties
        self._states: dict[str, bytes] = {}
        self._untold: set[str] = set()
        self._told_of: set[str] = set()
        self._paced = 0
        self._in_flight: dict[FrameKey, float] = {}
        self._with_layout: set[FrameKey] = set()
        self._known_layouts: set[int] = set()
        self._uniform = uniform
        self._resume_at = 0.0
        self._backlog: set[FrameKey] = set()
        self._backlog_at = 0.0
        self._heard_at = 0.0
        self._sent_at = 0.0
        self._pinged_at = 0.0
        self._replies: list[bytes] = []
        self._uploads = Uploads(duties.recordings)

    def set_frame_ticks(self, frame_ticks: int) -> None:
        """Put so many ticks into a frame when nobody asks otherwise; any thread may say so."""
        self._greeting = self._greeting._replace(frame_ticks=frame_ticks)
        self._heartbeat_s = frame_ticks * self._greeting.step_ms / 1000
        self._on_pace(self._paced or frame_ticks)

    def tell(self, capability: str, state: pb.AgentMessage) -> None:
        """Tell a hub with this capability a state, now and on each new connection; any thread may say so."""
        self._states[capability] = state.SerializeToString()
        self._untold.add(capability)

    def allow(self, capability: str, *, allowed: bool) -> None:
        """Tell the hub, on the next connection, whether the owner allows this; any thread may say so."""
        others = tuple(one for one in self._greeting.capabilities if one != capability)
        self._greeting = self._greeting._replace(capabilities=(*others, capability) if allowed else others)

    def follow_commands(self, actions: Actions) -> None:
        """Have commands followed by this from now on; any thread may say so."""
        self._duties = self._duties._replace(actions=actions)

    def open(self, now: float) -> bytes:
        """Begin on a new connection and return the first message to send: Hello, or the request to seal it."""
        self.close()
        self.phase = Phase.GREETING
        self._heard_at = self._sent_at = self._pinged_at = now
        present = self._greeting.boot_id
        hello = pb.Hello(
            capabilities=[*CAPABILITIES, *self._greeting.capabilities],
            agent_version=self._greeting.version,
            boot_ids=[present, *(boot for boot in self._spool.boots() if boot != present)][:MAX_HELLO_BOOTS],
            layout_ids=self._spool.layout_ids()[-MAX_HELLO_LAYOUTS:],
            step_ms=self._greeting.step_ms,
            frame_ticks=self._greeting.frame_ticks,
            time_ms=self._wall_ms(),
            host=self._greeting.host,
            configuration_version=self._duties.orders.version,
        )
        return self.envelope.first(pb.AgentMessage(hello=hello).SerializeToString())

    def close(self) -> None:
        """Forget what belongs to the connection that ended; frames in flight will be sent again."""
        if self.phase is Phase.OPEN:
            self._pace(0)
        self.phase = Phase.CLOSED
        self._in_flight.clear()
        self._backlog.clear()
        self._with_layout.clear()
        self._known_layouts.clear()
        self._replies.clear()
        self._uploads.clear()
        self._resume_at = 0.0
        self.envelope.clear()

    def heard(self, now: float) -> None:
        """Note that the hub gave a sign of life, such as a pong."""
        self._heard_at = now

    def receive(self, data: bytes, now: float) -> None:
        """Take one message of the hub.

        Raises:
            LinkError: it is not a message of this protocol, or the hub refuses the session or wants a new one.
        """
        self.heard(now)
        try:
            message = pb.HubMessage.FromString(data)
        except DecodeError:
            raise LinkError("The hub sent something that is not a message of this protocol.") from None
        match message.WhichOneof("body"):
            case "seal_offer":
                self.envelope.accept(message.seal_offer)
            case "welcome":
                self._welcome(message.welcome, now)
            case "ack":
                self._ack(message.ack)
            case "reject":
                self._reject(message.reject, now)
            case "pace":
                self._pace(message.pace.frame_ticks)
            case "recording_request":
                self._uploads.request(message.recording_request)
            case _:
                replies = self._duties.follow(message, now)
                self._replies.extend(replies[: max(0, MAX_REPLIES - len(self._replies))])

    def poll(self, now: float) -> bytes | None:
        """Return the next message to send, or None when there is none now."""
        if self.phase is not Phase.OPEN:
            return self.envelope.held()
        message = self._next_message(now)
        if message is None:
            return None
        self._sent_at = now
        return self.envelope.put(message)

    def ping_due(self, now: float) -> bool:
        """Return whether to ping now because the hub has been silent; each call that says yes counts as the ping."""
        due = now - max(self._heard_at, self._pinged_at) >= PING_AFTER_S
        if due:
            self._pinged_at = now
        return due

    def dead(self, now: float) -> bool:
        """Return whether the hub has been silent for so long, pings included, that the connection is given up."""
        return now - self._heard_at >= DEAD_AFTER_S

    def deadline(self, now: float) -> float:
        """Return the monotonic time at which something is due even if nothing arrives."""
        times = [max(self._heard_at, self._pinged_at) + PING_AFTER_S, self._heard_at + DEAD_AFTER_S]
        if self.phase is Phase.OPEN:
            times.append(self._sent_at + self._heartbeat_s)
            times.extend(at for at in (self._resume_at, self._backlog_at) if at > now)
            if self._uploads.waiting:
                times.append(self._uploads.due)
            if self._in_flight:
                times.append(next(iter(self._in_flight.values())) + ACK_TIMEOUT_S)
        return min(times)

    def farewell(self) -> bytes:
        """Return the last message of a run: the agent stops."""
        return self.envelope.put(self._heartbeat(pb.AGENT_STATUS_OFFLINE))

    def _next_message(self, now: float) -> bytes | None:
        if self._replies:
            return self._replies.pop(0)
        if due := self._untold & self._told_of:
            capability = due.pop()
            self._untold.discard(capability)
            return self._states[capability]
        self._expire(now)
        if len(self._in_flight) < WINDOW_FRAMES and now >= self._resume_at:
            frame = self._spool.first_of_newest(LIVE_FRAMES, self._in_flight) or self._next_of_backlog(now)
            if frame is not None:
                self._in_flight[frame.key] = now
                return self._frame_message(frame)
        if (piece := self._duties.actions.poll() or self._uploads.poll(now)) is not None:
            return piece
        if now - self._sent_at >= self._heartbeat_s:
            return self._heartbeat(pb.AGENT_STATUS_ONLINE)
        return None

    def _next_of_backlog(self, now: float) -> SpooledFrame | None:
        if self.stopping:
            return self._spool.first(besides=self._in_flight)
        if now < self._backlog_at or len(self._backlog) >= BACKLOG_WINDOW_FRAMES:
            return None
        frame = self._spool.first(besides=self._in_flight)
        if frame is not None:
            self._backlog.add(frame.key)
            self._backlog_at = max(self._backlog_at, now - BACKLOG_WINDOW_FRAMES / BACKLOG_FRAMES_PER_S)
            self._backlog_at += 1 / BACKLOG_FRAMES_PER_S
        return frame

    def _frame_message(self, spooled: SpooledFrame) -> bytes:
        message = pb.AgentMessage()
        message.frame.MergeFromString(spooled.data)
        message.frame.lost_before = self._spool.lost_before(spooled.key)
        if spooled.layout_id not in self._known_layouts:
            message.frame.layout.MergeFromString(self._spool.layout(spooled.layout_id))
            self._known_layouts.add(spooled.layout_id)
            self._with_layout.add(spooled.key)
        return message.SerializeToString()

    def _heartbeat(self, status: pb.AgentStatus) -> bytes:
        heartbeat = pb.Heartbeat(
            status=status,
            time_ms=self._wall_ms(),
            spooled_frames=len(self._spool),
            dropped_frames=self._spool.dropped,
        )
        return pb.AgentMessage(heartbeat=heartbeat).SerializeToString()

    def _expire(self, now: float) -> None:
        while self._in_flight:
            key, sent_at = next(iter(self._in_flight.items()))
            if now - sent_at < ACK_TIMEOUT_S:
                return
            self._settle(key)

    def _settle(self, key: FrameKey) -> None:
        self._in_flight.pop(key, None)
        self._backlog.discard(key)
        self._with_layout.discard(key)

    def _welcome(self, welcome: pb.Welcome, now: float) -> None:
        dropped = 0
        for committed in welcome.committed:
            ranges = [(span.first, span.last) for span in committed.ranges]
            dropped += self._spool.ack_ranges(committed.boot_id, ranges)
        self._known_layouts.update(welcome.known_layout_ids)
        self.phase = Phase.OPEN
        self._replies.extend(self._duties.welcomed())
        self._backlog_at = now + self._uniform(0.0, BACKLOG_DELAY_S)
        self._told_of = set(welcome.capabilities)
        self._duties.actions.welcomed(acks=ACTIONS in self._told_of)
        self._untold = set(self._states)
        self._on_limits(
            Limits(
                welcome.max_message_bytes,
                welcome.max_series,
                "processes.packed" in welcome.capabilities,
                "certificates" in welcome.capabilities,
            )
        )
        self._pace(welcome.frame_ticks)
        log.info(
            "connected to hub %s as agent %d; %d frames were stored already, %d are to be sent",
            welcome.hub_version,
            welcome.agent_id,
            dropped,
            len(self._spool),
        )

    def _ack(self, ack: pb.Ack) -> None:
        self._spool.ack(ack.boot_id, ack.seqs)
        for seq in ack.seqs:
            self._settle((ack.boot_id, seq))
        if ack.boot_id == self._greeting.boot_id and ack.seqs:
            self._duties.orders.acknowledged()

    def _pace(self, frame_ticks: int) -> None:
        self._paced = frame_ticks
        self._on_pace(frame_ticks or self._greeting.frame_ticks)

    def _reject(self, reject: pb.Reject, now: float) -> None:
        reason = _reason_name(reject.reason)
        if self.phase is not Phase.OPEN:
            raise LinkError(f"The hub refuses the session: {reason} {reject.field}: {reject.detail}")
        key = (reject.boot_id, reject.seq)
        frame = self._spool.get(key)
        had_layout = key in self._with_layout
        self._settle(key)
        if frame is None:
            log.warning("hub rejected a message: %s %s: %s", reason, reject.field, reject.detail)
            return
        if reject.reason == pb.REJECT_REASON_UNKNOWN_LAYOUT and not had_layout:
            self._known_layouts.discard(frame.layout_id)
        elif reject.permanent:
            self._spool.discard(key)
            log.warning("hub rejected frame %d for good: %s %s: %s", reject.seq, reason, reject.field, reject.detail)
        else:
            # Whatever holds one frame up (a full queue, a database that is away) holds the next one up too.
            self._known_layouts.discard(frame.layout_id)
            retry_s = reject.retry_after_ms / 1000 or DEFAULT_RETRY_S
            self._resume_at = max(self._resume_at, now + retry_s)
            log.info("hub rejected frame %d for now: %s; again in %.1f s", reject.seq, reason, retry_s)


def _reason_name(reason: int) -> str:
    try:
        return pb.RejectReason.Name(pb.RejectReason.ValueType(reason)).removeprefix("REJECT_REASON_")
    except ValueError:
        return str(reason)

"""One agent's session, the same over every link: messages come in as bytes and go out as bytes."""

import time
import uuid
from collections.abc import Callable, Sequence

from google.protobuf.message import DecodeError
from opsentrix_protocol import opsentrix_pb2 as pb

from opsentrix import __version__, log, selfmetrics
from opsentrix.errors import UnavailableError
from opsentrix.ingest import configs, identity, upgrades
from opsentrix.ingest.context import SessionContext
from opsentrix.ingest.errors import FrameRejectedError
from opsentrix.ingest.seal import Seal
from opsentrix.ingest.validate import MAX_SEQ
from opsentrix.model.agents import AgentStatus
from opsentrix.model.configs import ConfigVersion
from opsentrix.model.frames import StoredFrame
from opsentrix.model.identity import Verdict
from opsentrix.model.ranges import RangeSet
from opsentrix.model.upgrades import Rollout
from opsentrix.storage import configs as config_storage
from opsentrix.storage import frames as frame_storage

CAPABILITIES = (
    "frames.zlib",
    "frames.absent",
    "frames.causes",
    "processes",
    "processes.packed",
    "pace",
    configs.CAPABILITY,
    "recordings",
    "actions",
    upgrades.CAPABILITY,
    identity.CAPABILITY,
)
MAX_HELLO_BOOTS = 100
MAX_FACTS = 64
MAX_CAPABILITIES = 64
MAX_INTERVAL_S = 86_400.0
MAX_STATES = 10_000
"""What is taken of an agent about its configuration and upgrades in one session."""
_RETRY_AFTER_MS = 1000
_ENDS = (pb.REJECT_REASON_NOT_SEALED, pb.REJECT_REASON_SEAL_BROKEN)
"""What follows would be refused as well; a new session may begin."""
_STATUSES = {
    pb.AGENT_STATUS_ONLINE: AgentStatus.ONLINE,
    pb.AGENT_STATUS_ERROR: AgentStatus.ERROR,
    pb.AGENT_STATUS_MAINTENANCE: AgentStatus.MAINTENANCE,
    pb.AGENT_STATUS_OFFLINE: AgentStatus.OFFLINE,
}
_log = log.get(__name__)

Send = Callable[[bytes], None]
"""Queues one message to the agent without waiting."""
End = Callable[[str], None]
"""Ends the session, once what was queued is sent, with a reason."""


class Session:
    """What the hub remembers of one agent while it is connected."""

    def __init__(
        self, agent_id: int, link: str, send: Send, context: SessionContext, end: End, address: str = ""
    ) -> None:
        self.agent_id = agent_id
        self.link = link
        self.address = address
        self._send = send
        self._context = context
        self._end = end
        self._over = False
        self._seal = Seal(agent_id, context.private_key)
        self._boots: dict[bytes, int] = {}
        self._boot_ids: dict[int, bytes] = {}
        self._committed: dict[int, RangeSet] = {}
        self._queued: set[tuple[int, int]] = set()
        self._told_of: set[tuple[str, str]] = set()
        self._frame_ticks = 0
        self._greeted = False
        self._introduction: tuple[str, dict[str, str]] = "", {}
        self._capabilities: frozenset[str] = frozenset()
        self._states = 0
        self._offers = identity.Offers(agent_id, address, context.identities)

    async def receive(self, data: bytes) -> None:
        """Take one message of the agent. Whatever is wrong with it is answered by Reject and counted."""
        if self._over:
            return
        message = pb.AgentMessage()
        try:
            try:
                message.ParseFromString(data)
            except DecodeError:
                raise _malformed("message", "is not a readable AgentMessage") from None
            if len(data) > self._context.max_message_bytes:
                detail = f"has {len(data)} bytes; at most {self._context.max_message_bytes} are allowed"
                raise FrameRejectedError(pb.REJECT_REASON_TOO_LARGE, "message", detail)
            if message.HasField("seal_request"):
                self.send(pb.HubMessage(seal_offer=await self._seal.offer(message.seal_request)))
            else:
                message = self._unsealed(message)
                await self._dispatch(message)
        except FrameRejectedError as error:
            self._reject(message.frame, error)
            if error.reason in _ENDS:
                self._over = True
                self._end(error.slug)

    @property
    def sealed(self) -> bool:
        """Whether the agent seals what it sends."""
        return self._seal.asked

    def _unsealed(self, message: pb.AgentMessage) -> pb.AgentMessage:
        """Return a message as it was before it was sealed, or as it is where it may be."""
        kind = message.WhichOneof("body")
        if kind == "sealed":
            inner = pb.AgentMessage()
            try:
                inner.ParseFromString(self._seal.open(message.sealed))
            except DecodeError:
                raise _malformed("sealed", "holds no readable AgentMessage") from None
            if inner.WhichOneof("body") in ("sealed", "seal_request"):
                raise _malformed("sealed", "holds another seal")
            return inner
        if self.sealed or self._context.must_seal(self.agent_id):
            detail = "came in plain, but this agent seals what it sends: set payload_encryption in its settings"
            raise FrameRejectedError(pb.REJECT_REASON_NOT_SEALED, kind or "message", detail, permanent=False)
        return message

    def pace(self, frame_ticks: int) -> None:
        """Ask the agent to put this many ticks into a frame; 0 is its own choice."""
        self._frame_ticks = frame_ticks
        if self._greeted:
            self.send(pb.HubMessage(pace=pb.Pace(frame_ticks=frame_ticks)))

    @property
    def greeted(self) -> bool:
        """Whether the agent was welcomed."""
        return self._greeted

    def capable(self, capability: str) -> bool | None:
        """Return whether the agent named a capability; None as long as it did not say hello."""
        return capability in self._capabilities if self._greeted else None

    @property
    def configurable(self) -> bool:
        """Whether the agent takes configurations and what goes with them."""
        return bool(self.capable(configs.CAPABILITY))

    def configure(self, wanted: ConfigVersion) -> None:
        """Tell the agent what is wanted of its settings."""
        if self.configurable:
            self.send(configs.message_of(wanted))

    @property
    def renewable(self) -> bool:
        """Whether the agent can make itself a new credential."""
        return bool(self.capable(identity.CAPABILITY))

    def renew(self) -> None:
        """Ask the agent for a new credential."""
        self.send(identity.notice(pb.IdentityNotice.KIND_ROTATE))

    def revoke(self, detail: str) -> None:
        """Tell the agent that its identity is worth nothing any more, and end: nothing else is taken of it."""
        self._over = True
        self.send(identity.notice(pb.IdentityNotice.KIND_REVOKED, detail=detail))
        self._end("revoked")

    def restart(self) -> None:
        """Ask the agent to start anew."""
        self.send(pb.HubMessage(control=pb.Control(action=pb.Control.ACTION_RESTART)))

    def send(self, message: pb.HubMessage) -> None:
        """Queue a message to the agent."""
        self._send(message.SerializeToString())

    @property
    def upgradable(self) -> bool:
        """Whether the owner of the agent allows upgrades."""
        return bool(self.capable(upgrades.CAPABILITY))

    def upgrade(self, rollout: Rollout) -> None:
        """Ask the agent to change to a release."""
        self.send(upgrades.message_of(rollout))

    async def _dispatch(self, message: pb.AgentMessage) -> None:
        kind = message.WhichOneof("body")
        if kind == "hello":
            await self._hello(message.hello)
        elif not self._greeted:
            raise _malformed(kind or "message", "came before hello")
        elif kind == "frame":
            await self._frame(message.frame)
        elif kind == "heartbeat":
            self._context.beat(self.agent_id, _STATUSES.get(message.heartbeat.status, AgentStatus.ONLINE))
        elif kind == "event":
            self._event(message.event)
        elif kind is None:
            raise _malformed("message", "has no body that this hub knows")
        else:
            await self._told(kind, message)

    async def _told(self, kind: str, message: pb.AgentMessage) -> None:
        """Take what an agent tells of itself, and of what it was asked."""
        if kind == "configuration_state":
            await self._configuration_state(message.configuration_state)
        elif kind == "recording":
            await self._context.recorded(self.agent_id, message.recording)
        elif kind in ("policy_state", "command_output", "command_result"):
            if kind == "policy_state":
                self._count_state(kind)
            await self._context.commanded(self.agent_id, message)
        elif kind == "upgrade_state":
            self._count_state(kind)
            async with self._context.database.connection() as connection:
                await upgrades.told(connection, self.agent_id, message.upgrade_state)
        elif kind == "credential_offer" and (answer := await self._offers.take(message.credential_offer)):
            self.send(answer)

    async def _hello(self, hello: pb.Hello) -> None:
        if not 1 <= len(hello.boot_ids) <= MAX_HELLO_BOOTS or any(len(one) != 16 for one in hello.boot_ids):
            raise _malformed("hello.boot_ids", f"must be 1 to {MAX_HELLO_BOOTS} ids of 16 bytes")
        if len(hello.layout_ids) > MAX_HELLO_BOOTS:
            raise _malformed("hello.layout_ids", f"has more than {MAX_HELLO_BOOTS} entries")
        verdict = await self._introduce(hello)
        if verdict is Verdict.PENDING:
            self.send(identity.notice(pb.IdentityNotice.KIND_PENDING, detail=identity.PENDING))
            return
        if verdict is Verdict.REFUSED:
            self.revoke(identity.NOT_KEPT)
            return
        await self._welcome(hello)
        if verdict is Verdict.RENEW and self.renewable:
            self.renew()
        self._context.greeted(self.agent_id)
        if self.configurable:
            async with self._context.database.connection() as connection:
                wanted = await configs.message(connection, self.agent_id, hello.configuration_version)
            if wanted is not None:
                self.send(wanted)
        async with self._context.database.connection() as connection:
            asked = await upgrades.greeted(connection, self.agent_id, allowed=self.upgradable)
        if asked is not None:
            self.send(asked)

    async def _introduce(self, hello: pb.Hello) -> Verdict:
        """Note what the agent tells of itself and return whether it is let in."""
        facts = {_printable(key, 64): _printable(value, 256) for key, value in list(hello.host.items())[:MAX_FACTS]}
        interval = min(max(1.0, hello.step_ms * hello.frame_ticks / 1000), MAX_INTERVAL_S)
        self._introduction = _printable(hello.agent_version, 64), facts
        verdict = await self._context.identities.arrive(self.agent_id, hello.boot_ids[0], facts, self.address)
        if verdict is not Verdict.REFUSED:
            self._context.introduce(self.agent_id, self._introduction[0], interval, facts)
            self._context.beat(self.agent_id, AgentStatus.ONLINE)
        return verdict

    async def _welcome(self, hello: pb.Hello) -> None:
        await self._learn_boots(list(hello.boot_ids))
        welcome = pb.Welcome(
            capabilities=CAPABILITIES + self._context.capabilities,
            hub_version=__version__,
            agent_id=self.agent_id,
            time_ms=time.time_ns() // 1_000_000,
            known_layout_ids=await self._context.pipeline.layouts.known(self.agent_id, list(hello.layout_ids)),
            frame_ticks=self._frame_ticks,
            max_message_bytes=self._context.max_message_bytes,
            max_series=self._context.max_series,
        )
        for boot_id in hello.boot_ids:
            ranges = self._committed[self._boots[boot_id]]
            committed = welcome.committed.add(boot_id=boot_id, last_seq=ranges.highest)
            for first, last in ranges:
                committed.ranges.add(first=first, last=last)
        self._capabilities = frozenset(hello.capabilities[:MAX_CAPABILITIES])
        self._greeted = True  # first: what is changed from now on is pushed, and may come twice
        self.send(pb.HubMessage(welcome=welcome))

    async def _configuration_state(self, state: pb.ConfigurationState) -> None:
        self._count_state("configuration_state")
        for span in state.paused[: configs.MAX_ENTRIES]:
            if (boot := self._boots.get(span.boot_id)) is not None:
                self._context.pipeline.causes.paused(self.agent_id, boot, span)
        told = configs.told(state)
        async with self._context.database.connection() as connection:
            await config_storage.set_state(connection, self.agent_id, told)
        interval = configs.interval(told)
        if interval is not None:
            self._context.introduce(self.agent_id, self._introduction[0], interval, self._introduction[1])

    def _count_state(self, kind: str) -> None:
        self._states += 1
        if self._states > MAX_STATES:
            raise _malformed(kind, "came too often in this session")

    async def _learn_boots(self, boot_ids: Sequence[bytes]) -> None:
        async with self._context.database.connection() as connection:
            numbers = await frame_storage.boots(connection, self.agent_id, [uuid.UUID(bytes=one) for one in boot_ids])
            for boot_id, number in numbers.items():
                self._boots[boot_id.bytes] = number
                self._boot_ids[number] = boot_id.bytes
                self._committed[number] = await frame_storage.committed(connection, self.agent_id, number)

    async def _frame(self, frame: pb.Frame) -> None:
        self._context.pipeline.check(frame)
        if frame.boot_id not in self._boots:
            raise _malformed("frame.boot_id", "was not named in hello")
        boot = self._boots[frame.boot_id]
        self._context.beat(self.agent_id, None)
        if frame.seq in self._committed[boot]:
            selfmetrics.DUPLICATES.inc()
            self.send(pb.HubMessage(ack=pb.Ack(boot_id=frame.boot_id, seqs=[frame.seq])))
            return
        if (boot, frame.seq) in self._queued:
            selfmetrics.DUPLICATES.inc()
            return
        try:
            self._context.pipeline.check_room()
            admission = await self._context.pipeline.layouts.of_frame(self.agent_id, frame)
        except UnavailableError as error:
            raise FrameRejectedError(pb.REJECT_REASON_BUSY, "frame", error.detail, permanent=False) from None
        self._queued.add((boot, frame.seq))
        try:
            await self._context.pipeline.accept(self.agent_id, boot, frame, admission, self.link, self)
        except BaseException:
            self._queued.discard((boot, frame.seq))
            raise

    def committed(self, frames: Sequence[StoredFrame]) -> None:
        """Acknowledge frames of this agent that are durable now."""
        by_boot: dict[int, list[int]] = {}
        for frame in frames:
            self._queued.discard((frame.boot, frame.seq))
            self._committed[frame.boot].add(frame.seq)
            by_boot.setdefault(frame.boot, []).append(frame.seq)
        for boot, seqs in by_boot.items():
            self.send(pb.HubMessage(ack=pb.Ack(boot_id=self._boot_ids[boot], seqs=seqs)))

    def refused(self, frame: StoredFrame, error: FrameRejectedError) -> None:
        """Tell the agent that a frame is not written."""
        self._queued.discard((frame.boot, frame.seq))
        self._reject(pb.Frame(boot_id=self._boot_ids[frame.boot], seq=frame.seq), error)

    def _event(self, event: pb.Event) -> None:
        severity = event.severity if event.severity in pb.Severity.values() else pb.SEVERITY_UNSPECIFIED
        name = pb.Severity.Name(severity).removeprefix("SEVERITY_").lower()
        selfmetrics.AGENT_EVENTS.labels(name).inc()
        _log.info("agent event", agent=self.agent_id, kind=event.kind[:64], severity=name, message=event.message[:256])

    def _reject(self, frame: pb.Frame, error: FrameRejectedError) -> None:
        error.count()
        boot = self._boots.get(frame.boot_id)
        if error.permanent and boot is not None and 1 <= frame.seq <= MAX_SEQ:
            self._context.pipeline.causes.rejected(self.agent_id, boot, frame.seq)
        # Once for each reason: an agent could fill the disk with such lines.
        tell = _log.debug if (error.slug, error.field) in self._told_of else _log.warning
        self._told_of.add((error.slug, error.field))
        tell("rejected", agent=self.agent_id, reason=error.slug, field=error.field, detail=error.detail)
        reject = pb.Reject(
            boot_id=frame.boot_id,
            seq=frame.seq,
            reason=error.reason,
            field=error.field,
            detail=error.detail,
            permanent=error.permanent,
            retry_after_ms=0 if error.permanent else _RETRY_AFTER_MS,
        )
        self.send(pb.HubMessage(reject=reject))


def _printable(text: str, limit: int) -> str:
    return "".join(one for one in text[:limit] if one.isprintable())


def _malformed(field: str, detail: str) -> FrameRejectedError:
    return FrameRejectedError(pb.REJECT_REASON_MALFORMED, field, detail)

"""An agent's end of the WebSocket, and frames made to order."""

import asyncio
import contextlib
import ssl
import time
from array import array
from collections.abc import AsyncIterator, Mapping, Sequence

import websockets
from opsentrix_protocol import frames as codec
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.catalogue import Kind, Metric, Series, labels_of
from opsentrix_protocol.layouts import layout_id, layout_to_wire

BOOT = bytes(range(16))
OTHER_BOOT = bytes(range(16, 32))
GAUGE = Metric("test.gauge", "1", Kind.GAUGE)
RATE = Metric("test.rate", "By/s", Kind.RATE)
SERIES = (Series(GAUGE, labels_of(name="a")), Series(GAUGE, labels_of(name="b")), Series(RATE))
"""What frames carry unless told otherwise."""


def now_ms() -> int:
    """Return the whole second that has just begun, in Unix milliseconds."""
    return int(time.time()) * 1000


def bare_frame(
    seq: int,
    *,
    series: Sequence[Series] = SERIES,
    values: Sequence[float] | None = None,
    first_ms: int | None = None,
    step_ms: int = 1000,
    ticks: int = 5,
    boot: bytes = BOOT,
    absent: bytes = b"",
) -> pb.Frame:
    """Return a frame without its layout; its last tick is now, its values are its seq unless told otherwise."""
    first = now_ms() - (ticks - 1) * step_ms if first_ms is None else first_ms
    frame = pb.Frame(
        layout_id=layout_id(series), boot_id=boot, seq=seq, first_tick_ms=first, step_ms=step_ms, ticks=ticks
    )
    filled = values if values is not None else [float(seq)] * (len(series) * ticks)
    codec.pack(frame, array("d", filled), absent)
    return frame


def full_frame(
    seq: int,
    *,
    series: Sequence[Series] = SERIES,
    values: Sequence[float] | None = None,
    first_ms: int | None = None,
    ticks: int = 5,
    boot: bytes = BOOT,
) -> pb.Frame:
    """Return a frame with its layout."""
    frame = bare_frame(seq, series=series, values=values, first_ms=first_ms, ticks=ticks, boot=boot)
    frame.layout.CopyFrom(layout_to_wire(series))
    return frame


class FakeAgent:
    """Speaks the protocol, well or badly, as the test wants."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self.socket = socket

    @classmethod
    @contextlib.asynccontextmanager
    async def connected(
        cls, url: str, headers: Mapping[str, str], tls: ssl.SSLContext | None = None
    ) -> AsyncIterator["FakeAgent"]:
        """Connect; nothing is said yet."""
        connecting = websockets.connect(
            url, additional_headers=headers, compression=None, proxy=None, close_timeout=1, ping_interval=None, ssl=tls
        )
        async with connecting as socket:
            yield cls(socket)

    async def hello(
        self, *boots: bytes, layout_ids: Sequence[int] = (), host: Mapping[str, str] | None = None,
        capabilities: Sequence[str] = (), **fields: object,
    ) -> pb.Welcome:  # fmt: skip
        """Say hello and return the welcome."""
        await self.say_hello(*boots, layout_ids=layout_ids, host=host, capabilities=capabilities, **fields)
        return (await self.receive("welcome")).welcome

    async def say_hello(
        self, *boots: bytes, layout_ids: Sequence[int] = (), host: Mapping[str, str] | None = None,
        capabilities: Sequence[str] = (), **fields: object,
    ) -> None:  # fmt: skip
        """Say hello, whatever follows."""
        hello = pb.Hello(
            boot_ids=boots or [BOOT], layout_ids=layout_ids, step_ms=1000, frame_ticks=5, host=host or {},
            capabilities=capabilities,
        )  # fmt: skip
        for name, value in fields.items():
            setattr(hello, name, value)
        await self.send(hello=hello)

    async def send(
        self, *, hello: pb.Hello | None = None, frame: pb.Frame | None = None, heartbeat: pb.Heartbeat | None = None,
        event: pb.Event | None = None, configuration_state: pb.ConfigurationState | None = None,
        recording: pb.Recording | None = None, upgrade_state: pb.UpgradeState | None = None,
        seal_request: pb.SealRequest | None = None,
        sealed: pb.Sealed | None = None,
        credential_offer: pb.CredentialOffer | None = None,
        policy_state: pb.PolicyState | None = None, command_output: pb.CommandOutput | None = None,
        command_result: pb.CommandResult | None = None,
    ) -> None:  # fmt: skip
        """Send one message."""
        message = pb.AgentMessage(
            hello=hello, frame=frame, heartbeat=heartbeat, event=event, configuration_state=configuration_state,
            recording=recording, upgrade_state=upgrade_state,
            seal_request=seal_request, sealed=sealed,
            credential_offer=credential_offer, policy_state=policy_state, command_output=command_output,
            command_result=command_result,
        )  # fmt: skip
        await self.socket.send(message.SerializeToString())

    async def any(self, seconds: float = 30.0) -> pb.HubMessage:
        """Return the next message of the hub."""
        async with asyncio.timeout(seconds):
            data = await self.socket.recv(decode=False)
        return pb.HubMessage.FromString(data)

    async def receive(self, kind: str) -> pb.HubMessage:
        """Return the next message, which must be of this kind."""
        message = await self.any()
        assert message.WhichOneof("body") == kind, message
        return message

    async def acked(self, *seqs: int, boot: bytes = BOOT) -> None:
        """Wait until these frames, and no others, are acknowledged."""
        missing = set(seqs)
        while missing:
            ack = (await self.receive("ack")).ack
            assert ack.boot_id == boot
            assert missing.issuperset(ack.seqs), f"acknowledged {ack.seqs}, sent {seqs}"
            missing.difference_update(ack.seqs)

    async def noticed(self) -> pb.IdentityNotice:
        """Return the notice about the agent's identity that must come next."""
        return (await self.receive("identity_notice")).identity_notice

    async def rejected(self) -> pb.Reject:
        """Return the reject that must come next."""
        return (await self.receive("reject")).reject

    async def paced(self) -> int:
        """Return the frame_ticks of the pace that must come next."""
        return (await self.receive("pace")).pace.frame_ticks

    async def quiet(self, seconds: float = 0.3) -> None:
        """Make sure that nothing comes."""
        with contextlib.suppress(TimeoutError):
            raise AssertionError(f"came: {await self.any(seconds)}")

    async def closed(self) -> str:
        """Wait until the hub closes and return its reason."""
        async with asyncio.timeout(30):
            await self.socket.wait_closed()
        return self.socket.close_reason or ""

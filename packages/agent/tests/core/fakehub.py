"""A small hub that speaks the real protocol over real WebSockets, and that can be killed."""

import ssl
import threading
from collections.abc import Callable
from hashlib import sha256
from types import TracebackType
from typing import Self

from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.frames import unpack
from opsentrix_protocol.layouts import layout_from_wire
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

CREDENTIAL = "secret-of-agent-7"


class FakeHub:
    """Keeps every frame it was sent; its store outlives its restarts.

    Attributes:
        frames: committed frames by boot and seq.
        copies: how often each was received.
        hellos: every Hello.
        statuses: the status of every heartbeat.
        acking: whether to ack; committing goes on without.
        known: SHA-256 of the credentials that are let in.
        offered: of those that agents offered, in order.
        capabilities: named in Welcome.
        said: messages about actions, in order.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self.frames: dict[tuple[bytes, int], pb.Frame] = {}
        self.copies: dict[tuple[bytes, int], int] = {}
        self.hellos: list[pb.Hello] = []
        self.statuses: list[int] = []
        self.recordings: list[pb.Recording] = []
        self.paths: list[str] = []
        self.acking = True
        self.known = {sha256(CREDENTIAL.encode()).digest()}
        self.offered: list[bytes] = []
        self.capabilities: tuple[str, ...] = ()
        self.said: list[pb.AgentMessage] = []
        self.refusal = ""
        self.refuse_with: int | None = None
        self.redirect_to = ""
        self.changed = threading.Condition()
        self._series: dict[int, int] = {}
        self._connections: set[ServerConnection] = set()
        self._server: Server | None = None
        self.port = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen on the same port as before."""
        self._server = serve(
            self._talk,
            "127.0.0.1",
            self.port,
            ssl=self._tls,
            process_request=self._check,
            compression=None,
            ping_interval=None,
        )
        self.port = self._server.socket.getsockname()[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def kill(self) -> None:
        """Stop listening and cut every connection without a word."""
        if self._server is not None:
            self._server.shutdown()
            self._server = None
        with self.changed:
            connections = list(self._connections)
        for connection in connections:
            connection.close_socket()

    def wait_for(self, condition: Callable[["FakeHub"], bool], seconds: float = 10.0) -> bool:
        """Wait until the condition holds and return whether it does."""
        with self.changed:
            return self.changed.wait_for(lambda: condition(self), seconds)

    def send(self, message: pb.HubMessage) -> None:
        """Send to every agent."""
        with self.changed:
            connections = list(self._connections)
        for connection in connections:
            connection.send(message.SerializeToString())

    def ping(self, seconds: float) -> bool:
        """Ping the first agent and return whether it answers in time."""
        with self.changed:
            connection = next(iter(self._connections))
        return connection.ping().wait(seconds)

    def _check(self, connection: ServerConnection, request: Request) -> Response | None:
        self.paths.append(request.path)
        if self.refuse_with is not None:
            response = connection.respond(self.refuse_with, "no\n")
            if self.redirect_to:
                response.headers["Location"] = self.redirect_to
            if self.refusal:
                response.headers["Opsentrix-Refusal"] = self.refusal
            return response
        credential = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if sha256(credential.encode()).digest() not in self.known:
            return connection.respond(401, "unknown credential\n")
        return None

    def _talk(self, connection: ServerConnection) -> None:
        with self.changed:
            self._connections.add(connection)
        try:
            for data in connection:
                assert isinstance(data, bytes)
                answer = self._take(pb.AgentMessage.FromString(data))
                if answer is not None:
                    connection.send(answer.SerializeToString())
        except (ConnectionClosed, OSError):
            pass
        finally:
            with self.changed:
                self._connections.discard(connection)

    def _take(self, message: pb.AgentMessage) -> pb.HubMessage | None:
        with self.changed:
            self.changed.notify_all()
            match message.WhichOneof("body"):
                case "hello":
                    self.hellos.append(message.hello)
                    return self._welcome(message.hello)
                case "frame":
                    return self._store(message.frame)
                case "heartbeat":
                    self.statuses.append(message.heartbeat.status)
                case "recording":
                    self.recordings.append(message.recording)
                case "policy_state" | "command_output" | "command_result":
                    self.said.append(message)
                case "credential_offer":
                    return self._offered(message.credential_offer)
        return None

    def _welcome(self, hello: pb.Hello) -> pb.HubMessage:
        known = set(hello.layout_ids) & set(self._series)
        welcome = pb.Welcome(hub_version="fake", agent_id=7, known_layout_ids=known, capabilities=self.capabilities)
        for boot in hello.boot_ids:
            seqs = sorted(seq for stored, seq in self.frames if stored == boot)
            ranges = [pb.SeqRange(first=seq, last=seq) for seq in seqs]
            welcome.committed.add(boot_id=boot, last_seq=max(seqs, default=0), ranges=ranges)
        return pb.HubMessage(welcome=welcome)

    def _offered(self, offer: pb.CredentialOffer) -> pb.HubMessage:
        self.offered.append(offer.sha256)
        self.known.add(offer.sha256)
        accepted = pb.IdentityNotice(kind=pb.IdentityNotice.KIND_ACCEPTED, sha256=offer.sha256)
        return pb.HubMessage(identity_notice=accepted)

    def _store(self, frame: pb.Frame) -> pb.HubMessage | None:
        key = (frame.boot_id, frame.seq)
        if frame.HasField("layout"):
            self._series[frame.layout_id] = len(layout_from_wire(frame.layout))
        if frame.layout_id not in self._series:
            return pb.HubMessage(
                reject=pb.Reject(boot_id=key[0], seq=key[1], reason=pb.REJECT_REASON_UNKNOWN_LAYOUT, field="layout_id")
            )
        unpack(frame, self._series[frame.layout_id])
        self.frames[key] = frame
        self.copies[key] = self.copies.get(key, 0) + 1
        return pb.HubMessage(ack=pb.Ack(boot_id=key[0], seqs=[key[1]])) if self.acking else None

"""What the gRPC and the Socket.IO link do of their own: ports, methods, clients of others, odd events."""

import asyncio
import socket
from types import SimpleNamespace
from typing import Any

import grpc
import pytest
import socketio
import structlog
from opsentrix.api.links import grpc as grpc_link
from opsentrix.api.server import grpc_port
from opsentrix.errors import StartupError
from opsentrix_protocol import opsentrix_pb2 as pb

from packages.hub.tests.kit.agent import BOOT, FakeAgent, full_frame, now_ms
from packages.hub.tests.kit.hub import Enrolled, RunningHub, measured, until
from packages.hub.tests.kit.links import METHOD, over_grpc, over_socketio


def services_on(hub: RunningHub, port: int) -> Any:  # noqa: ANN401 - just enough of Services
    return SimpleNamespace(settings=hub.hub.settings.model_copy(update={"grpc_port": port}))


class TestGrpcPort:
    async def test_a_port_in_use_is_said_in_one_sentence(self, hub: RunningHub) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            with pytest.raises(StartupError, match=f"gRPC on 127.0.0.1 port {port}: address already in use"):
                async with grpc_link.serving(hub.hub.services, "127.0.0.1", port):
                    pass
            with pytest.raises(StartupError):  # the owner chose it
                async with grpc_port(services_on(hub, port)):
                    pass

    async def test_the_default_port_may_be_in_use(self, hub: RunningHub) -> None:
        with socket.socket() as taken, structlog.testing.capture_logs() as lines:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            services = services_on(hub, taken.getsockname()[1])
            services.settings.model_fields_set.discard("grpc_port")
            async with grpc_port(services):
                pass
        assert any("OPSENTRIX_GRPC_PORT names another port" in line["event"] for line in lines)

    async def test_another_method_is_not_there(self, hub: RunningHub, enrolled: Enrolled) -> None:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{hub.grpc_port}") as channel:
            call = channel.unary_unary("/opsentrix.v1.AgentLink/Other")
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await call(b"")
            assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED

    async def test_a_message_far_over_the_limit_ends_the_call_alone(self, hub: RunningHub, enrolled: Enrolled) -> None:
        other = await hub.enroll("other")
        async with over_grpc(hub, other.headers) as beside:
            agent = FakeAgent(beside)  # type: ignore[arg-type]  # of the same face
            await agent.hello()
            async with grpc.aio.insecure_channel(f"127.0.0.1:{hub.grpc_port}") as channel:
                metadata = [("authorization", enrolled.headers["Authorization"])]
                call = channel.stream_stream(METHOD)(metadata=metadata)
                await call.write(bytes(hub.hub.settings.max_body_bytes * 4 + 1))
                assert await call.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
            await agent.send(frame=full_frame(1))
            await agent.acked(1)


class TestSocketIo:
    async def test_a_client_of_the_library_itself_is_an_agent(self, hub: RunningHub, enrolled: Enrolled) -> None:
        told: asyncio.Queue[bytes] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        client = socketio.Client(reconnection=False)
        client.on("message", lambda data: loop.call_soon_threadsafe(told.put_nowait, data), namespace="/agent")
        await asyncio.to_thread(
            client.connect, hub.url, namespaces=["/agent"], transports=["websocket"],
            auth={"credential": enrolled.credential},
        )  # fmt: skip
        try:
            for message in (
                pb.AgentMessage(hello=pb.Hello(boot_ids=[BOOT])),
                pb.AgentMessage(frame=full_frame(1)),
            ):
                await asyncio.to_thread(client.send, message.SerializeToString(), namespace="/agent")
                async with asyncio.timeout(5):
                    answer = pb.HubMessage.FromString(await told.get())
                assert answer.WhichOneof("body") in {"welcome", "ack"}
        finally:
            await asyncio.to_thread(client.disconnect)
            await asyncio.to_thread(client.eio.wait)

    @pytest.mark.parametrize("auth", ['"text"', "[1]", '{"credential": 7}', '{"credential": "oxa_wrong"}', "{}"])
    async def test_what_is_no_credential_is_refused_with_a_status(self, auth: str, hub: RunningHub) -> None:
        import websockets

        url = f"ws://{hub.address}/socket.io/?EIO=4&transport=websocket"
        async with websockets.connect(url, proxy=None, ping_interval=None) as raw:
            await raw.recv()
            await raw.send(f"40/agent,{auth}")
            answer = await raw.recv()
            assert isinstance(answer, str)
            assert answer.startswith("44/agent,")
            assert '"status":401' in answer

    @pytest.mark.parametrize("event", ['["message"]', '["message","text"]', '["message",{"a":1}]', '["message",1,2]'])
    async def test_an_event_that_is_no_message_harms_nobody(
        self, event: str, hub: RunningHub, enrolled: Enrolled
    ) -> None:
        before = measured("opsentrix_agent_sessions", link="socketio")
        async with over_socketio(hub, enrolled.headers) as raw:
            agent = FakeAgent(raw)  # type: ignore[arg-type]  # of the same face
            await agent.hello()
            await raw._socket.send(f"42/agent,{event}")  # type: ignore[attr-defined]  # of SocketIoSocket
            await raw._socket.send('42/agent,["odd",{}]')  # type: ignore[attr-defined]  # as above
            await agent.send(frame=full_frame(1))
            while (message := await agent.any()).WhichOneof("body") == "reject":
                assert message.reject.reason == pb.REJECT_REASON_MALFORMED
            assert list(message.ack.seqs) == [1]
        await until(lambda: measured("opsentrix_agent_sessions", link="socketio") == before)

    async def test_who_sends_more_than_the_session_takes_is_held_up(
        self, hub: RunningHub, enrolled: Enrolled, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        room = asyncio.Event()

        async def no_room(*_: object) -> None:
            await room.wait()

        monkeypatch.setattr(hub.hub.writer, "room", no_room)
        async with over_socketio(hub, enrolled.headers) as raw:
            agent = FakeAgent(raw)  # type: ignore[arg-type]  # of the same face
            await agent.hello()
            before = len(asyncio.all_tasks())
            for seq in range(1, 201):
                await agent.send(frame=full_frame(seq, first_ms=now_ms() - seq * 5000))
            await asyncio.sleep(0.2)
            assert len(asyncio.all_tasks()) < before + 50, "each event has a task, and nothing bounds them"
            room.set()
            await agent.acked(*range(1, 201))

    async def test_an_agent_hears_nothing_of_the_live_feed(self, hub: RunningHub, enrolled: Enrolled) -> None:
        async with over_socketio(hub, enrolled.headers) as raw:
            await raw._socket.send("40/live,")  # type: ignore[attr-defined]  # of SocketIoSocket
            assert (await raw.text()).startswith("44/live,")  # type: ignore[attr-defined]  # as above

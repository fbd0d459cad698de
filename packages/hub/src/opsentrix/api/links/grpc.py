"""The gRPC link: `opsentrix.v1.AgentLink/Connect`, a stream each way, on a port of its own.

The messages' bytes go through as they are: the session parses them, and needs no generated service.
"""

import contextlib
import socket
from collections.abc import AsyncIterator

import grpc

from opsentrix import log
from opsentrix.api.links.carrier import MESSAGE_FACTOR, Ending, GoneError, admit, carry, refused
from opsentrix.api.services import Services
from opsentrix.errors import OpsentrixError, StartupError, UnauthenticatedError

LINK = "grpc"
SERVICE = "opsentrix.v1.AgentLink"
_KEEPALIVE_MS = 20_000
_KEEPALIVE_WITHIN_MS = 15_000
_MIN_PING_MS = 5_000
_IDLE_MS = 30_000
"""A connection without a stream is closed after that."""
_STREAMS = 8
"""Of one connection; an agent needs one."""
_METADATA_BYTES = 16 * 1024
_log = log.get(__name__)


@contextlib.asynccontextmanager
async def serving(
    services: Services, host: str, port: int, credentials: grpc.ServerCredentials | None = None
) -> AsyncIterator[int]:
    """Take agents over gRPC while the block runs, and yield the port.

    Args:
        services: of the hub.
        host: address to listen on.
        port: 0 takes a free one.
        credentials: for TLS; None is plain text.

    Raises:
        StartupError: the port cannot be had.
    """
    server = grpc.aio.server(
        handlers=(_handlers(services),),
        options=_options(services.settings.max_body_bytes),
        maximum_concurrent_rpcs=2 * services.settings.max_agent_sessions,
    )
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    _check_free(host, port)
    try:
        bound = server.add_secure_port(address, credentials) if credentials else server.add_insecure_port(address)
    except RuntimeError:
        raise _taken(host, port, "it cannot be bound") from None
    await server.start()
    try:
        yield bound
    finally:
        await server.stop(None)  # what is not acknowledged, agents send again


def _check_free(host: str, port: int) -> None:
    """Say in one sentence what gRPC would write a page about."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise _taken(host, port, (error.strerror or str(error)).lower()) from None


def _taken(host: str, port: int, why: str) -> StartupError:
    return StartupError(f"Cannot listen for gRPC on {host} port {port}: {why}.")


def _options(max_message_bytes: int) -> list[tuple[str, int]]:
    return [
        ("grpc.max_receive_message_length", max_message_bytes * MESSAGE_FACTOR),
        ("grpc.max_metadata_size", _METADATA_BYTES),
        ("grpc.max_concurrent_streams", _STREAMS),
        ("grpc.max_connection_idle_ms", _IDLE_MS),
        ("grpc.so_reuseport", 0),
        ("grpc.keepalive_time_ms", _KEEPALIVE_MS),
        ("grpc.keepalive_timeout_ms", _KEEPALIVE_WITHIN_MS),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
        ("grpc.http2.min_recv_ping_interval_without_data_ms", _MIN_PING_MS),
    ]


def _handlers(services: Services) -> grpc.GenericRpcHandler:
    async def connect(_requests: AsyncIterator[bytes], context: grpc.aio.ServicerContext) -> None:
        try:
            agent_id = admit(services, LINK, _credential(context))
        except OpsentrixError as error:
            unknown = isinstance(error, UnauthenticatedError)
            context.set_code(grpc.StatusCode.UNAUTHENTICATED if unknown else grpc.StatusCode.RESOURCE_EXHAUSTED)
            context.set_details(error.detail)
            return
        await context.send_initial_metadata(())
        await carry(services, agent_id, LINK, _Channel(context))

    return grpc.method_handlers_generic_handler(SERVICE, {"Connect": grpc.stream_stream_rpc_method_handler(connect)})


def _credential(context: grpc.aio.ServicerContext) -> str:
    for key, value in context.invocation_metadata() or ():
        scheme, _, token = value.partition(" ") if key == "authorization" else ("", "", "")
        if scheme.lower() == "bearer" and token:
            return str(token.strip())
    error = UnauthenticatedError("The metadata `authorization` with a Bearer token is needed.")
    refused(LINK, error)
    raise error


class _Channel:
    """One call."""

    def __init__(self, context: grpc.aio.ServicerContext) -> None:
        self._context = context

    async def receive(self) -> bytes | None:
        """Return the next message."""
        message = await self._context.read()
        return None if message is grpc.aio.EOF else message

    async def send(self, message: bytes) -> None:
        """Send a message."""
        try:
            await self._context.write(message)
        except (grpc.aio.BaseError, grpc.aio.InternalError) as error:
            raise GoneError from error

    async def close(self, ending: Ending) -> None:
        """Set the status that the call has when `connect` returns."""
        self._context.set_code(grpc.StatusCode.UNAVAILABLE if ending.try_again else grpc.StatusCode.ABORTED)
        self._context.set_details(ending.reason)

"""The gRPC link: `opsentrix.v1.AgentLink/Connect`, a stream each way, on a port of its own.

The messages' bytes go through as they are: the session parses them, and needs no generated service.
"""

import contextlib
import socket
import ssl
from collections.abc import AsyncIterator
from urllib.parse import unquote

import grpc

from opsentrix import log
from opsentrix.api.auth import Proof
from opsentrix.api.links.carrier import MESSAGE_FACTOR, Ending, GoneError, admit, carry
from opsentrix.api.services import Services
from opsentrix.errors import ForbiddenError, OpsentrixError, StartupError, UnauthenticatedError
from opsentrix.pki.material import Material
from opsentrix.settings import Mtls
from opsentrix.tls import Tls

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
_STATUSES = {401: grpc.StatusCode.UNAUTHENTICATED, 403: grpc.StatusCode.PERMISSION_DENIED}
_log = log.get(__name__)


@contextlib.asynccontextmanager
async def serving(services: Services, host: str, port: int) -> AsyncIterator[int]:
    """Take agents over gRPC while the block runs, and yield the port; it speaks TLS where the hub does.

    Args:
        services: of the hub.
        host: address to listen on.
        port: 0 takes a free one.

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
    credentials = _credentials(services.tls, services.settings.mtls)
    try:
        bound = server.add_secure_port(address, credentials) if credentials else server.add_insecure_port(address)
    except RuntimeError:
        raise _taken(host, port, "it cannot be bound") from None
    await server.start()
    try:
        yield bound
    finally:
        await server.stop(None)  # what is not acknowledged, agents send again


def _credentials(tls: Tls, mtls: Mtls) -> grpc.ServerCredentials | None:
    """Return the hub's certificate, as it is at each handshake; None where the hub speaks plain text.

    The library asks all clients for a certificate or none, so where they are optional nobody is asked for one here.
    """
    if tls.material is None:
        return None
    required = mtls is Mtls.REQUIRED

    def configuration(material: Material) -> grpc.ServerCertificateConfiguration:
        pairs = [(material.key, material.chain)]
        return grpc.ssl_server_certificate_configuration(pairs, material.clients if required else None)

    present = tls.material

    def changed() -> grpc.ServerCertificateConfiguration | None:
        nonlocal present
        if tls.material is None or tls.material == present:
            return None
        present = tls.material
        return configuration(present)

    return grpc.dynamic_ssl_server_credentials(configuration(present), changed, required)


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
            agent_id = admit(services, LINK, lambda: _proof(context))
        except OpsentrixError as error:
            context.set_code(_STATUSES.get(error.status, grpc.StatusCode.RESOURCE_EXHAUSTED))
            context.set_details(error.detail)
            if isinstance(error, ForbiddenError):
                context.set_trailing_metadata((("opsentrix-refusal", error.refusal),))
            return
        await context.send_initial_metadata(())
        await carry(services, agent_id, LINK, _Channel(context), _address(context))

    return grpc.method_handlers_generic_handler(SERVICE, {"Connect": grpc.stream_stream_rpc_method_handler(connect)})


def _proof(context: grpc.aio.ServicerContext) -> Proof:
    given = {key: value for key, value in context.invocation_metadata() or () if key == "authorization"}
    scheme, _, token = str(given.get("authorization", "")).partition(" ")
    if given and (scheme.lower() != "bearer" or not token):
        raise UnauthenticatedError("The metadata `authorization` must hold a Bearer token.")
    shown = context.auth_context().get("x509_pem_cert", ())
    certificate = ssl.PEM_cert_to_DER_cert(shown[0].decode("ascii").strip()) if shown else None
    return Proof(token.strip() if given else None, certificate, _address(context))


def _address(context: grpc.aio.ServicerContext) -> str:
    """Return the address in what gRPC calls the peer: `ipv4:127.0.0.1:5000`, `ipv6:%5B::1%5D:5000`."""
    kind, _, rest = unquote(context.peer()).partition(":")
    return rest.rpartition(":")[0].strip("[]") if kind in {"ipv4", "ipv6"} else ""


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

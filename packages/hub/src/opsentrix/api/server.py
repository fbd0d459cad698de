"""The servers of the hub process: HTTP, and gRPC beside it."""

import contextlib
import socket
from collections.abc import AsyncIterator, Callable

import uvicorn

from opsentrix import log
from opsentrix.api.services import Services
from opsentrix.errors import StartupError

_log = log.get(__name__)


class Server(uvicorn.Server):
    """uvicorn's server, which waits for open requests when it ends: those that wait themselves are answered first."""

    def __init__(self, config: uvicorn.Config, ending: Callable[[], None]) -> None:
        """Take what is needed; `ending` is called once no more connections are taken."""
        super().__init__(config)
        self._ending = ending

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End it."""
        self._ending()
        await super().shutdown(sockets)


@contextlib.asynccontextmanager
async def grpc_port(services: Services) -> AsyncIterator[None]:
    """Take agents over gRPC while the block runs, if the port is to be had; it has to be if the owner chose it.

    Raises:
        StartupError: the port that the owner chose cannot be had.
    """
    settings = services.settings
    async with contextlib.AsyncExitStack() as stack:
        if settings.grpc_port:
            from opsentrix.api.links import grpc  # 20 MB that a hub without the port can do without

            try:
                await stack.enter_async_context(grpc.serving(services, settings.host, settings.grpc_port))
            except StartupError as error:
                if "grpc_port" in settings.model_fields_set:
                    raise
                _log.warning("agents cannot come over gRPC; OPSENTRIX_GRPC_PORT names another port", reason=str(error))
        yield

"""The gRPC link: a call of `opsentrix.v1.AgentLink/Connect`, with the library grpcio (the extra `grpc`).

grpcio has threads of its own. One takes what is sent out of a queue, another puts what comes into one and wakes the
transport; both queues are short, so that HTTP/2's flow control reaches both ends. TLS, keep-alive and proxies
(`grpc_proxy`, `https_proxy`, `http_proxy`, `no_proxy`) are the library's business.
"""

import contextlib
import os
import threading
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from queue import Empty, Queue
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from opsentrix_agent.errors import LinkError, SettingsError, refusal
from opsentrix_agent.links import NEVER, Dialled
from opsentrix_agent.waker import Waker

if TYPE_CHECKING:
    from opsentrix_agent.links.interface import Dial, Readable
    from opsentrix_agent.tls import TlsFiles

METHOD = "/opsentrix.v1.AgentLink/Connect"
MAX_MESSAGE_BYTES = 1 << 20
_QUEUED = 8
_KEEPALIVE_MS = 10_000
_KEEPALIVE_WITHIN_MS = 10_000
_CLOSE_S = 1.0


def dialer(dialled: Dialled) -> "Dial":
    """Return what connects over gRPC.

    Raises:
        SettingsError: grpcio is not installed.
    """
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # what goes wrong is said by the call's status
    try:
        grpc = import_module("grpc")
    except ImportError as error:
        raise SettingsError(
            f"link grpc needs the package grpcio ({error}); install it: pip install 'opsentrix-agent[grpc]'."
        ) from None

    def dial(credential: str) -> GrpcConnection:
        tls = None if dialled.tls is None else _credentials(grpc, dialled.tls.files(credential))
        return GrpcConnection(grpc, dialled.url, credential, tls)

    return dial


class GrpcConnection:
    """One call; see `links.interface.Connection`."""

    def __init__(self, grpc: Any, url: str, credential: str, credentials: Any) -> None:  # noqa: ANN401 - it has no types
        """Begin to connect; `read` tells when that fails.

        Args:
            grpc: the library.
            url: with the scheme grpc or grpcs.
            credential: this agent's secret.
            credentials: the library's, for TLS.
        """
        self._waker = Waker()
        self._outgoing: Queue[bytes | None] = Queue()
        self._incoming: Queue[bytes | None] = Queue(_QUEUED)
        self._statuses = grpc.StatusCode
        self._closed = False
        target = urlsplit(url).netloc
        options = _options()
        self._channel = (
            grpc.secure_channel(target, credentials, options) if credentials else grpc.insecure_channel(target, options)
        )
        connect = self._channel.stream_stream(METHOD)
        self._call = connect(self._requests(), metadata=(("authorization", f"Bearer {credential}"),))
        self._thread = threading.Thread(target=self._receive, args=(grpc.RpcError,), name="grpc", daemon=True)
        self._thread.start()

    def readers(self) -> "Sequence[Readable]":
        """Return what is woken by the library's threads."""
        return (self._waker,)

    def pending(self) -> bool:
        """Return whether messages have arrived."""
        return not self._incoming.empty()

    def writable(self) -> bool:
        """Return whether few messages wait."""
        return self._outgoing.qsize() < _QUEUED

    def send(self, message: bytes) -> None:
        """Queue one message."""
        self._outgoing.put(message)

    def turn(self, now: float) -> float:
        """Return NEVER: nothing is ever due."""
        return NEVER

    def ping(self) -> bool:
        """Return True: HTTP/2's own pings find out whether the hub is there."""
        return True

    def read(self) -> Iterator[bytes]:
        """Yield the messages that have arrived."""
        self._waker.clear()
        while not self._incoming.empty():  # nobody else takes from it
            message = self._incoming.get_nowait()
            if message is None:
                raise self._error()
            yield message

    def close(self, wait_s: float = 0.0) -> None:
        """Close, again if need be; within `wait_s` the hub takes what was sent and ends the call."""
        if self._closed:
            return
        self._closed = True
        self._outgoing.put(None)
        if wait_s:
            self._thread.join(wait_s)
        self._call.cancel()
        self._channel.close()
        self._drain()
        self._thread.join(_CLOSE_S)
        self._waker.close()

    def _requests(self) -> Iterator[bytes]:
        while (message := self._outgoing.get()) is not None:
            if self._outgoing.qsize() == _QUEUED - 1:
                self._waker.wake()  # there is room again
            yield message

    def _receive(self, failure: type[Exception]) -> None:
        try:
            for message in self._call:
                self._put(message)
        except failure:
            pass  # `read` tells, by the call's status
        self._put(None)

    def _put(self, message: bytes | None) -> None:
        self._incoming.put(message)
        self._waker.wake()

    def _drain(self) -> None:
        """Make room, so that the thread that receives comes to its end."""
        with contextlib.suppress(Empty):
            while True:
                self._incoming.get(timeout=_CLOSE_S / 10)

    def _error(self) -> LinkError:
        code, details = self._call.code(), str(self._call.details() or "")[:300]
        if code in {self._statuses.UNAUTHENTICATED, self._statuses.PERMISSION_DENIED}:
            trailing = dict(self._call.trailing_metadata() or ())
            return refusal(code.name, str(trailing.get("opsentrix-refusal", "")))
        return LinkError(f"the call ended: {code.name} {details}".rstrip())


def _options() -> list[tuple[str, int]]:
    return [
        ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
        ("grpc.keepalive_time_ms", _KEEPALIVE_MS),
        ("grpc.keepalive_timeout_ms", _KEEPALIVE_WITHIN_MS),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
        ("grpc.use_local_subchannel_pool", 1),
        ("grpc.enable_retries", 0),
    ]


def _credentials(grpc: Any, files: "TlsFiles") -> Any:  # noqa: ANN401 - it has no types
    """Return the library's credentials; authorities are those named, or the system's bundle, or the library's own.

    Raises:
        LinkError: a file cannot be read.
    """
    import ssl

    try:
        path = files.anchor or ssl.get_default_verify_paths().cafile
        authorities = Path(path).read_bytes() if path else None
        certificate, key = [file.read_bytes() for file in files.shown] if files.shown else (None, None)
    except OSError as error:
        raise LinkError(f"a file for TLS cannot be read: {error}") from None
    return grpc.ssl_channel_credentials(authorities, key, certificate)

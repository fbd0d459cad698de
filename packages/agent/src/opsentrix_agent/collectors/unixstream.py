"""A stream to a service on this machine that never waits: what is not there yet is there at the next tick."""

import socket

_RECEIVE_BYTES = 65536


class StreamEndedError(OSError):
    """The other side closed the connection."""


class UnixStream:
    """A connected Unix stream socket.

    Attributes:
        received: what came in and was not taken yet; whoever takes something deletes it from here.
    """

    def __init__(self, path: str) -> None:
        """Connect.

        Raises:
            OSError: nobody listens there, or we may not.
        """
        self.received = bytearray()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
        try:
            self._socket.connect(path)
        except OSError:
            self._socket.close()
            raise

    def send(self, data: bytes) -> None:
        """Send a whole request; they are small.

        Raises:
            OSError: the other side has gone, or does not read.
        """
        if self._socket.send(data) < len(data):
            raise BlockingIOError("it does not read")

    def receive(self, limit: int) -> None:
        """Take what has come, as long as no more than `limit` bytes are held.

        Raises:
            OSError: the connection broke.
            StreamEndedError: the other side closed it; what came before is in `received`.
        """
        while len(self.received) < limit:
            try:
                data = self._socket.recv(_RECEIVE_BYTES)
            except BlockingIOError:
                return
            if not data:
                raise StreamEndedError("the connection was closed")
            self.received += data

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def __del__(self) -> None:
        self.close()

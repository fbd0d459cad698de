"""A container engine at a Unix socket; it answers when the test says so."""

import contextlib
import json
import socket
from pathlib import Path
from typing import Any


class FakeEngine:
    """Answers the two questions of the Docker Engine API that the agent asks.

    Attributes:
        containers: the rows of the list.
        inspections: by id, what the inspection says.
        answers: bytes to answer with instead, by target; the key "*" stands for all.
        chunked: whether bodies come in chunks.
        asked: the targets since the last `answer`.
    """

    def __init__(self, path: Path) -> None:
        self.containers: list[dict[str, Any]] = []
        self.inspections: dict[str, dict[str, Any]] = {}
        self.answers: dict[str, bytes] = {}
        self.chunked = False
        self.asked: list[str] = []
        path.parent.mkdir(parents=True, exist_ok=True)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._listener.setblocking(False)
        self._peer: socket.socket | None = None

    def answer(self) -> None:
        """Answer all requests that are there."""
        self.asked = []
        for target in self._requests():
            self.asked.append(target)
            self.send(self.answers.get("*") or self.answers.get(target) or self._answer(target))

    def send(self, data: bytes) -> None:
        """Send any bytes to the client, who may have hung up."""
        assert self._peer is not None
        with contextlib.suppress(BrokenPipeError):
            self._peer.sendall(data)

    def hang_up(self) -> None:
        """Close the connection to the client."""
        if self._peer is not None:
            self._peer.close()
        self._peer = None

    def close(self) -> None:
        """Close everything."""
        self.hang_up()
        self._listener.close()

    def __del__(self) -> None:
        self.close()

    def _requests(self) -> list[str]:
        with contextlib.suppress(BlockingIOError):
            peer, _ = self._listener.accept()
            self.hang_up()
            self._peer = peer
            self._peer.setblocking(False)
        try:
            data = self._peer.recv(1 << 20) if self._peer else b""
        except BlockingIOError:
            return []
        heads = [head for head in data.decode().split("\r\n\r\n") if head]
        assert all("\r\nHost: " in head for head in heads), "HTTP/1.1 demands it"
        return [head.split()[1] for head in heads]

    def _answer(self, target: str) -> bytes:
        if target.startswith("/containers/json"):
            return http(json.dumps(self.containers).encode(), chunked=self.chunked)
        inspection = self.inspections.get(target.split("/")[2])
        if inspection is None:
            return http(b'{"message":"No such container"}', status=404)
        return http(json.dumps(inspection).encode(), chunked=self.chunked)


def http(body: bytes, *, status: int = 200, chunked: bool = False) -> bytes:
    """Return an answer as Go's server writes it."""
    head = f"HTTP/1.1 {status} Some\r\nApi-Version: 1.41\r\nContent-Type: application/json\r\n"
    if not chunked:
        return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    pieces = [body[at : at + 100] for at in range(0, len(body), 100)]
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + chunks + b"0\r\n\r\n"

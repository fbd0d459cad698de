"""A server that plays a script: what it answers to each request, in order."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Serve = Callable[[socket.socket], None]


@contextmanager
def scripted(*serves: Serve) -> Iterator[str]:
    """Let each connection be served by the next of these, and yield the URL; their own errors fail the test."""
    errors: list[BaseException] = []

    def run() -> None:
        for serve in serves:
            accepted, _ = listener.accept()
            threads.append(threading.Thread(target=one, args=(accepted, serve)))
            threads[-1].start()

    def one(accepted: socket.socket, serve: Serve) -> None:
        try:
            with accepted:
                accepted.settimeout(10)
                serve(accepted)
        except BaseException as error:  # noqa: BLE001 - raised again in the test's own thread
            errors.append(error)

    threads: list[threading.Thread] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepting = threading.Thread(target=run, daemon=True)
        accepting.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        accepting.join(10)
        for thread in threads:
            thread.join(10)
    assert not errors


def head_of(accepted: socket.socket) -> bytes:
    """Return a request up to the end of its head."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = accepted.recv(1)
        if not more:
            return data
        data += more
    return data


def request_of(accepted: socket.socket) -> tuple[bytes, bytes]:
    """Return head and body of a request."""
    head = head_of(accepted)
    length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
    body = b""
    while len(body) < int(length or 0):
        body += accepted.recv(int(length) - len(body))
    return head, body


def answer(status: str, body: bytes = b"", *headers: str) -> bytes:
    """Return an answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body

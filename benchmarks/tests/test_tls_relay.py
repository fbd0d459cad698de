import socket
import ssl
import threading
from urllib.parse import urlsplit

from benchmarks.tls_relay import AUTHORITY, tls_relay


def test_what_comes_encrypted_is_passed_on_and_answered() -> None:
    with socket.create_server(("127.0.0.1", 0)) as plain, tls_relay(plain.getsockname()[1]) as url:
        seen: list[bytes] = []

        def answer() -> None:
            accepted, _ = plain.accept()
            with accepted:
                seen.append(accepted.recv(100))
                accepted.sendall(b"pong")

        server = threading.Thread(target=answer)
        server.start()
        context = ssl.create_default_context(cafile=str(AUTHORITY))
        port = urlsplit(url).port or 0
        with (
            socket.create_connection(("127.0.0.1", port), timeout=10) as connection,
            context.wrap_socket(connection, server_hostname="127.0.0.1") as encrypted,
        ):
            encrypted.sendall(b"ping")
            assert encrypted.recv(100) == b"pong"
        server.join(10)
    assert seen == [b"ping"]

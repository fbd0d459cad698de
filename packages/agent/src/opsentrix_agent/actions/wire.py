"""What agent and executor say to each other through pipes: messages, each behind its length in four bytes."""

MAX_MESSAGE_BYTES = 1 << 20
CANCEL = b"c"
"""Said to an executor behind its command."""


def framed(message: bytes) -> bytes:
    """Return a message behind its length."""
    return len(message).to_bytes(4, "big") + message


class Messages:
    """Takes pieces of a stream and gives messages."""

    def __init__(self) -> None:
        self._data = bytearray()

    def take(self, data: bytes) -> list[bytes]:
        """Return the messages that are whole by now.

        Raises:
            ValueError: one says that it is longer than any may be.
        """
        self._data += data
        found = []
        while len(self._data) >= 4:
            length = int.from_bytes(self._data[:4], "big")
            if length > MAX_MESSAGE_BYTES:
                raise ValueError(f"a message of {length} bytes")
            if len(self._data) < 4 + length:
                break
            found.append(bytes(self._data[4 : 4 + length]))
            del self._data[: 4 + length]
        return found

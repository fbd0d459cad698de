"""Puts messages into the seal of their session where the owner wants one, and lets them pass where not."""

from typing import TYPE_CHECKING

from opsentrix_protocol import opsentrix_pb2 as pb

from opsentrix_agent.errors import LinkError

if TYPE_CHECKING:
    from opsentrix_protocol.sealing import Sealer

    from opsentrix_agent.sealing import Sealing


class Envelope:
    """What one link knows of seals. Where messages are to be sealed, none ever leaves in plain."""

    def __init__(self, sealing: "Sealing | None" = None) -> None:
        """Take what begins the seal of a session; None seals nothing."""
        self._sealing = sealing
        self._sealer: Sealer | None = None
        self._enc = b""
        self._hello = b""

    def first(self, hello: bytes) -> bytes:
        """Return the first message of a session: Hello, or the request for a seal, for whose answer Hello waits."""
        if self._sealing is None:
            return hello
        self._hello = hello
        return pb.AgentMessage(seal_request=pb.SealRequest(key_id=self._sealing.key_id)).SerializeToString()

    def accept(self, offer: pb.SealOffer) -> None:
        """Begin the session's seal with the hub's nonce.

        Raises:
            LinkError: nobody asked for it.
        """
        if self._sealing is None or self._sealer is not None:
            raise LinkError("The hub offers a seal that this agent did not ask for.")
        self._sealer = self._sealing.start(offer.nonce)
        self._enc = self._sealer.enc

    def held(self) -> bytes | None:
        """Return Hello, sealed, once the seal has begun; None when there is none to send."""
        if self._sealer is None or not self._hello:
            return None
        hello, self._hello = self._hello, b""
        return self.put(hello)

    def put(self, message: bytes) -> bytes:
        """Return a message as it is to be sent.

        Raises:
            LinkError: it must be sealed, and the hub has not offered a seal.
        """
        if self._sealing is None:
            return message
        if self._sealer is None:
            raise LinkError("The hub does not take sealed messages.")
        sealed = pb.Sealed(enc=self._enc, ciphertext=self._sealer.seal(message))
        self._enc = b""
        return pb.AgentMessage(sealed=sealed).SerializeToString()

    def clear(self) -> None:
        """Forget the seal of the session that ended."""
        self._sealer = None
        self._enc = self._hello = b""

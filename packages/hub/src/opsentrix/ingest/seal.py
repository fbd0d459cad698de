"""What a session knows of sealed messages: the key, the nonce, and the order in which they must come."""

import os
from collections.abc import Awaitable, Callable

from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.sealing import KEY_BYTES, NONCE_BYTES, Opener, SealBrokenError, info_of, public_key_of

from opsentrix import vault
from opsentrix.ingest.errors import FrameRejectedError

PrivateKey = Callable[[bytes], Awaitable[bytes | None]]
"""Returns the private key of an id, if the hub has it."""


class Seal:
    """One session's seal: asked for first, or never."""

    def __init__(self, agent_id: int, private_key: PrivateKey) -> None:
        self._agent_id = agent_id
        self._private_key = private_key
        self._private = b""
        self._nonce = b""
        self._opener: Opener | None = None

    @property
    def asked(self) -> bool:
        """Whether the agent said that it seals: from then on nothing else of it is taken."""
        return bool(self._nonce)

    async def offer(self, request: pb.SealRequest) -> pb.SealOffer:
        """Begin, with a nonce that no other session has.

        Raises:
            FrameRejectedError: it began before, or the hub does not have the key.
        """
        if self.asked:
            raise _broken("seal_request", "came twice")
        try:
            private = await self._private_key(request.key_id)
        except vault.SealError as error:
            raise _broken("seal_request.key_id", str(error)) from None
        if private is None:
            raise _broken("seal_request.key_id", "is no key of this hub; enroll again, or name the hub's payload key")
        self._private, self._nonce = private, os.urandom(NONCE_BYTES)
        return pb.SealOffer(nonce=self._nonce)

    def open(self, sealed: pb.Sealed) -> bytes:
        """Return the next message.

        Raises:
            FrameRejectedError: it is not the next that was sealed in this session.
        """
        try:
            if self._opener is None:
                self._opener = self._enter(sealed.enc)
            elif sealed.enc:
                raise SealBrokenError("A session has one encapsulated key.")
            return self._opener.open(sealed.ciphertext)
        except SealBrokenError as error:
            raise _broken("sealed", str(error)) from None

    def _enter(self, enc: bytes) -> Opener:
        if not self.asked:
            raise SealBrokenError("It came before seal_request.")
        if len(enc) != KEY_BYTES:
            raise SealBrokenError(f"The encapsulated key must have {KEY_BYTES} bytes.")
        return Opener(self._private, enc, info_of(self._agent_id, public_key_of(self._private), self._nonce))


def _broken(field: str, detail: str) -> FrameRejectedError:
    return FrameRejectedError(pb.REJECT_REASON_SEAL_BROKEN, field, detail, permanent=False)

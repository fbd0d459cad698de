"""Seals what the agent sends, where its owner wants that: see `opsentrix_protocol.sealing`."""

import base64
from typing import TYPE_CHECKING

from opsentrix_agent.errors import LinkError, SettingsError
from opsentrix_agent.settings import PAYLOAD_KEY_BYTES

if TYPE_CHECKING:
    from opsentrix_protocol.sealing import Sealer


class Sealing:
    """Begins a seal for each session.

    Attributes:
        key_id: of the hub's key.
    """

    def __init__(self, agent_id: int, public_key: bytes) -> None:
        """Take who seals to which key.

        Raises:
            SettingsError: the library for it is not installed.
        """
        try:
            from opsentrix_protocol.sealing import key_id  # 10 MB: only agents that seal import it
        except ImportError as error:
            raise SettingsError(
                f"payload_encryption needs the extra `encryption`: pip install 'opsentrix-agent[encryption]' ({error})."
            ) from None
        self._agent_id = agent_id
        self._public_key = public_key
        self.key_id = key_id(public_key)

    def start(self, nonce: bytes) -> "Sealer":
        """Begin the seal of a session.

        Raises:
            LinkError: the hub's nonce is none, or its key.
        """
        from opsentrix_protocol.sealing import NONCE_BYTES, SealBrokenError, Sealer, info_of

        if len(nonce) != NONCE_BYTES:
            raise LinkError("The hub's nonce for sealing has a wrong length.")
        try:
            return Sealer(self._public_key, info_of(self._agent_id, self._public_key, nonce))
        except SealBrokenError as error:
            raise LinkError(str(error)) from None


def sealing_to(key: str, agent_id: int) -> Sealing:
    """Return what seals to a key in base64.

    Raises:
        SettingsError: it cannot be done; the text says why.
    """
    try:
        public_key = base64.b64decode(key, validate=True)
    except ValueError:
        public_key = b""
    if len(public_key) != PAYLOAD_KEY_BYTES:
        raise SettingsError(
            "payload_encryption needs the hub's payload key, which it did not give at the enrollment: set payload_key."
        )
    return Sealing(agent_id, public_key)

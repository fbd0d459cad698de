"""What a hub may ask of an agent as a whole, beside samples."""

from opsentrix_protocol import opsentrix_pb2 as pb


class Orders:
    """What the hub may ask of the agent as a whole; this one follows nothing.

    The link's thread calls it.
    """

    version = 0

    def configure(self, version: int, content_json: str) -> None:
        """Take what the hub wants of the settings; nothing of it is checked yet."""

    def restart(self) -> None:
        """Start anew, when the agent sees fit."""

    def upgrade(self, wanted: pb.Upgrade) -> None:
        """Change to another release, when the owner allows; nothing of it is checked yet."""

    def acknowledged(self) -> None:
        """Note that the hub acknowledged a frame of this run."""

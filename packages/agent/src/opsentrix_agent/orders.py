"""What a hub may ask of the agent as a whole."""


class Orders:
    """What the hub may ask of the agent as a whole; this one follows nothing.

    The link's thread calls it.
    """

    version = 0

    def configure(self, version: int, content_json: str) -> None:
        """Take what the hub wants of the settings; nothing of it is checked yet."""

    def restart(self) -> None:
        """Start anew, when the agent sees fit."""

"""The error tree of the protocol."""


class ProtocolError(ValueError):
    """Bytes that do not follow the protocol.

    Attributes:
        field: the field at fault, such as `frame.columns`.
        detail: what is wrong with it, in one sentence.
    """

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(f"{field}: {detail}")
        self.field = field
        self.detail = detail


class LayoutError(ProtocolError):
    """A layout that names no valid list of series."""


class ColumnLengthError(ProtocolError):
    """Columns whose length does not fit the layout and the ticks."""


class UnsupportedError(ProtocolError):
    """A value type or compression that this side does not speak."""

"""Why a frame is not taken, in the words of the protocol."""

from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.errors import ColumnLengthError, LayoutError, ProtocolError, UnsupportedError

from opsentrix import selfmetrics


class FrameRejectedError(Exception):
    """A message that the hub does not take.

    Attributes:
        reason: RejectReason of the protocol.
        field: the field at fault, such as `frame.columns`.
        permanent: whether sending the same again is useless.
    """

    def __init__(self, reason: pb.RejectReason, field: str, detail: str, *, permanent: bool = True) -> None:
        super().__init__(f"{field} {detail}")
        self.reason = reason
        self.field = field
        self.detail = detail
        self.permanent = permanent

    @property
    def slug(self) -> str:
        """The reason as one lower-case word for metrics and logs."""
        return pb.RejectReason.Name(self.reason).removeprefix("REJECT_REASON_").lower()

    def count(self) -> None:
        """Count this in the hub's own metrics."""
        selfmetrics.REJECTS.labels(self.slug).inc()


def rejection(error: ProtocolError) -> FrameRejectedError:
    """Return the rejection that an error of the codec means."""
    reasons: dict[type[ProtocolError], pb.RejectReason] = {
        LayoutError: pb.REJECT_REASON_INVALID_LAYOUT,
        ColumnLengthError: pb.REJECT_REASON_COLUMN_LENGTH,
        UnsupportedError: pb.REJECT_REASON_UNSUPPORTED,
    }
    return FrameRejectedError(reasons.get(type(error), pb.REJECT_REASON_MALFORMED), error.field, error.detail)

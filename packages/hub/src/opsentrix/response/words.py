"""What agents say of commands, read as what a stranger says: bounded, printable, and within what can be kept."""

from datetime import UTC, datetime, timedelta

from opsentrix_protocol import opsentrix_pb2 as pb

from opsentrix.model.commands import Ending, RunState

MAX_ERROR = 1000
MAX_KEY = 64
MAX_COUNT = 2**63 - 1
_CLOCKS_DIFFER = timedelta(days=2)
_STATES = {
    pb.CommandResult.STATUS_SUCCEEDED: RunState.SUCCEEDED,
    pb.CommandResult.STATUS_FAILED: RunState.FAILED,
    pb.CommandResult.STATUS_REFUSED: RunState.REFUSED,
    pb.CommandResult.STATUS_TIMED_OUT: RunState.TIMED_OUT,
    pb.CommandResult.STATUS_CANCELLED: RunState.CANCELLED,
    pb.CommandResult.STATUS_UNKNOWN: RunState.UNKNOWN,
}


def is_key(text: str) -> bool:
    """Return whether this may be what agents call a run: no database has to be asked for what is not."""
    return 0 < len(text) <= MAX_KEY and text.isascii() and text.isprintable()


def ending_of(result: pb.CommandResult, now: datetime) -> Ending:
    """Return what an agent says of the end of a run; a status that the hub does not know is `unknown`."""
    return Ending(
        state=_STATES.get(result.status, RunState.UNKNOWN),
        exit_code=result.exit_code,
        duration_ms=result.duration_ms,
        error="".join(one for one in result.error[:MAX_ERROR] if one.isprintable()),
        truncated=result.output_truncated,
        output_bytes=min(result.output_bytes, MAX_COUNT),
        started_at=_moment(result.started_ms, now),
    )


def stream_of(output: pb.CommandOutput) -> int:
    """Return 2 for standard error, and 1 for everything else."""
    return 2 if output.stream == pb.CommandOutput.STREAM_STDERR else 1


def _moment(unix_ms: int, now: datetime) -> datetime | None:
    """Return when an agent says that it was; None where it says nothing, or what cannot be."""
    low, high = (moment.timestamp() * 1000 for moment in (now - _CLOCKS_DIFFER, now + _CLOCKS_DIFFER))
    return datetime.fromtimestamp(unix_ms / 1000, UTC) if low <= unix_ms <= high else None

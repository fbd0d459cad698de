"""Unix milliseconds, as the hub counts, and timestamps, as PostgreSQL does; exact both ways."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime.fromtimestamp(0, UTC)


def timestamp(unix_ms: int) -> datetime:
    """Return Unix milliseconds as a timestamp."""
    return _EPOCH + timedelta(milliseconds=unix_ms)


def unix_ms(time: datetime) -> int:
    """Return a timestamp as Unix milliseconds."""
    since = time - _EPOCH
    return since.days * 86_400_000 + since.seconds * 1000 + since.microseconds // 1000

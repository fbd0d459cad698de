"""A channel's own words: text with placeholders, and nothing else.

There are no conditions, loops or filters, so that no template can run code, take long or grow: rendering is one pass
over a bounded text. A line whose placeholders are all empty is left out, which is what most conditions are for.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from opsentrix.model.notifications import Notice, NoticeKind

LIMIT = 8_000
"""Characters of a rendered text."""
_VALUE_LIMIT = 4_000
_PLACEHOLDER = re.compile(r"\{\{ *([A-Za-z_][A-Za-z0-9_.-]{0,127}) *\}\}")
NAMES = (
    "title", "state", "severity", "lines", "agents", "environment", "tags", "started", "ended", "duration", "url",
    "incident", "group",
)  # fmt: skip
"""Placeholders, besides `labels.<name>`."""
SUBJECT = "[{{ state }}] {{ title }}"
BODY = """\
{{ title }}
{{ lines }}
Where: {{ agents }}
Since: {{ started }}
Until: {{ ended }} (after {{ duration }})
{{ url }}"""


def unknown(template: str) -> list[str]:
    """Return the placeholders of a template that mean nothing."""
    names = dict.fromkeys(match[1] for match in _PLACEHOLDER.finditer(template))
    return [name for name in names if name not in NAMES and not name.startswith("labels.")]


def values(notice: Notice, hub_url: str) -> dict[str, str]:
    """Return what the placeholders stand for."""
    ended = notice.resolved_at
    return {
        "title": notice.title,
        "state": state(notice),
        "severity": notice.severity,
        "lines": "\n".join(notice.lines),
        "agents": listed(notice.agent_names),
        "environment": ", ".join(filter(None, notice.environments)),
        "tags": ", ".join(notice.tags),
        "started": moment(notice.started_at),
        "ended": "" if ended is None else moment(ended),
        "duration": "" if ended is None else length(ended - notice.started_at),
        "url": hub_url + notice.path,
        "incident": "" if notice.incident_id is None else str(notice.incident_id),
        "group": notice.group_key,
        **{f"labels.{name}": value for name, value in notice.labels.items()},
    }


def render(template: str, given: Mapping[str, str]) -> str:
    """Return a template with its placeholders filled in, cut to `LIMIT` characters."""
    lines: list[str] = []
    size = 0
    for line in template.splitlines():
        names = [match[1] for match in _PLACEHOLDER.finditer(line)]
        if names and not any(given.get(name) for name in names):
            continue
        filled = _PLACEHOLDER.sub(lambda match: given.get(match[1], "")[:_VALUE_LIMIT], line)
        lines.append(filled)
        size += len(filled) + 1
        if size > LIMIT:
            break
    return "\n".join(lines)[:LIMIT]


def one_line(text: str, limit: int = 200) -> str:
    """Return text as a subject can be: printable, in one line, cut."""
    printable = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return printable if len(printable) <= limit else printable[: limit - 1] + "…"


def state(notice: Notice) -> str:
    """Return in a word or two what a notice is about: the severity while it lasts."""
    if notice.kind in (NoticeKind.OPENED, NoticeKind.ESCALATED):
        return notice.severity
    if notice.kind in (NoticeKind.CHANGED, NoticeKind.REMINDER):
        return f"{notice.severity}, {notice.kind}"
    return str(notice.kind)


def listed(names: tuple[str, ...], shown: int = 10) -> str:
    """Return names with commas, and how many more there are."""
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + more


def moment(at: datetime) -> str:
    """Return a moment as people read it, in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def length(time: timedelta) -> str:
    """Return a length of time as people read it."""
    seconds = max(0, int(time.total_seconds()))
    days, hours, minutes = seconds // 86_400, seconds // 3600 % 24, seconds // 60 % 60
    parts = [f"{days} d" if days else "", f"{hours} h" if hours else "", f"{minutes} min" if minutes else ""]
    return " ".join(filter(None, parts)) or f"{seconds} s"

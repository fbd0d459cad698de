"""What a channel is given to send: words for people, and the notices for programs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from opsentrix.model.channels import Templates
from opsentrix.model.notifications import SEVERITIES, Notice, NoticeKind
from opsentrix.notify.templates import BODY, LIMIT, SUBJECT, one_line, render, state, values

_SHOWN = 40
"""Notices that a bundle names; of the others it says how many they are."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message, ready to be sent.

    Attributes:
        key: of the delivery: the same at each try, so that providers can recognise a repetition.
        at: when it is sent.
        subject: one line.
        text: plain text.
        url: the page to look at.
        notices: what it tells of, in order; several in a bundle.
        hub_url: of this hub.
    """

    key: str
    at: datetime
    subject: str
    text: str
    url: str
    notices: tuple[Notice, ...]
    hub_url: str

    @property
    def severity(self) -> str:
        """The highest severity of what it tells of."""
        return max((one.severity for one in self.notices), key=SEVERITIES.index)

    @property
    def over(self) -> bool:
        """Whether all that it tells of is over."""
        return all(one.kind is NoticeKind.RESOLVED for one in self.notices)

    @property
    def thread(self) -> str:
        """What messages of the same incident have in common."""
        first = self.notices[0]
        return f"incident-{first.incident_id}" if len(self.notices) == 1 and first.incident_id else self.key


def compose(key: str, notices: Sequence[Notice], why: str, templates: Templates, hub_url: str, at: datetime) -> Message:
    """Return the message for a delivery.

    Args:
        key: of the delivery.
        notices: one, or several for a bundle; never none.
        why: of a bundle: what it is.
        templates: the channel's own words.
        hub_url: without a trailing slash.
        at: the moment.
    """
    if len(notices) == 1:
        given = values(notices[0], hub_url)
        subject = one_line(render(templates.subject or SUBJECT, given)) or notices[0].title
        return Message(key, at, subject, render(templates.body or BODY, given), given["url"], tuple(notices), hub_url)
    over = sum(one.kind is NoticeKind.RESOLVED for one in notices)
    subject = f"[{why}] {len(notices)} notifications, {over} of them about what is over"
    shown = [f"[{state(one)}] {one_line(one.title)}" for one in notices[:_SHOWN]]
    more = [f"and {len(notices) - _SHOWN} more"] if len(notices) > _SHOWN else []
    url = f"{hub_url}/dashboard/incidents"
    return Message(key, at, subject, "\n".join([*shown, *more, url])[:LIMIT], url, tuple(notices), hub_url)

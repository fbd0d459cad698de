"""What people do with incidents: each act is a function of the book."""

from datetime import datetime

from opsentrix.alerting.incidents import Book
from opsentrix.errors import ConflictError, InvalidError, NotFoundError
from opsentrix.model.incidents import EntryKind, Incident, IncidentState
from opsentrix.model.notifications import NoticeKind


def find(book: Book, incident_id: int) -> Incident:
    """Return an incident.

    Raises:
        NotFoundError: the book does not know it.
    """
    incident = book.incidents.get(incident_id)
    if incident is None:
        raise NotFoundError(f"There is no incident {incident_id}.")
    return incident


def acknowledge(book: Book, incident_id: int, by: str, until: datetime) -> None:
    """Let somebody look after an incident until a moment: no reminders until then, and one then.

    Raises:
        ConflictError: it is resolved.
        InvalidError: the moment has passed.
    """
    incident = _open(book, incident_id)
    if until <= book.now:
        raise InvalidError("Not valid: until. It has passed.")
    incident.state, incident.acknowledged_by, incident.acknowledged_until = IncidentState.ACKNOWLEDGED, by, until
    text = f"acknowledged until {until:%Y-%m-%d %H:%M:%S} UTC"
    book.record.note(incident, EntryKind.ACKNOWLEDGED, text, actor=by)
    if incident.told:
        book.record.tell(incident, NoticeKind.ACKNOWLEDGED, f"by {by}")
    book.schedule(incident)


def unacknowledge(book: Book, incident_id: int, by: str) -> None:
    """Take an acknowledgement back.

    Raises:
        ConflictError: there is none.
    """
    incident = find(book, incident_id)
    if incident.state is not IncidentState.ACKNOWLEDGED:
        raise ConflictError("The incident is not acknowledged.")
    incident.state, incident.acknowledged_by, incident.acknowledged_until = IncidentState.OPEN, "", None
    book.record.note(incident, EntryKind.UNACKNOWLEDGED, "the acknowledgement was taken back", actor=by)
    book.schedule(incident)


def assign(book: Book, incident_id: int, by: str, assignee: str) -> None:
    """Make somebody its owner, or nobody when the name is empty."""
    incident = find(book, incident_id)
    incident.assignee = assignee
    text = f"assigned to {assignee}" if assignee else "assigned to nobody"
    book.record.note(incident, EntryKind.ASSIGNED, text, actor=by)


def comment(book: Book, incident_id: int, by: str, text: str) -> None:
    """Add what somebody says to the timeline."""
    book.record.note(find(book, incident_id), EntryKind.COMMENT, text, actor=by)


def write_notes(book: Book, incident_id: int, by: str, text: str, based_on: str | None = None) -> None:
    """Set the post-mortem notes.

    Raises:
        ConflictError: they are not those any more that the new ones are based on.
    """
    incident = find(book, incident_id)
    if based_on is not None and based_on != incident.notes:
        raise ConflictError("Somebody changed the notes meanwhile.")
    incident.notes = text
    book.record.note(incident, EntryKind.NOTES, "the post-mortem notes were changed", actor=by)


def resolve(book: Book, incident_id: int, by: str, reason: str) -> None:
    """Resolve an incident whatever its alerts do; those that fire again later open another.

    Raises:
        ConflictError: it is resolved already.
    """
    book.close(_open(book, incident_id), reason or f"by {by}", by)


def reopen(book: Book, incident_id: int, by: str) -> None:
    """Open an incident again: from now on only a person resolves it.

    Raises:
        ConflictError: it is open, or its alerts went to another incident.
    """
    incident = find(book, incident_id)
    if incident.open:
        raise ConflictError("The incident is open.")
    if incident.merged_into is not None:
        raise ConflictError(f"Its alerts are in incident {incident.merged_into} now.")
    incident.state, incident.resolved_at, incident.resolved_by = IncidentState.OPEN, None, ""
    incident.kept_open = True
    book.record.note(incident, EntryKind.REOPENED, "opened again", actor=by)
    book.readmit(incident)
    book.schedule(incident)


def merge(book: Book, incident_id: int, others: list[int], by: str) -> None:
    """Take the alerts of other incidents into one, and close those.

    Raises:
        ConflictError: one of them is resolved, or is this one.
    """
    target = _open(book, incident_id)
    sources = [_open(book, one) for one in dict.fromkeys(others)]
    if target in sources:
        raise ConflictError("An incident cannot be merged into itself.")
    for source in sources:
        for member in source.own():
            book.move(member, source, target, f"merged by {by}")
        book.record.note(target, EntryKind.MERGED, f"incident {source.id} was merged into this one", actor=by)
    book.moved(sources, target)


def _open(book: Book, incident_id: int) -> Incident:
    incident = find(book, incident_id)
    if not incident.open:
        raise ConflictError(f"Incident {incident_id} is resolved.")
    return incident

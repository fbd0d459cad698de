"""Who is on call: people who take turns, in a time zone, with exceptions."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who takes turns, and the channels that reach them."""

    name: str
    channels: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Override:
    """Somebody else is on call from `begins` until before `ends`."""

    begins: datetime
    ends: datetime
    name: str


@dataclass(frozen=True, slots=True)
class Rota:
    """People who take turns of whole days, in the order of the list.

    Attributes:
        time_zone: IANA name; hand-overs follow its clock, whatever daylight saving time does.
        first_day: when the first member's first turn begins. Turns reach back before it, too.
        handover: local time of day at which the next one takes over.
        days: length of a turn.
        overrides: the last one listed that covers a moment counts.
    """

    id: int
    name: str
    time_zone: str
    first_day: date
    handover: time
    days: int
    members: tuple[Member, ...]
    overrides: tuple[Override, ...] = ()


@dataclass(frozen=True, slots=True)
class Shift:
    """Who is on call, from when until before when."""

    member: Member
    begins: datetime
    ends: datetime


def handover_at(rota: Rota, turn: int) -> datetime:
    """Return when a turn begins; 0 is the first one.

    A local time that daylight saving time skips is taken as long after midnight as before (PEP 495, fold 0), and
    of one that comes twice the first counts.
    """
    day = rota.first_day + timedelta(days=turn * rota.days)
    return datetime.combine(day, rota.handover, ZoneInfo(rota.time_zone)).astimezone(UTC)


def on_call(rota: Rota, now: datetime) -> Shift:
    """Return whose turn it is, overrides included, and until when nothing changes."""
    turn = (now.astimezone(ZoneInfo(rota.time_zone)).date() - rota.first_day).days // rota.days
    if now < handover_at(rota, turn):
        turn -= 1
    begins, ends = handover_at(rota, turn), handover_at(rota, turn + 1)
    named = {one.name: one for one in rota.members}
    member = rota.members[turn % len(rota.members)]
    for override in rota.overrides:
        if override.begins <= now < override.ends:
            member = named[override.name]
    edges = [edge for one in rota.overrides for edge in (one.begins, one.ends)]
    return Shift(
        member,
        max([begins, *(edge for edge in edges if edge <= now)]),
        min([ends, *(edge for edge in edges if edge > now)]),
    )


def shifts(rota: Rota, begins: datetime, ends: datetime, most: int) -> list[Shift]:
    """Return who is on call from one moment until before another, in order; the first may have begun before.

    Shifts that follow each other and are the same person's are one.

    Args:
        rota: whose turns.
        begins: the first moment.
        ends: the end, later than that.
        most: how many there may be; later ones are left out.
    """
    found: list[Shift] = []
    now = begins
    while now < ends:
        one = on_call(rota, now)
        now = one.ends
        if found and found[-1].member == one.member:
            found[-1] = Shift(one.member, found[-1].begins, one.ends)
        elif len(found) == most:
            break
        else:
            found.append(one)
    return found

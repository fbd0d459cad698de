"""What of a channel's due deliveries goes out now, and in how many messages. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from opsentrix.model.notifications import Delivery


@dataclass(frozen=True, slots=True)
class Group:
    """One message to be sent: a delivery, or several as a bundle.

    Attributes:
        parts: in the order of their ids; of several, none is a bundle itself.
        why: of a bundle: what it is.
    """

    parts: tuple[Delivery, ...]
    why: str = ""


def groups(due: Sequence[Delivery], allowance: int, slots: int, *, bundles: bool) -> list[Group]:
    """Choose what is sent now.

    The order of each incident is kept: of its deliveries only the oldest goes alone, a later one goes with a bundle,
    only when all before it go with the same. What was tried least goes first, so that what a provider never takes holds
    nothing else up.

    Args:
        due: what may go, in the order of ids.
        allowance: how many messages the channel's cap leaves. What is more becomes one summary, which is a message too.
        slots: how many may be on their way at once.
        bundles: whether the channel takes bundles; else what is over the cap waits.
    """
    if allowance <= 0 or slots <= 0:
        return []
    waiting = [one for one in due if one.digest and bundles]
    urgent = [one for one in due if not (one.digest and bundles)]
    messages = len(urgent) + bool(waiting)
    heads = _heads(due)
    alone = sorted((one for one in urgent if one.id in heads), key=lambda one: (one.tries, one.id))
    made: list[Group] = []
    if messages <= allowance or not bundles:
        made += [Group((one,)) for one in alone[:allowance]]
        rest: list[Delivery] = []
    else:
        # Bundles that failed once are messages already; they cannot become part of another.
        again = [one for one in alone if one.bundle]
        fresh = [one for one in alone if not one.bundle]
        room = max(0, allowance - 1 - bool(waiting) - len(again))
        made += [Group((one,)) for one in (*fresh[:room], *again)]
        gone = {one.id for one in fresh[:room]}
        rest = [one for one in urgent if one.id not in gone and not one.bundle]
    taken = {one.parts[0].incident_id for one in made} - {None}
    for parts, why in ((rest, "over the limit of messages a minute"), (waiting, "digest")):
        together = _free(parts, taken, due)
        taken |= {one.incident_id for one in together} - {None}
        if together:
            made.append(Group(tuple(together), why if len(together) > 1 else ""))
    made.sort(key=lambda one: one.parts[0].tries)
    return made[: min(allowance, slots)]


def _heads(due: Sequence[Delivery]) -> set[int]:
    """Return the ids of the deliveries that nothing of their incident is before."""
    oldest: dict[int, int] = {}
    for one in due:
        if one.incident_id is not None:
            oldest.setdefault(one.incident_id, one.id)
    return {one.id for one in due if one.incident_id is None or oldest[one.incident_id] == one.id}


def _free(parts: Sequence[Delivery], taken: set[int | None], due: Sequence[Delivery]) -> list[Delivery]:
    """Return what of the parts can go together: nothing whose incident has something before it elsewhere."""
    inside = {one.id for one in parts}
    held = set(taken)
    free = []
    for one in due:
        if one.incident_id is not None and one.incident_id in held:
            continue
        if one.id in inside:
            free.append(one)
        elif one.incident_id is not None:
            held.add(one.incident_id)
    return free

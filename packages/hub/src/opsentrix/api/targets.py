"""Fields that routes, escalations and rotas share, and the check that what they name is there."""

from collections.abc import Iterable
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Path
from pydantic import AfterValidator, BaseModel, Field

from opsentrix.api.fields import Whole
from opsentrix.db import Connection
from opsentrix.errors import FieldError, InvalidError
from opsentrix.model.routing import Target, TargetKind
from opsentrix.storage import channels, routes

RowId = Annotated[int, Path(ge=1, le=2**63 - 1)]
ClockText = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
"""A local time of day, such as `09:00`."""


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError):  # a name that is no zone, or the name of a folder of zones
        raise ValueError("must be the IANA name of a time zone, such as Europe/Paris") from None
    except KeyError:
        raise ValueError("there is no such time zone") from None
    return name


TimeZone = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_+/-]+$"), AfterValidator(_zone)]


class TargetBody(BaseModel):
    """A channel, an escalation, or whoever is on call in a rota."""

    kind: TargetKind
    id: Annotated[Whole, Field(ge=1, le=2**63 - 1)]

    @property
    def target(self) -> Target:
        """The same for the model."""
        return Target(self.kind, self.id)

    @classmethod
    def of(cls, target: Target) -> "TargetBody":
        """Return a target as it is shown."""
        return cls(kind=target.kind, id=target.id)


Targets = Annotated[list[TargetBody], Field(max_length=20)]


async def check_targets(connection: Connection, targets: Iterable[Target], *, nested: bool) -> None:
    """Check that targets exist.

    Args:
        connection: that holds the lock of editing.
        targets: to be checked.
        nested: they stand in an escalation, which cannot name another.

    Raises:
        InvalidError: one does not exist, or is an escalation inside one.
    """
    there = {
        TargetKind.CHANNEL: {one.id for one in await channels.every(connection)},
        TargetKind.ESCALATION: {one.id for one in await routes.escalations(connection)},
        TargetKind.ROTA: {one.id for one in await routes.rotas(connection)},
    }
    for one in targets:
        if nested and one.kind is TargetKind.ESCALATION:
            raise InvalidError("An escalation cannot name an escalation.", FieldError("targets", "names an escalation"))
        if one.id not in there[one.kind]:
            text = f"names {one.kind} {one.id}, which does not exist"
            raise InvalidError("Not valid: targets.", FieldError("targets", text))

"""How much room history takes, and how long the room lasts."""

from datetime import UTC, datetime

from fastapi import APIRouter
from pydantic import BaseModel

from opsentrix.api.auth import EverywhereViewer
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub
from opsentrix.maintenance.disk import Space
from opsentrix.model.forecast import days_until

_MOST_TABLES = 20
router = APIRouter(prefix="/api/v1", tags=["retention"])


class TierSizeView(BaseModel):
    """What a tier takes; null while no whole day of it is known.

    Attributes:
        bytes_per_day: what a day adds.
        kept_days: the longest that any agent's history is kept in it.
        settled_bytes: what it takes once as much goes as comes.
    """

    tier: str
    bytes: int
    bytes_per_day: float | None
    kept_days: int
    settled_bytes: float | None


class TableSizeView(BaseModel):
    """A table with its indexes."""

    name: str
    bytes: int


class StorageView(BaseModel):
    """What takes how much room, as of the last minute.

    Attributes:
        frames_bytes: what came in and is not compacted yet.
        tables: the largest 20.
        room_bytes: what may still come before history gives way to the disk; null where the hub cannot know.
        full_in_days: when that is used up as things are; null when it never is, or is not known.
    """

    measured_at: datetime
    database_bytes: int
    frames_bytes: int
    tiers: list[TierSizeView]
    tables: list[TableSizeView]
    room_bytes: int | None
    full_in_days: float | None


@router.get("/storage", responses=responses(401, 403))
async def read_storage(user: EverywhereViewer, services: Hub) -> StorageView:
    """Tell what takes how much room, and how long the room lasts."""
    sizes = await services.measurer.sizes()
    room = _room(services.intake.space, sizes.database)
    return StorageView(
        measured_at=datetime.fromtimestamp(sizes.measured, UTC),
        database_bytes=sizes.database,
        frames_bytes=sizes.frames,
        tiers=[
            TierSizeView(
                tier=tier.name,
                bytes=one.bytes,
                bytes_per_day=one.per_day,
                kept_days=sizes.kept[tier],
                settled_bytes=one.settled,
            )
            for tier, one in sizes.tiers.items()
        ],
        tables=[TableSizeView(name=name, bytes=size) for name, size in list(sizes.tables.items())[:_MOST_TABLES]],
        room_bytes=room,
        full_in_days=None if room is None else days_until(room, sizes.tiers.values()),
    )


def _room(space: Space, database: int) -> int | None:
    """Return what may still come: of a disk and of a limit the lesser."""
    left = [] if space.free is None else [space.free - space.reserve]
    left += [] if space.limit is None else [space.limit - database]
    return max(0, min(left)) if left else None

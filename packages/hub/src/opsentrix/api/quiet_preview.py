"""What a silence or a maintenance window would keep quiet, before it is made."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from opsentrix.api.auth import Viewer
from opsentrix.api.matchers import ReachBody, facts_of, reach_of
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub
from opsentrix.model.quiet import Subject
from opsentrix.model.stored_alerts import ALARMING
from opsentrix.storage import alerts

router = APIRouter(prefix="/api/v1", tags=["alerts"])
_NAMED = 20
_LOOKED_AT = 1000


class Covered(BaseModel):
    """Whom matchers are about: the agents that they may concern, some of their names, and alerts that fire now."""

    agents: int
    names: list[str]
    alerts: int = Field(description=f"Of the newest {_LOOKED_AT} that fire.")


@router.post("/silences/preview", responses=responses(400, 401, 403, 404, 422))
async def preview_silence(body: ReachBody, services: Hub, user: Viewer) -> Covered:
    """Tell whom a silence would keep quiet; nothing is kept."""
    reach = reach_of(services, body, user)
    everyone = {one.id: one for one in facts_of(services, user)}
    covered = sorted(one.name for one in everyone.values() if reach.could_meet(one))
    wanted = alerts.AlertFilter(ALARMING, only=services.visibility.only(user.scopes))
    async with services.database.connection() as connection:
        found = await alerts.page(connection, wanted, None, _LOOKED_AT)
    subjects = (
        Subject(everyone.get(one.alert.agent_id or 0), one.alert.severity, one.rule_name, one.alert.labels)
        for one in found
    )
    return Covered(
        agents=len(covered), names=covered[:_NAMED], alerts=sum(reach.meets(one) for one in subjects)
    )  # fmt: skip

"""Whether somebody sees an incident that a request names."""

from opsentrix.api.services import Services
from opsentrix.errors import NotFoundError
from opsentrix.model.access import Principal
from opsentrix.model.incidents import Incident
from opsentrix.storage import incidents


async def incident_within(services: Services, who: Principal, incident_id: int) -> Incident:
    """Return an incident with its alerts.

    Raises:
        NotFoundError: there is none, or none of its agents is within reach.
    """
    only = services.visibility.only(who.scopes)
    async with services.database.connection() as connection:
        incident = await incidents.get(connection, incident_id)
    if incident is None or (only is not None and only.isdisjoint(_agents_of(incident))):
        raise NotFoundError(f"There is no incident {incident_id}.")
    return incident


def _agents_of(incident: Incident) -> set[int]:
    return {one.agent_id for one in incident.members.values() if one.agent_id is not None}

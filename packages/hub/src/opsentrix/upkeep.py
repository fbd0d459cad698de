"""What time does to agents' identities: credentials are renewed and retire, those that nobody approves are refused."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from opsentrix.api.removal import remove
from opsentrix.api.services import Services
from opsentrix.fleet import admission
from opsentrix.model.identity import Admission

NOT_IN_TIME = "nobody approved it in time"


class IdentityUpkeep:
    """The work that the hub repeats so that identities stay in order."""

    def __init__(self, services: Services, now: Callable[[], float]) -> None:
        """Take what knows the agents, and the earliest that it may be, in Unix seconds: nobody is refused too early."""
        self._services = services
        self._now = now

    async def renew_credentials(self) -> None:
        """Write which new credentials are in use, and ask for those that are due."""
        services = self._services
        await services.credentials.settle()
        for agent_id in services.credentials.due(services.sessions.all_renewable(), time.monotonic()):
            services.sessions.renew(agent_id)

    async def settle_admissions(self) -> None:
        """Refuse agents that nobody approved in time, forget those refused long ago, and credentials that retired."""
        services = self._services
        now, days = datetime.fromtimestamp(self._now(), UTC), services.settings.approval_days
        for agent_id in await admission.refuse_late(services.database, now, days):
            services.registry.admit(agent_id, Admission.REFUSED)
            services.sessions.revoke(agent_id, NOT_IN_TIME)
            services.feed.agent_changed(agent_id)
        for agent_id in await admission.forgotten(services.database, now, days):
            if (known := services.registry.get(agent_id)) is not None:
                await remove(services, [known.agent], "hub", "")
        await services.credentials.remove_expired()

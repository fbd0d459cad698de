"""What is asked when an agent says Hello: is it approved, and is it the only host with this identity."""

from collections.abc import Callable
from datetime import UTC, datetime

from opsentrix.fleet.clones import Clones
from opsentrix.fleet.credentials import Credentials
from opsentrix.fleet.registry import Registry
from opsentrix.model.identity import Admission, Host, Verdict


class Gate:
    """Lets agents in, or not."""

    def __init__(
        self,
        registry: Registry,
        credentials: Credentials,
        clones: Clones,
        clock: Callable[[], float],
        steady: Callable[[], float],
    ) -> None:
        """Take those who know, Unix seconds, and seconds of a clock that never jumps."""
        self._registry = registry
        self._credentials = credentials
        self._clones = clones
        self._clock = clock
        self._steady = steady

    async def arrive(self, agent_id: int, run: bytes, facts: dict[str, str], address: str) -> Verdict:
        """Return what follows when an agent says Hello; `run` is the boot id of its process."""
        standing = self._registry.admission(agent_id)
        if standing is Admission.PENDING:
            return Verdict.PENDING
        seen_at = datetime.fromtimestamp(self._clock(), UTC)
        host = Host(run, facts.get("host.id", ""), facts.get("host.name", ""), address, seen_at)
        if standing is not Admission.ADMITTED or not await self._clones.arrived(agent_id, host):
            return Verdict.REFUSED
        if self._clones.kept(agent_id) and self._credentials.asked(agent_id, self._steady()):
            return Verdict.RENEW
        return Verdict.WELCOME

    async def offer(self, agent_id: int, credential_hash: bytes, address: str) -> None:
        """Take the hash of an agent's new credential.

        Raises:
            ConflictError: it cannot be taken.
        """
        await self._credentials.offer(agent_id, credential_hash, address)

    async def failed(self, agent_id: int, error: str) -> None:
        """Note why an agent could make no new credential."""
        await self._credentials.failed(agent_id, error)

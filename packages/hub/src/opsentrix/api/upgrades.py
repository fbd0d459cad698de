"""Releases of the agent: which run, which can be had, and rollouts of one to many agents in rings."""

import asyncio
import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import AfterValidator, BaseModel, Field

from opsentrix.api.auth import Admin, ProvenAdmin, Viewer
from opsentrix.api.fields import Whole
from opsentrix.api.problems import responses
from opsentrix.api.selection import MAX_BULK, ChosenAgents, chosen
from opsentrix.api.services import Hub, Services, address_of
from opsentrix.errors import ConflictError, FieldError, InvalidError, NotFoundError
from opsentrix.fleet.releases import Offer, offered
from opsentrix.model.access import Principal
from opsentrix.model.upgrades import OPEN, AgentState, Rollout, RolloutState, rings_of
from opsentrix.storage import audit, upgrades

SHOWN = 50
router = APIRouter(prefix="/api/v1", tags=["upgrades"])
_SHARE = re.compile(r"(?:[1-9][0-9]{0,4}|(?:[1-9][0-9]?|100)%)")


def _share(text: str) -> str:
    if not _SHARE.fullmatch(text):
        raise ValueError("must be a number of agents such as 1, or a share such as 10%")
    return text


def _whole(rings: list[str]) -> list[str]:
    if rings[-1] != "100%":
        raise ValueError("must end with 100%")
    return rings


Share = Annotated[str, Field(max_length=5), AfterValidator(_share)]
Rings = Annotated[list[Share], Field(min_length=1, max_length=10), AfterValidator(_whole)]
RolloutId = Annotated[int, Path(ge=1, le=2**63 - 1)]


class OfferView(BaseModel):
    """The release that this hub offers; `problem` says why no agent would take it, and is empty when signed.

    `keys` are the ids of the keys that signed it. Only an agent can tell whether a signature is good.
    """

    version: str
    sha256: str
    size: int
    keys: list[str]
    problem: str


class VersionCount(BaseModel):
    """How many agents run a version, and of how many the owner allows upgrades; the version of others is empty."""

    version: str
    agents: int
    allowed: int


class ReleasesView(BaseModel):
    """What runs, and what can be had; null when this hub was built without the agent."""

    offered: OfferView | None
    versions: list[VersionCount]


class NewRollout(ChosenAgents):
    """Which agents are to run the offered release, and how carefully.

    `rings` are numbers or shares of the agents that have had their turn by the end of each ring; `soak_s` passes
    between rings; with more than `max_failures` agents that did not come through, the rollout is halted.
    `version` guards against another release being offered meanwhile.
    """

    version: Annotated[str, Field(max_length=64)] | None = None
    rings: Rings = Field(default=["1", "10%", "100%"])
    soak_s: Annotated[Whole, Field(ge=0, le=7 * 86_400)] = 600
    max_failures: Annotated[Whole, Field(ge=0, le=MAX_BULK)] = 0


class PlannedAgent(BaseModel):
    """An agent of a plan."""

    id: int
    name: str
    version: str
    online: bool


class PlanView(BaseModel):
    """Who would be asked in which ring; who is not, because its owner does not allow it or it runs the release."""

    version: str
    rings: list[list[PlannedAgent]]
    not_allowed: list[PlannedAgent]
    current: list[PlannedAgent]


class RingView(BaseModel):
    """How many agents of a ring are in each state."""

    agents: int
    states: dict[AgentState, int]


class RolloutView(BaseModel):
    """A rollout; `ring` counts from 0, and `next_ring_at` is when the next one begins if nothing fails."""

    id: int
    version: str
    state: RolloutState
    reason: str
    ring: int
    rings: list[RingView]
    soak_s: int
    max_failures: int
    next_ring_at: datetime | None
    created_by: str
    created_at: datetime
    changed_at: datetime


class RolloutAgentView(BaseModel):
    """How far an agent is; `detail` says why it did not come through."""

    id: int
    name: str
    ring: int
    state: AgentState
    detail: str
    changed_at: datetime


class RolloutDetail(RolloutView):
    """A rollout with each of its agents."""

    agents: list[RolloutAgentView]


class RolloutList(BaseModel):
    """Rollouts, the newest first."""

    items: list[RolloutView]


@router.get("/agent-releases", responses=responses(401))
async def read_releases(services: Hub, user: Viewer) -> ReleasesView:
    """Tell which releases agents run and which this hub can offer them."""
    offer = await _offer(services)
    async with services.database.connection() as connection:
        counted = await upgrades.versions(connection, services.visibility.only(user.scopes))
    view = None
    if offer is not None:
        release = offer.release
        keys = [one.key_id for one in release.signatures]
        view = OfferView(
            version=release.version, sha256=release.sha256, size=release.size, keys=keys, problem=offer.problem
        )
    return ReleasesView(offered=view, versions=[VersionCount(**one) for one in counted])


@router.post("/upgrades/plan", responses=responses(400, 401, 403, 404, 409, 422))
async def plan(body: NewRollout, services: Hub, user: Admin) -> PlanView:
    """Tell what a rollout would do; nothing is begun."""
    offer = await _usable(services, body)
    return await _plan(services, body, offer, user)


@router.post("/upgrades", status_code=201, responses=responses(400, 401, 403, 404, 409, 422))
async def create(body: NewRollout, services: Hub, user: ProvenAdmin, request: Request) -> RolloutDetail:
    """Begin to upgrade agents; there is one rollout at a time."""
    offer = await _usable(services, body)
    planned = await _plan(services, body, offer, user)
    if not planned.rings:
        raise ConflictError("No agent is to be asked: each runs the release already, or its owner does not allow it.")
    now = datetime.fromtimestamp(services.clock(), UTC)
    rollout = Rollout(
        id=0, key=secrets.token_bytes(16), release=offer.release, soak=timedelta(seconds=body.soak_s),
        max_failures=body.max_failures, state=RolloutState.RUNNING, reason="", ring=0, rings=len(planned.rings),
        ring_done_at=None, created_by=user.username, created_at=now, changed_at=now,
    )  # fmt: skip
    async with services.database.transaction() as connection:
        rollout = await upgrades.add(connection, rollout, [[one.id for one in ring] for ring in planned.rings])
        await audit.add(
            connection, user.actor, "upgrade.create", f"upgrade:{rollout.id}", address_of(request),
            version=offer.release.version, sha256=offer.release.sha256, rings=[len(ring) for ring in planned.rings],
            soak_s=body.soak_s, max_failures=body.max_failures,
        )  # fmt: skip
    return await _detail(services, rollout.id, user)


@router.get("/upgrades", responses=responses(401))
async def list_rollouts(services: Hub, user: Viewer) -> RolloutList:
    """List rollouts; who sees some agents only, sees those with such agents, and counts these."""
    only = services.visibility.only(user.scopes)
    async with services.database.connection() as connection:
        rollouts = await upgrades.newest(connection, SHOWN)
        counted = await upgrades.counts(connection, [one.id for one in rollouts], only)
    shown = [one for one in rollouts if counted[one.id] or only is None]
    return RolloutList(items=[_view(one, counted[one.id]) for one in shown])


@router.get("/upgrades/{rollout_id}", responses=responses(401, 404, 422))
async def read_rollout(rollout_id: RolloutId, services: Hub, user: Viewer) -> RolloutDetail:
    """Tell how far a rollout is."""
    return await _detail(services, rollout_id, user)


@router.post("/upgrades/{rollout_id}/pause", responses=responses(401, 403, 404, 409, 422))
async def pause(rollout_id: RolloutId, services: Hub, user: Admin, request: Request) -> RolloutDetail:
    """Ask no more agents until it is resumed; those that were asked go on."""
    await _set_state(services, rollout_id, RolloutState.PAUSED, user, request)
    return await _detail(services, rollout_id, user)


@router.post("/upgrades/{rollout_id}/resume", responses=responses(401, 403, 404, 409, 422))
async def resume(rollout_id: RolloutId, services: Hub, user: Admin, request: Request) -> RolloutDetail:
    """Go on with a paused rollout."""
    await _set_state(services, rollout_id, RolloutState.RUNNING, user, request)
    return await _detail(services, rollout_id, user)


@router.post("/upgrades/{rollout_id}/stop", responses=responses(401, 403, 404, 409, 422))
async def stop(rollout_id: RolloutId, services: Hub, user: Admin, request: Request) -> RolloutDetail:
    """Ask no more agents, for good; those that were asked go on."""
    await _set_state(services, rollout_id, RolloutState.STOPPED, user, request)
    return await _detail(services, rollout_id, user)


async def _offer(services: Services) -> Offer | None:
    return await asyncio.to_thread(offered, services.settings.install_dir)


async def _usable(services: Services, body: NewRollout) -> Offer:
    offer = await _offer(services)
    if offer is None:
        raise ConflictError("This hub was built without the agent; run `make agent` where it was built.")
    if body.version is not None and body.version != offer.release.version:
        detail = f"is {body.version}, and this hub offers {offer.release.version}"
        raise InvalidError("Not valid: version.", FieldError("version", detail))
    if offer.problem:
        raise ConflictError(f"No agent would take release {offer.release.version}. {offer.problem}")
    return offer


async def _plan(services: Services, body: NewRollout, offer: Offer, who: Principal) -> PlanView:
    ids = await chosen(services, body, who)
    async with services.database.connection() as connection:
        found = await upgrades.candidates(connection, ids)
    if strangers := sorted(set(ids) - {one.id for one in found}):
        raise NotFoundError(f"There is no agent {strangers[0]}.")
    online = services.sessions.upgradable()
    agents = {
        one.id: PlannedAgent(id=one.id, name=one.name, version=one.version, online=one.id in online) for one in found
    }
    current = {one.id for one in found if one.version == offer.release.version}
    allowed = [one.id for one in found if one.allows and one.id not in current]
    # Those that can answer go first, else the first ring might be one that nobody hears of; then the oldest.
    allowed.sort(key=lambda one: (one not in online, one))
    return PlanView(
        version=offer.release.version,
        rings=[[agents[one] for one in ring] for ring in rings_of(allowed, body.rings)],
        not_allowed=[agents[one.id] for one in found if not one.allows and one.id not in current],
        current=[agents[one] for one in sorted(current)],
    )


async def _set_state(
    services: Services, rollout_id: int, state: RolloutState, user: Principal, request: Request
) -> None:  # fmt: skip
    async with services.database.transaction() as connection:
        rollout = await upgrades.get(connection, rollout_id, lock=True)
        if rollout is None:
            raise NotFoundError(f"There is no rollout {rollout_id}.")
        if rollout.state not in OPEN:
            raise ConflictError(f"The rollout is {rollout.state} already.")
        if rollout.state is state:
            return
        now = datetime.fromtimestamp(services.clock(), UTC)
        await upgrades.set_state(connection, rollout_id, state, "", now)
        await audit.add(connection, user.actor, f"upgrade.{state}", f"upgrade:{rollout_id}", address_of(request))


async def _detail(services: Services, rollout_id: int, who: Principal) -> RolloutDetail:
    only = services.visibility.only(who.scopes)
    async with services.database.connection() as connection:
        rollout = await upgrades.get(connection, rollout_id)
        counted = await upgrades.counts(connection, [rollout_id], only)
        if rollout is None or not (counted[rollout_id] or only is None):
            raise NotFoundError(f"There is no rollout {rollout_id}.")
        progress = await upgrades.agents_of(connection, rollout_id)
    agents = [
        RolloutAgentView(
            id=one.agent.agent_id, name=one.name, ring=one.agent.ring, state=one.agent.state, detail=one.agent.detail,
            changed_at=one.changed_at,
        )
        for one in progress
        if only is None or one.agent.agent_id in only
    ]  # fmt: skip
    return RolloutDetail(**_view(rollout, counted[rollout_id]).model_dump(), agents=agents)


def _view(rollout: Rollout, counted: dict[tuple[int, AgentState], int]) -> RolloutView:
    rings = []
    for number in range(rollout.rings):
        states = {state: count for (ring, state), count in counted.items() if ring == number}
        rings.append(RingView(agents=sum(states.values()), states=states))
    waits = rollout.state in OPEN and rollout.ring_done_at is not None and rollout.ring + 1 < rollout.rings
    return RolloutView(
        id=rollout.id,
        version=rollout.release.version,
        state=rollout.state,
        reason=rollout.reason,
        ring=rollout.ring,
        rings=rings,
        soak_s=round(rollout.soak.total_seconds()),
        max_failures=rollout.max_failures,
        next_ring_at=rollout.ring_done_at + rollout.soak if waits and rollout.ring_done_at else None,
        created_by=rollout.created_by,
        created_at=rollout.created_at,
        changed_at=rollout.changed_at,
    )

"""Notifications in a person's own browsers (web push)."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field

from opsentrix.api.auth import Viewer
from opsentrix.api.problems import responses
from opsentrix.api.services import Hub, address_of
from opsentrix.errors import NotFoundError
from opsentrix.model.push import Subscription
from opsentrix.storage import audit, push

router = APIRouter(prefix="/api/v1/account/push", tags=["account"])
SubscriptionId = Annotated[int, Path(ge=1, le=2**63 - 1)]


class KeysBody(BaseModel):
    """What a browser's `PushSubscription` names its keys, in base64url."""

    p256dh: Annotated[str, Field(min_length=80, max_length=100)]
    auth: Annotated[str, Field(min_length=20, max_length=30)]


class SubscriptionBody(BaseModel):
    """A browser's `PushSubscription`, as its `toJSON` gives it; the rest of that does not matter."""

    endpoint: Annotated[str, Field(min_length=10, max_length=1000)]
    keys: KeysBody


class SubscriptionView(BaseModel):
    """A browser that is pushed notifications; how to reach it is never given out."""

    id: int
    fingerprint: str = Field(description="SHA-256 of the endpoint's URL in hexadecimal: a browser knows itself by it.")
    service: str = Field(description="Host of its push service.")
    user_agent: str
    created_at: datetime
    last_delivered_at: datetime | None
    failures: int = Field(description="Tries that failed since then.")
    last_error: str

    @classmethod
    def of(cls, one: Subscription) -> "SubscriptionView":
        """Return a browser as it is shown."""
        return cls(
            id=one.id, fingerprint=one.endpoint_hash.hex(), service=one.service, user_agent=one.user_agent,
            created_at=one.created_at, last_delivered_at=one.last_delivered_at, failures=one.failures,
            last_error=one.last_error,
        )  # fmt: skip


class PushView(BaseModel):
    """The key to subscribe with (`applicationServerKey`, base64url), and one's own browsers, the newest first."""

    key: str
    items: list[SubscriptionView]


class PushTest(BaseModel):
    """How a test went, in the push service's own words. That it took the message does not say that it was shown."""

    ok: bool
    status: int | None
    answer: str
    duration_ms: int


@router.get("", responses=responses(401, 403))
async def read_push(person: Viewer, services: Hub) -> PushView:
    """Return the key that browsers subscribe with, and one's own browsers."""
    key = await services.browsers.key(services.now())
    async with services.database.connection() as connection:
        found = await push.of_user(connection, person.id)
    return PushView(key=key, items=[SubscriptionView.of(one) for one in found])


@router.post("", status_code=201, responses=responses(400, 401, 403, 409, 422))
async def subscribe(body: SubscriptionBody, person: Viewer, services: Hub, request: Request) -> SubscriptionView:
    """Have notifications pushed to a browser; one that is known is renewed, and is whoever's now asks."""
    given = (body.endpoint, body.keys.p256dh, body.keys.auth)
    agent = request.headers.get("user-agent", "")
    made = await services.browsers.subscribe(person.id, person.session, given, agent, services.now())
    async with services.database.transaction() as connection:
        [one] = [each for each in await push.of_user(connection, person.id) if each.id == made]
        await audit.add(
            connection, person.actor, "push.subscribe", person.actor, address_of(request), result="ok",
            service=one.service, user_agent=one.user_agent,
        )  # fmt: skip
    return SubscriptionView.of(one)


@router.delete("/{subscription_id}", status_code=204, responses=responses(401, 403, 404, 422))
async def unsubscribe(subscription_id: SubscriptionId, person: Viewer, services: Hub, request: Request) -> None:
    """Push nothing to one of one's own browsers any more."""
    async with services.database.transaction() as connection:
        gone = await push.remove(connection, person.id, subscription_id)
        if gone is None:
            raise NotFoundError(f"You have no browser {subscription_id}.")
        await audit.add(
            connection, person.actor, "push.unsubscribe", person.actor, address_of(request), result="ok",
            service=gone.service, user_agent=gone.user_agent,
        )  # fmt: skip


@router.post("/{subscription_id}/test", responses=responses(401, 403, 404, 422))
async def test_push(subscription_id: SubscriptionId, person: Viewer, services: Hub, request: Request) -> PushTest:
    """Push a test to one of one's own browsers now; the answer is the push service's own."""
    proof = await services.browsers.test(
        person.id, subscription_id, services.settings.url, services.outbound, services.now()
    )
    async with services.database.transaction() as connection:
        await audit.add(
            connection, person.actor, "push.test", person.actor, address_of(request),
            result="ok" if proof.ok else "failed", status=proof.status,
        )  # fmt: skip
    return PushTest(ok=bool(proof.ok), status=proof.status, answer=proof.answer, duration_ms=proof.duration_ms or 0)

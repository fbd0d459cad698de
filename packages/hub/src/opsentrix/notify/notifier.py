"""The notifier: plans who is told, sends what is due, writes down how it went. Each hub process runs one."""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from opsentrix import log, selfmetrics
from opsentrix.db import Connection, Database
from opsentrix.errors import NotFoundError, OpsentrixError, TooManyRequestsError
from opsentrix.model.channels import Channel, Templates
from opsentrix.model.notifications import Attempt, Delivery, DeliveryState, Notice, NoticeKind, Planned
from opsentrix.notify import batching, planning, secrets
from opsentrix.notify.channels import CHANNELS, Kind, kind_of
from opsentrix.notify.guard import Reach
from opsentrix.notify.messages import Message, compose
from opsentrix.notify.outbound import Outbound
from opsentrix.notify.receipts import DeliveryError, Receipt, cut
from opsentrix.storage import channels, deliveries, notifications, routes
from opsentrix.vault import SealError, Vault

TRY_S = 30.0
"""How long one try may take."""
LEASE = timedelta(seconds=TRY_S + 15)
"""After this a delivery that was begun is somebody else's: whoever began it is dead."""
SLOTS = 4
"""Messages on their way to one channel at once, of one hub process."""
AT_ONCE = 64
"""The same to all channels."""
_PLANNED = 200
_ROUNDS = 10
_MOMENT_S = 0.05
_DUE = 2000
_log = log.get(__name__)


@dataclass(frozen=True, slots=True)
class _Claim:
    """A delivery that is ours to send, and the attempt that was written down for it."""

    channel: Channel
    delivery: Delivery
    attempt: int
    notices: tuple[Notice, ...]


class Notifier:
    """Works the outbox; call `step` often."""

    def __init__(
        self, database: Database, vault: Vault, outbound: Outbound, hub_url: str, monotonic: Callable[[], float],
        reserved: Mapping[str, Kind] | None = None,
    ) -> None:  # fmt: skip
        """Take what is needed.

        Args:
            database: the hub's.
            vault: opens the secrets of channels.
            outbound: the way out.
            hub_url: for links.
            monotonic: seconds of a clock that never jumps.
            reserved: kinds of channels that are not for people; they have no secrets.
        """
        self._reserved = reserved or {}
        self.given_up = 0
        """Notices that were given up since the start."""
        self._database = database
        self._vault = vault
        self._outbound = outbound
        self._hub_url = hub_url
        self._monotonic = monotonic
        self._chance = random.random
        self._sending: set[asyncio.Task[None]] = set()

    async def step(self, now: datetime) -> bool:
        """Plan what is new, let escalations go on, and begin to send what is due; return whether to go on at once."""
        await self._plan(now)
        await self._escalate(now)
        async with self._database.connection() as connection:
            waiting = await deliveries.waiting_channels(connection, now)
        busy = False
        for channel_id in waiting:
            if len(self._sending) >= AT_ONCE:
                break
            claims = await self._claim(channel_id, now)
            busy = busy or claims is None
            for claim in claims or ():
                task = asyncio.create_task(self._deliver(claim, now), name=f"notify:{channel_id}")
                self._sending.add(task)
                task.add_done_callback(self._sending.discard)
                busy = True
        return busy or bool(self._sending)

    async def room(self, seconds: float) -> None:
        """Wait until something that is being sent is done, but not for longer than this."""
        if self._sending:
            await asyncio.wait(self._sending, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        else:
            await asyncio.sleep(_MOMENT_S)  # somebody else is about to let go of a channel

    async def settle(self, seconds: float = TRY_S) -> None:
        """Wait for what is being sent; what takes longer is stopped, and will be sent again."""
        if self._sending:
            _, late = await asyncio.wait(self._sending, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def trim(self, now: datetime, days: int) -> None:
        """Remove notices that are older than so many days."""
        async with self._database.transaction() as connection:
            await notifications.remove_older(connection, now - timedelta(days=days))

    async def book(self, connection: Connection) -> planning.Book:
        """Return all that decides who is told, as it is now."""
        return planning.Book(
            {one.id: one for one in await channels.every(connection, reserved=True)},
            tuple(await routes.routes(connection)),
            {one.id: one for one in await routes.escalations(connection)},
            {one.id: one for one in await routes.rotas(connection)},
        )

    async def _plan(self, now: datetime) -> None:
        # In pieces, so that no transaction is long; not without end, so that what is planned is sent.
        for _ in range(_ROUNDS):
            if await self._plan_some(now) < _PLANNED:
                return

    async def _plan_some(self, now: datetime) -> int:
        """Plan the oldest notices; return how many they were."""
        async with self._database.transaction() as connection:
            # Looked at before the lock is tried: mostly there is nothing.
            if not await notifications.unplanned(connection, 1) or not await notifications.lock_planning(connection):
                return 0
            new = await notifications.unplanned(connection, _PLANNED)
            book = await self.book(connection)
            for notification_id, notice in new:
                await self._plan_one(connection, book, notification_id, notice, now)
            return len(new)

    async def _plan_one(
        self, connection: Connection, book: planning.Book, notification_id: int, notice: Notice, now: datetime
    ) -> None:
        incident = notice.incident_id
        told: set[int] = set()
        if incident is not None and notice.kind is not NoticeKind.OPENED:
            told = await notifications.told(connection, incident)
        made = planning.plan(book, notice, told, now)
        for one in made.deliveries:
            await self._add(connection, book, notification_id, notice, one, now)
        if incident is not None:
            if made.ends_escalations:
                await notifications.end_escalations(connection, incident)
            for escalation in made.escalations:
                await notifications.begin_escalation(connection, notification_id, incident, escalation, now)
        if not made.deliveries and not made.escalations:
            selfmetrics.NOTIFICATIONS_UNROUTED.inc()
        await notifications.planned(connection, notification_id, now, made.decision)

    async def _escalate(self, now: datetime) -> None:
        async with self._database.transaction() as connection:
            if not (await notifications.due_steps(connection, now, 1)) or not (
                await notifications.lock_planning(connection)
            ):
                return
            book = await self.book(connection)
            for run in await notifications.due_steps(connection, now, _PLANNED):
                one = book.escalations[run["escalation_id"]]
                notice = await notifications.notice(connection, run["notification_id"])
                found, number, at = planning.steps_due(book, one, run["begun_at"], run["number"], now)
                for each in found:
                    # A number that no other run of this notice has, so that a repeated round is told again.
                    step = Planned(each.channel_id, each.why, run["id"] * 1000 + each.step + 1)
                    await self._add(connection, book, run["notification_id"], notice, step, now)
                await notifications.next_step(connection, run["id"], number, at)

    async def _claim(self, channel_id: int, now: datetime) -> list[_Claim] | None:
        """Take what may be sent to a channel now; its row is locked meanwhile, so that hubs share its cap.

        Returns:
            What was taken; None where somebody else holds the channel at this moment.
        """
        async with self._database.transaction() as connection:
            channel = await channels.lock(connection, channel_id, wait=False)
            if channel is None:
                return None
            kind = self._kind(channel)
            if not channel.new.enabled or kind is None:
                return []
            died = await deliveries.release_expired(connection, channel_id, now)
            if died:
                _log.warning("a hub ended while it sent; it is sent again", channel=channel.new.name, messages=died)
            flying, recent = await deliveries.load(connection, channel_id, now)
            # One message at a time finds out whether a channel that failed works again.
            slots = min(1 if channel.health.failures else SLOTS, AT_ONCE - len(self._sending)) - flying
            allowance = channel.new.per_minute - recent
            if min(slots, allowance) <= 0:
                return []
            due = await deliveries.due(connection, channel_id, now, _DUE)
            chosen = batching.groups(due, allowance, slots, bundles=kind.bundles)
            return [await self._begin(connection, channel, group, now) for group in chosen]

    async def _begin(self, connection: Connection, channel: Channel, group: batching.Group, now: datetime) -> _Claim:
        delivery = group.parts[0]
        if len(group.parts) > 1:
            parts = [one.id for one in group.parts]
            delivery = await deliveries.bundle(connection, channel.id, parts, group.why, now)
            selfmetrics.NOTIFICATIONS_BUNDLED.inc(len(parts))
        notices = tuple(await deliveries.notices(connection, delivery))
        attempt = await deliveries.begin(connection, delivery.id, now, LEASE)
        return _Claim(channel, replace(delivery, tries=delivery.tries + 1), attempt, notices)

    async def _deliver(self, claim: _Claim, now: datetime) -> None:
        templates = claim.channel.new.templates
        message = compose(str(claim.delivery.id), claim.notices, claim.delivery.why, templates, self._hub_url, now)
        proof, error = await self._try(claim.channel, message, now)
        try:
            await self._note(claim, proof, error)
        except OpsentrixError as away:
            # The lease ends, and it is sent again: a second copy, but never none.
            _log.warning("how a notification went was not written", attempt=claim.attempt, reason=away.detail)

    async def _try(self, channel: Channel, message: Message, now: datetime) -> tuple[Attempt, DeliveryError | None]:
        """Send once; return the proof, and the error where it failed."""
        begun = self._monotonic()
        own = self._reserved.get(channel.new.kind)
        kind, hidden = own or kind_of(channel.new.kind), []
        error: DeliveryError | None = None
        status, answer = None, ""
        try:
            found = {} if own else secrets.opened(self._vault, channel.new)
            hidden = list(found.values())
            async with asyncio.timeout(TRY_S):
                receipt = await self._send(kind, channel, message, secrets.complete(kind, channel.new.settings, found))
            status, answer = receipt.status, receipt.answer
        except TimeoutError:
            error = DeliveryError(f"No answer within {TRY_S:.0f} s.")
        except DeliveryError as caught:
            error = caught
        except SealError as caught:
            error = DeliveryError(str(caught))
        except Exception as caught:  # noqa: BLE001 - one channel's fault must not end the sending of others
            _log.exception("a channel failed in a way that it should not", channel=channel.new.name)
            error = DeliveryError(f"The hub could not send: {type(caught).__name__}.")
        if error is not None:
            status, answer = error.status, error.answer
        took = self._monotonic() - begun
        told = cut(secrets.redacted(answer, hidden))
        selfmetrics.NOTIFICATION_TRIES.labels(channel.new.kind, "failed" if error else "sent").inc()
        return Attempt(now, now + timedelta(seconds=took), error is None, status, told, round(took * 1000)), error

    async def _send(self, kind: Kind, channel: Channel, message: Message, settings: dict[str, object]) -> Receipt:
        everything = self._outbound.reach.everything
        reach = Reach(private=channel.new.allow_private or everything, everything=everything)
        return await kind.send(message, settings, self._outbound.reaching(reach))

    async def _note(self, claim: _Claim, proof: Attempt, error: DeliveryError | None) -> None:
        now, one, channel = proof.finished_at or proof.started_at, claim.delivery, claim.channel
        async with self._database.transaction() as connection:
            # In the order in which claiming locks: first the channel.
            await channels.lock(connection, channel.id, wait=True)
            await deliveries.finish(connection, claim.attempt, proof)
            if error is None:
                await channels.worked(connection, channel.id, now)
                await deliveries.settle(connection, one, DeliveryState.SENT, now, now)
                if channel.new.kind not in self._reserved:
                    selfmetrics.NOTIFICATION_SECONDS.observe(max(0.0, (now - one.created_at).total_seconds()))
                return
            given_up = error.permanent or now - one.created_at >= planning.LATEST
            if error.permanent:
                await channels.refused(connection, channel.id, proof.answer)
            else:
                pause = planning.pause(channel.health.failures + 1, self._chance(), error.retry_after_s)
                await channels.failed(connection, channel.id, now, now + pause, proof.answer)
            if given_up:
                self.given_up += len(claim.notices)
                selfmetrics.NOTIFICATIONS_LOST.labels(channel.new.kind).inc(len(claim.notices))
                _log.error(
                    "a notification was given up", channel=channel.new.name, delivery=one.id, answer=proof.answer
                )
            again = now + planning.pause(one.tries, self._chance(), error.retry_after_s)
            state = DeliveryState.FAILED if given_up else DeliveryState.PENDING
            await deliveries.settle(connection, one, state, now, again)

    async def test(self, channel_id: int, by: str, now: datetime) -> Attempt:
        """Send a test to a channel at once, and return how it went.

        Raises:
            NotFoundError: there is no such channel.
            TooManyRequestsError: the channel's cap is reached.
        """
        title = f"Test by {by}: this channel works"
        notice = Notice(
            NoticeKind.TEST, "info", title, now, now, lines=("Nothing happened; somebody pressed the test button.",)
        )
        async with self._database.transaction() as connection:
            channel = await channels.lock(connection, channel_id, wait=True)
            if channel is None:
                raise NotFoundError(f"There is no channel {channel_id}.")
            _, recent = await deliveries.load(connection, channel_id, now)
            if recent >= channel.new.per_minute:
                raise TooManyRequestsError("The channel got as many messages as it may in a minute.", 60)
            notification_id = await notifications.enqueue(connection, notice)
            await notifications.planned(connection, notification_id, now, [])
            new = await notifications.add_delivery(
                connection, notification_id, None, Planned(channel_id, "test"), now, now, digest=False
            )
            if new is None:
                raise AssertionError("the channel's row is held, and the notification is new")
            delivery = Delivery(new, channel_id, None, 0, now)
            claim = await self._begin(connection, channel, batching.Group((delivery,)), now)
        message = compose(str(new), (notice,), "", Templates(), self._hub_url, now)
        proof, error = await self._try(channel, message, now)
        if error is not None:
            # A test is not sent again later, when nobody waits for it.
            error = DeliveryError(error.answer, error.status, permanent=True)
        await self._note(claim, proof, error)
        return proof

    async def _add(
        self, connection: Connection, book: planning.Book, notification_id: int, notice: Notice, one: Planned,
        now: datetime,
    ) -> None:  # fmt: skip
        channel = book.channels.get(one.channel_id)
        kind = None if channel is None else self._kind(channel)
        if channel is None or kind is None:
            return
        due, digest = planning.when(channel, notice, now, bundles=kind.bundles)
        await notifications.add_delivery(
            connection, notification_id, notice.incident_id, one, now, due, digest=digest
        )  # fmt: skip

    def _kind(self, channel: Channel) -> Kind | None:
        name = channel.new.kind
        return self._reserved.get(name) or (kind_of(name) if name in CHANNELS else None)


def whom(
    book: planning.Book, notice: Notice, now: datetime
) -> tuple[planning.Plan, Sequence[tuple[int, timedelta, str]]]:
    """Return who would be told of a new incident now, and which channels its escalations would tell, when and why."""
    made = planning.plan(book, notice, frozenset(), now)
    later: list[tuple[int, timedelta, str]] = []
    for escalation in made.escalations:
        for number, step in enumerate(escalation.steps):
            after = escalation.moment(number) or timedelta()
            found = planning.reached(book, step.targets, f"escalation {escalation.name}", now + after)
            later += [(channel_id, after, why) for channel_id, why in found]
    return made, later

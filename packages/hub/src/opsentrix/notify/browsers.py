"""The way to people's browsers: who has one, what it is sent, and what its push service made of it."""

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, auto

import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from opsentrix.db import Database
from opsentrix.errors import ConflictError, FieldError, InvalidError, NotFoundError, TooManyRequestsError
from opsentrix.model.channels import Templates
from opsentrix.model.notifications import ROUTED, Attempt, Notice, NoticeKind
from opsentrix.model.push import NewSubscription, Subscription
from opsentrix.model.users import Scope
from opsentrix.notify import webpush
from opsentrix.notify.messages import Message, compose
from opsentrix.notify.outbound import Outbound
from opsentrix.notify.receipts import DeliveryError, Receipt, cut
from opsentrix.notify.secrets import redacted
from opsentrix.notify.templates import one_line, state
from opsentrix.storage import push
from opsentrix.vault import SealError, Vault

MOST = 10
"""Browsers of one person."""
_KEY = "push key"
_AT_ONCE = 8
_AGAIN_S = 2.0
_TEST_PAUSE = timedelta(seconds=5)
_TITLE, _BODY = 160, 480
_GONE = (404, 410)
_TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}")
_TTL_S = {"info": 3_600, "warning": 4 * 3_600, "critical": 86_400}
_URGENCY = {"info": "low", "warning": "normal", "critical": "high"}
_RINGS = (*ROUTED, NoticeKind.TEST)


class Sight(Enum):
    """How much somebody sees of the agents that a message is about."""

    ALL = auto()
    SOME = auto()
    NOTHING = auto()


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of a message for one browser; `error` is None when its push service took it."""

    to: Subscription
    status: int | None
    answer: str
    error: DeliveryError | None = None

    @property
    def gone(self) -> bool:
        return self.error is not None and self.error.status in _GONE

    @property
    def passing(self) -> bool:
        """Whether another try may help."""
        return self.error is not None and not self.error.permanent and not self.gone


class Browsers:
    """People's browsers; each subscribes for itself."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        contact: str,
        services: Iterable[str],
        seen: Callable[[Scope, Collection[int]], int],
        monotonic: Callable[[], float],
    ) -> None:
        """Take what is needed.

        Args:
            database: where they are kept.
            vault: seals endpoints and keys.
            contact: `mailto:` or `https:` URL of whoever runs this hub, for push services.
            services: hosts of push services that may be reached; any public one where it is empty.
            seen: returns how many of some agents are within a scope.
            monotonic: seconds, to measure with.
        """
        self._seen = seen
        self._monotonic = monotonic
        self._database = database
        self._vault = vault
        self._contact = contact
        self._services = frozenset(services)

    async def key(self, now: datetime) -> str:
        """Return the hub's public key in base64url, which browsers subscribe with; the first to ask has it made."""
        return webpush.plain((await self._pair(now))[0])

    async def subscribe(
        self, user_id: int, session_id: int | None, given: tuple[str, str, str], user_agent: str, now: datetime
    ) -> int:
        """Keep a browser and return its id.

        Args:
            user_id: whose it is.
            session_id: by which login.
            given: endpoint, key and secret, as the browser told them.
            user_agent: its own name.
            now: the moment.

        Raises:
            InvalidError: what it told is no subscription, or its push service is not one that may be reached.
            ConflictError: there are as many as there may be.
        """
        try:
            target = webpush.target(*given, self._services)
        except ValueError as error:
            raise InvalidError("Not valid: the subscription.", FieldError("endpoint", str(error))) from None
        new = NewSubscription(
            user_id, session_id, hashlib.sha256(target.endpoint.encode()).digest(), target.service,
            self._vault.seal(_purpose(user_id), target.as_json()), one_line(user_agent, 300),
        )  # fmt: skip
        async with self._database.transaction() as connection:
            made = await push.put(connection, new, now, MOST)
        if made is None:
            raise ConflictError(f"You have {MOST} browsers already: remove one first.")
        return made

    async def tell(self, people: Sequence[str], message: Message, outbound: Outbound) -> Receipt:
        """Send a message to all browsers of some people; it counts as told when one of them took it.

        What fails in passing is tried once more here, while others have it already: a repetition by the outbox would
        ring at these, too.

        Raises:
            DeliveryError: no browser of anybody took it, or nobody has one.
        """
        async with self._database.connection() as connection:
            found = await push.of_people(connection, people)
        if not found:
            raise DeliveryError(f"No browser to push to: turned on by none of {', '.join(people)}.")
        beyond = [one for one in found if self._sight(one, message) is Sight.NOTHING]
        found = [one for one in found if one not in beyond]
        if not found:
            raise DeliveryError("It is about agents that nobody of them sees.", permanent=True)
        outcomes = await self._all(found, message, outbound)
        late = [one for one in outcomes if one.passing]
        if late and len(late) < len(outcomes):
            await asyncio.sleep(_AGAIN_S)
            again = await self._all([one.to for one in late], message, outbound)
            outcomes = [one for one in outcomes if not one.passing] + again
        await self._note(outcomes, message.at)
        return _summed(people, beyond, outcomes)

    async def test(
        self, user_id: int, subscription_id: int, hub_url: str, outbound: Outbound, now: datetime
    ) -> Attempt:
        """Send a test to one browser of somebody, and return how it went.

        Raises:
            NotFoundError: they have none of this id.
            TooManyRequestsError: they tested it a moment ago.
        """
        async with self._database.transaction() as connection:
            found = [one for one in await push.of_user(connection, user_id) if one.id == subscription_id]
            if not found:
                raise NotFoundError(f"You have no browser {subscription_id}.")
            if not await push.take_test(connection, user_id, subscription_id, now, _TEST_PAUSE):
                raise TooManyRequestsError("You tested it a moment ago.", round(_TEST_PAUSE.total_seconds()))
        notice = Notice(
            NoticeKind.TEST, "info", "Test: notifications reach this browser", now, now, path="/dashboard/account",
            lines=("Nothing happened; you pressed the test button.",),
        )  # fmt: skip
        message = compose("test", (notice,), "", Templates("{{ title }}", "{{ lines }}"), hub_url, now)
        begun = self._monotonic()
        [outcome] = await self._all(found, message, outbound)
        took = self._monotonic() - begun
        await self._note([outcome], now)
        ended = now + timedelta(seconds=took)
        return Attempt(now, ended, outcome.error is None, outcome.status, cut(_said(outcome)), round(took * 1000))

    async def _all(self, found: Sequence[Subscription], message: Message, outbound: Outbound) -> list[_Outcome]:
        told = headers(message)
        _, private = await self._pair(message.at)
        slots = asyncio.Semaphore(_AT_ONCE)

        async def send(one: Subscription) -> _Outcome:
            hidden = ""
            try:
                target = webpush.Target.from_json(self._vault.open(_purpose(one.user_id), one.sealed))
                hidden = target.endpoint
                if not webpush.allowed(target.service, self._services):
                    raise DeliveryError(f"{target.service} is not in OPSENTRIX_PUSH_SERVICES.", permanent=True)
                proof = webpush.authorization(target.endpoint, private, self._contact, message.at)
                body = webpush.sealed(payload(message, self._sight(one, message)), target)
                async with slots:
                    receipt = await outbound.post(target.endpoint, body, {**told, "Authorization": proof})
            except SealError as error:
                return _Outcome(one, None, str(error), DeliveryError(str(error)))
            except DeliveryError as error:
                return _Outcome(one, error.status, redacted(error.answer, [hidden]), error)
            return _Outcome(one, receipt.status, redacted(receipt.answer, [hidden]))

        sending: list[Awaitable[_Outcome]] = [send(one) for one in found]
        return list(await asyncio.gather(*sending))

    def _sight(self, one: Subscription, message: Message) -> Sight:
        if one.scope.everything or all(each.kind is NoticeKind.TEST for each in message.notices):
            return Sight.ALL
        agents = {each for notice in message.notices for each in notice.agent_ids}
        seen = self._seen(one.scope, agents)
        if not seen:
            return Sight.NOTHING
        return Sight.ALL if seen == len(agents) and all(each.agent_ids for each in message.notices) else Sight.SOME

    async def _note(self, outcomes: Sequence[_Outcome], now: datetime) -> None:
        async with self._database.transaction() as connection:
            await push.delivered(connection, [one.to.id for one in outcomes if one.error is None], now)
            await push.remove_gone(connection, [one.to.id for one in outcomes if one.gone])
            for one in outcomes:
                if one.error is not None and not one.gone:
                    await push.failed(connection, one.to.id, cut(one.answer)[:300])

    async def _pair(self, now: datetime) -> tuple[bytes, ec.EllipticCurvePrivateKey]:
        """Return the hub's key pair, which is made once: browsers take nothing from another."""
        async with self._database.connection() as connection:
            found = await push.key(connection)
            if found is None:
                made = ec.generate_private_key(ec.SECP256R1())
                private = made.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
                await push.add_key(connection, webpush.point_of(made), self._vault.seal(_KEY, private), now)
                found = await push.key(connection)
        if found is None:
            raise AssertionError("a key was just kept")
        key = load_der_private_key(self._vault.open(_KEY, found[1]), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise SealError("The hub's push key is of another kind.")
        return found[0], key


def payload(message: Message, sight: Sight = Sight.ALL) -> bytes:
    """Return what the browser's worker gets: JSON of at most `webpush.PAYLOAD_BYTES` bytes.

    It has the words, the severity, where a click leads, and the tag by which a newer one takes its place. The words
    name agents, so who does not see all of them gets a title without names; the page shows them what they see.
    """
    first, alone = message.notices[0], len(message.notices) == 1
    incident = first.incident_id if alone else None
    lines = [one_line(one, _BODY) for one in message.text.splitlines() if one not in (first.title, message.url)]
    told = {
        "title": one_line(message.subject, _TITLE) if sight is Sight.ALL else _nameless(message),
        "body": "\n".join(lines)[:_BODY] if sight is Sight.ALL else "", "severity": message.severity,
        "state": state(first) if alone else "summary", "over": message.over, "incident": incident,
        "path": first.path if alone else "/dashboard/incidents", "tag": message.thread,
        "rings": any(one.kind in _RINGS for one in message.notices),
        "acknowledge": incident is not None and first.kind in ROUTED,
        "at": round(message.at.astimezone(UTC).timestamp()),
    }  # fmt: skip
    return orjson.dumps(told)


def _nameless(message: Message) -> str:
    first = message.notices[0]
    if len(message.notices) > 1:
        return f"{len(message.notices)} notifications"
    return f"[{state(first)}] Incident {first.incident_id}"


def headers(message: Message) -> dict[str, str]:
    """Return what the push service is told: how long to keep it, how urgent it is, and what it takes the place of."""
    over = message.over
    made = {
        "TTL": str(_TTL_S["critical" if over else message.severity]),
        # An end takes the place of its alarm where that still waits: it must not wait for a charger when that does not.
        "Urgency": "normal" if over else _URGENCY[message.severity],
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
    }
    if _TOPIC.fullmatch(message.thread):
        made["Topic"] = message.thread
    return made


def _summed(people: Sequence[str], beyond: Sequence[Subscription], outcomes: Sequence[_Outcome]) -> Receipt:
    """Return the receipt of several browsers.

    Raises:
        DeliveryError: none of them took it.
    """
    lines = [f"{one.to.username}, {one.to.service}: {_said(one)}" for one in outcomes]
    lines += [f"{one.username}, {one.service}: it is about agents that they do not see" for one in beyond]
    known = {one.to.username.lower() for one in outcomes} | {one.username.lower() for one in beyond}
    lines += [f"{name}: has no browser" for name in people if name.lower() not in known]
    text = "\n".join(lines)
    taken = [one for one in outcomes if one.error is None]
    if taken:
        return Receipt(taken[0].status, text)
    errors = [one.error for one in outcomes if one.error is not None]
    raise DeliveryError(
        text,
        outcomes[0].status,
        permanent=all(one.permanent for one in errors),
        retry_after_s=max((one.retry_after_s for one in errors if one.retry_after_s is not None), default=None),
    )


def _said(one: _Outcome) -> str:
    status = "" if one.status is None else f"{one.status} "
    gone = " (it is gone, and was removed)" if one.gone else ""
    return f"{status}{one_line(one.answer, 150)}{gone}"


def _purpose(user_id: int) -> str:
    return f"push:{user_id}"

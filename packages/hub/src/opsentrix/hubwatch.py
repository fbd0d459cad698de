"""Connects what watches the hub with the stages that it watches."""

import socket
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from opsentrix.alerting.keeper import Changed, Enqueue
from opsentrix.alerting.runner import Runner
from opsentrix.db import Connection, Database
from opsentrix.ingest.writer import FrameWriter
from opsentrix.maintenance.audit import Notary
from opsentrix.maintenance.disk import Intake
from opsentrix.model.notifications import Notice, NoticeKind
from opsentrix.model.selectors import Member
from opsentrix.model.watching import CANARY, CANARY_KIND, HUB, Stage, number_of
from opsentrix.notify.channels import Kind, Settings
from opsentrix.notify.guard import Reach
from opsentrix.notify.messages import Message
from opsentrix.notify.notifier import Notifier
from opsentrix.notify.outbound import Outbound
from opsentrix.notify.receipts import DeliveryError, Receipt
from opsentrix.notify.secrets import redacted
from opsentrix.schedule import Job
from opsentrix.settings import Settings as HubSettings
from opsentrix.tls import Tls
from opsentrix.watch.canary import Canary
from opsentrix.watch.deadman import Answer, DeadMan
from opsentrix.watch.watcher import EngineHealth, Sources, Watcher

WATCH_S = 1.0
LOOK_S = 5.0


class Watched(NamedTuple):
    """What is watched besides alerting and notifications."""

    writer: FrameWriter
    intake: Intake
    notary: Notary
    tls: Tls


class HubWatch:
    """What watches one hub process: made first, and connected with the stages once these are there."""

    def __init__(self, settings: HubSettings, database: Database, outbound: Outbound) -> None:
        self._database = database
        self._instance = f"{socket.gethostname()}:{settings.port}"
        """What tells this process from others on the same database."""
        self.canary = Canary(database, self._instance, settings.canary_interval, time.time, time.monotonic)
        self.deadman = DeadMan(
            settings.deadman_url.get_secret_value(), settings.deadman_interval, pinging(outbound), time.time,
            time.monotonic,
        )  # fmt: skip
        self.kinds = {CANARY_KIND: canary_kind(self.canary)}

    def watch(self, watched: Watched, engine: Runner, notifier: Notifier) -> Watcher:
        """Return what watches these stages."""
        found = sources(watched, engine, notifier, self.deadman.failing)
        return Watcher(self._database, self._instance, found, self.canary, engine.push, time.time, time.monotonic)

    def jobs(self, watcher: Watcher) -> list[Job]:
        """Return what is to be repeated."""

        async def ping() -> None:
            await self.deadman.step(watcher.broken())

        return [
            Job(WATCH_S, watcher.step),
            Job(LOOK_S, watcher.look),
            Job(WATCH_S, self.canary.step),
            Job(WATCH_S, ping),
        ]


def members(agents: Callable[[], Iterable[Member]]) -> Callable[[], Iterable[Member]]:
    """Return what rules may be about: agents, and what is reserved for the hub."""
    return lambda: (HUB, CANARY, *agents())


def canary_kind(canary: Canary) -> Kind:
    """Return the kind of channel at which canaries arrive."""

    async def send(message: Message, _settings: Settings, _outbound: Outbound) -> Receipt:
        for notice in message.notices:
            number = None if notice.incident_id is None else number_of(notice.incident_id)
            if number is not None and notice.kind is NoticeKind.OPENED:
                canary.mark(number, Stage.SENT, message.at)
                canary.mark(number, Stage.RECEIVED)
        return Receipt(None, "received")

    return Kind("Canary", "Receives what the hub sends to test itself.", (), send, bundles=False)


def noticing(canary: Canary, enqueue: Enqueue) -> Enqueue:
    """Return what writes notices, and tells the canary of its own."""

    async def write(connection: Connection, notice: Notice) -> int:
        number = None if notice.incident_id is None else number_of(notice.incident_id)
        if number is not None and notice.kind is NoticeKind.OPENED:
            canary.mark(number, Stage.NOTICED)
        return await enqueue(connection, notice)

    return write


def telling(canary: Canary, changed: Changed) -> Changed:
    """Return what is told of incidents that changed: of people's, those who look; of canaries', the canary."""

    def tell(incident_id: int, agent_ids: frozenset[int]) -> None:
        if number_of(incident_id) is None:
            changed(incident_id, agent_ids)
        else:
            canary.grouped(incident_id)

    return tell


def sources(watched: Watched, engine: Runner, notifier: Notifier, deadman: Callable[[], float]) -> Sources:
    """Return where the condition of these stages is found."""
    writer, intake, notary, tls = watched

    def room() -> tuple[int, int] | None:
        space = intake.space
        return None if space.free is None else (space.free, space.reserve)

    return Sources(
        closed=lambda: not intake.open,
        stalled=lambda: writer.stalled_s,
        queue=lambda: writer.fullness,
        room=room,
        engine=lambda: EngineHealth(engine.pass_s, engine.gap_s, engine.age_s, engine.unwritten_s),
        given_up=lambda: notifier.given_up,
        audit_broken=lambda: bool(notary.state.fault),
        certificates=lambda: _certificates(tls),
        deadman=deadman,
    )


def pinging(outbound: Outbound) -> Callable[[str], Awaitable[Answer]]:
    """Return what pings a URL of this hub's owner: it may be in a private network."""
    way = outbound.reaching(Reach(private=True, everything=outbound.reach.everything))

    async def ping(url: str) -> Answer:
        try:
            receipt = await way.get(url)
        except DeliveryError as error:
            return Answer(ok=False, status=error.status, text=redacted(error.answer, [url]))
        return Answer(ok=True, status=receipt.status, text=redacted(receipt.answer, [url]))

    return ping


def _certificates(tls: Tls) -> Mapping[str, datetime]:
    found: dict[str, datetime] = {}
    if tls.material is not None:
        found["hub"] = tls.material.certificate.not_valid_after_utc
    if tls.authority is not None:
        found["ca"] = tls.authority.certificate.not_valid_after_utc
    return found

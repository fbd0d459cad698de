"""What the API works with; the composition root fills it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends
from starlette.requests import HTTPConnection

from opsentrix.access.accounts import Accounts
from opsentrix.access.api_tokens import ApiTokens
from opsentrix.access.identities import Identities
from opsentrix.access.logins import Logins
from opsentrix.access.oidc import ProviderLogins
from opsentrix.access.people import People
from opsentrix.access.refusals import Refusals
from opsentrix.access.second_factors import SecondFactors
from opsentrix.access.shares import Shares
from opsentrix.access.turns import Turns
from opsentrix.alerting.keeper import Keeper
from opsentrix.alerting.maintenance import Maintenance
from opsentrix.alerting.runner import Runner
from opsentrix.db import Database
from opsentrix.fleet.certificates import Certificates
from opsentrix.fleet.clones import Clones
from opsentrix.fleet.credentials import Credentials
from opsentrix.fleet.payload_keys import PayloadKeys
from opsentrix.fleet.recordings import Recordings
from opsentrix.fleet.registry import Registry
from opsentrix.fleet.visibility import Visibility
from opsentrix.ingest.context import SessionContext
from opsentrix.ingest.layouts import LayoutBook
from opsentrix.ingest.rest import RestIngest
from opsentrix.ingest.sessions import Sessions
from opsentrix.ingest.writer import FrameWriter
from opsentrix.live.commands import CommandFeed
from opsentrix.live.feed import Feed
from opsentrix.live.latest import LatestValues
from opsentrix.live.runbooks import RunbookFeed
from opsentrix.live.summary import Summaries
from opsentrix.maintenance.audit import Notary
from opsentrix.maintenance.disk import Intake
from opsentrix.maintenance.sizes import Measurer
from opsentrix.notify.browsers import Browsers
from opsentrix.notify.notifier import Notifier
from opsentrix.notify.outbound import Outbound
from opsentrix.query.export import Exports
from opsentrix.response.keeper import Keeper as CommandKeeper
from opsentrix.response.keys import CommandKey
from opsentrix.response.runbook_desk import RunbookDesk
from opsentrix.response.sender import Sender
from opsentrix.settings import Settings
from opsentrix.tls import Tls
from opsentrix.vault import Vault
from opsentrix.watch.canary import Canary
from opsentrix.watch.deadman import DeadMan
from opsentrix.watch.watcher import Watcher

if TYPE_CHECKING:
    from opsentrix.api.links.rest import RestLinks  # which needs what is here


@dataclass(frozen=True, slots=True)
class Services:
    """All that routes may call."""

    settings: Settings
    database: Database
    vault: Vault
    payload_keys: PayloadKeys
    logins: Logins
    factors: SecondFactors
    accounts: Accounts
    people: People
    identities: Identities
    provider_logins: ProviderLogins | None
    api_tokens: ApiTokens
    shares: Shares
    refusals: Refusals
    notary: Notary
    alerting: Runner
    rule_tests: Turns
    keeper: Keeper
    maintenance: Maintenance
    watcher: Watcher
    canary: Canary
    deadman: DeadMan
    notifier: Notifier
    browsers: Browsers
    outbound: Outbound
    registry: Registry
    visibility: Visibility
    credentials: Credentials
    clones: Clones
    layouts: LayoutBook
    sessions: Sessions
    session_context: SessionContext
    rest: RestIngest
    rest_links: "RestLinks"
    writer: FrameWriter
    summaries: Summaries
    latest: LatestValues
    feed: Feed
    command_feed: CommandFeed
    command_key: CommandKey
    command_keeper: CommandKeeper
    command_sender: Sender
    runbook_desk: RunbookDesk
    runbook_feed: RunbookFeed
    recordings: Recordings
    exports: Exports
    tls: Tls
    certificates: Certificates
    intake: Intake
    measurer: Measurer
    lookbacks: asyncio.Semaphore
    rules_changed: Callable[[], Awaitable[None]]
    clock: Callable[[], float]
    started: float

    def now(self) -> datetime:
        """Return the moment that the hub's clock shows."""
        return datetime.fromtimestamp(self.clock(), UTC)


def _services(connection: HTTPConnection) -> Services:
    services: Services = connection.app.state.services
    return services


Hub = Annotated[Services, Depends(_services)]
"""A route's way to the services."""


def address_of(connection: HTTPConnection) -> str:
    """Return where a request comes from."""
    return connection.client.host if connection.client else ""

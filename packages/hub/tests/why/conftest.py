"""A hub that goes on when a test says so."""

import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from opsentrix import alarms
from opsentrix.alerting import timing
from opsentrix.model.agents import TokenRequest

from packages.hub.tests.kit import hub as hubs
from packages.hub.tests.kit import receiver as receivers
from packages.hub.tests.why.asking import Watch


@pytest.fixture(autouse=True)
def _tests_say_when(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let incidents and messages go on when a test says so, and nobody wait before people are told."""
    monkeypatch.setattr(alarms, "NOTIFY_S", 3600.0)
    monkeypatch.setattr(alarms, "INCIDENTS_S", 3600.0)
    monkeypatch.setattr(timing, "WAIT", timedelta())
    monkeypatch.setattr(timing, "WAIT_LOSS", timedelta())


@pytest.fixture
async def watch(dsn: str, tmp_path: Path) -> AsyncIterator[Watch]:
    async with contextlib.AsyncExitStack() as stack:
        hub = await stack.enter_async_context(hubs.running(dsn, tmp_path, notify_allow_private=True))
        client = await stack.enter_async_context(hub.client(await hub.session()))
        receiver = await stack.enter_async_context(receivers.receiving())
        agent = await hub.enroll("web-1", TokenRequest(environment="prod", tags=("eu",)))
        yield Watch(hub, client, receiver, agent)

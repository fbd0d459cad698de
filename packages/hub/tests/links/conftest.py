"""A hub that takes agents on every link, and each of the links to it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from packages.hub.tests.kit import hub as hubs
from packages.hub.tests.kit.hub import RunningHub
from packages.hub.tests.kit.links import Way

LINKS = ("websocket", "grpc", "socketio", "rest")


@pytest.fixture
async def hub(dsn: str, tmp_path: Path) -> AsyncIterator[RunningHub]:
    async with hubs.running(dsn, tmp_path, with_grpc=True) as running:
        yield running


@pytest.fixture(params=LINKS)
def way(request: pytest.FixtureRequest, hub: RunningHub) -> Way:
    return Way(request.param, hub)

"""A notifier, and a provider that it tells."""

from collections.abc import AsyncIterator

import pytest
from opsentrix.db import Database

from packages.hub.tests.kit.desk import Desk
from packages.hub.tests.kit.receiver import Receiver, receiving


@pytest.fixture
async def provider() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)

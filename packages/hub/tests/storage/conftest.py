"""An agent to keep things for."""

import pytest
from opsentrix.db import Database
from opsentrix.model.agents import Agent, NewAgent
from opsentrix.storage import agents


@pytest.fixture
async def agent(database: Database) -> Agent:
    async with database.connection() as connection:
        return await agents.add(connection, NewAgent("web-1", "server", "web-1.example"))

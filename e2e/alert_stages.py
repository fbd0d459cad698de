"""kill -9 of a hub at each stage between a sample and a receipt, with nothing in the hub that helps.

A lock that the test takes in PostgreSQL, or a provider that does not answer yet, holds the hub up where it is to die;
then PostgreSQL is asked whether it stands there. A stage that is not reached in time is tried again later.
"""

import asyncio
import contextlib
import random
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
from opsentrix.storage import incidents, notifications

from e2e.alert_inbox import Inbox
from e2e.deployment import Deployment

REACHED_WITHIN_S = 10.0
_LOOK_S = 0.02
_BLOCKED = """
    SELECT EXISTS (SELECT FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid)) AND query LIKE $2)
"""
_UNGROUPED = "SELECT EXISTS (SELECT FROM alert_events WHERE number > (SELECT number FROM incident_cursor))"
_UNPLANNED = "SELECT EXISTS (SELECT FROM notifications WHERE planned_at IS NULL)"
_PENDING = "SELECT EXISTS (SELECT FROM notification_deliveries WHERE state = 'pending' AND due_at <= now())"
_SENT = "SELECT count(*) FROM notification_deliveries WHERE state = 'sent'"
_SENT_MORE = f"SELECT ({_SENT}) > $1"

Connection = asyncpg.Connection


class Stages:
    """Kills a hub; `stages` are the ways to, by name.

    Attributes:
        kills: how often at which stage.
        missed: how often a stage was not reached in time.
    """

    def __init__(self, deployment: Deployment, inbox: Inbox, seed: int) -> None:
        self.kills: Counter[str] = Counter()
        self.missed: Counter[str] = Counter()
        self.stages: dict[str, Callable[[], Awaitable[None]]] = {
            "transition not committed": self._at_transition,
            "transition committed, not grouped": self._before_grouping,
            "incident written, notice not": self._at_outbox,
            "notice committed, not planned": self._before_planning,
            "planned, not claimed": self._before_claiming,
            "claimed, not begun": self._at_claim,
            "provider has it, took nothing": self._while_sending,
            "provider took it, not written": self._after_answer,
            "receipt written": self._after_receipt,
            "any moment": self._at_random,
        }
        self._deployment = deployment
        self._inbox = inbox
        self._chance = random.Random(seed)  # noqa: S311 - to be repeated, not to be unguessable
        self._dsn = deployment.database_url()
        self._waiting: deque[str] = deque()

    async def kill(self) -> bool:
        """Kill the hub at the next stage, and start it again; return whether that stage was reached."""
        if not self._waiting:
            self._waiting.extend(self._chance.sample(list(self.stages), len(self.stages)))
        name = self._waiting.popleft()
        try:
            async with asyncio.timeout(REACHED_WITHIN_S):
                await self.stages[name]()
        except TimeoutError:
            self.missed[name] += 1
            self._waiting.append(name)
            return False
        self.kills[name] += 1
        return True

    async def start(self) -> None:
        """Start the hub again and wait until it works."""
        self._deployment.hub.start()
        await asyncio.to_thread(self._deployment.wait_healthy)

    async def _at_transition(self) -> None:
        await self._stand_at("alert_events", "%INSERT INTO alert_events%")

    async def _at_outbox(self) -> None:
        await self._stand_at("notifications", "%INSERT INTO notifications %")

    async def _at_claim(self) -> None:
        await self._stand_at("notification_attempts", "%INSERT INTO notification_attempts%")

    async def _stand_at(self, table: str, query: str) -> None:
        """Let nobody write to a table, and kill the hub when this statement waits for that."""
        async with self._locked(f"LOCK TABLE {table} IN SHARE MODE") as lock, self._connection() as look:
            await self._until(look, _BLOCKED, lock.get_server_pid(), query)
            self._deployment.hub.kill()

    async def _before_grouping(self) -> None:
        async with self._transaction() as lock, self._connection() as look:
            await incidents.lock(lock)
            await self._until(look, _UNGROUPED)
            self._deployment.hub.kill()

    async def _before_planning(self) -> None:
        async with self._transaction() as lock, self._connection() as look:
            while not await notifications.lock_planning(lock):  # noqa: ASYNC110 - a lock that is only ever tried
                await asyncio.sleep(_LOOK_S)
            await self._until(look, _UNPLANNED)
            self._deployment.hub.kill()

    async def _before_claiming(self) -> None:
        async with self._locked("SELECT FROM channels FOR NO KEY UPDATE"), self._connection() as look:
            await self._until(look, _PENDING)
            self._deployment.hub.kill()

    async def _while_sending(self) -> None:
        async def die() -> None:
            self._deployment.hub.kill()
            raise ConnectionError

        await self._at_gate(die)

    async def _after_answer(self) -> None:
        """Let the provider take a message, and the hub wait for a lock when it would write that down."""
        async with contextlib.AsyncExitStack() as stack:
            pids: list[int] = []

            async def hold() -> None:
                if not pids:
                    lock = await stack.enter_async_context(self._locked("LOCK notification_attempts IN SHARE MODE"))
                    pids.append(lock.get_server_pid())

            await self._at_gate(hold)
            look = await stack.enter_async_context(self._connection())
            await self._until(look, _BLOCKED, pids[0], "%UPDATE notification_attempts%")
            self._deployment.hub.kill()

    async def _at_gate(self, act: Callable[[], Awaitable[None]]) -> None:
        """Do something when the next request comes to the provider, before it takes that."""
        passed = asyncio.Event()

        async def gate() -> None:
            self._inbox.gate = None
            try:
                await act()
            finally:
                passed.set()

        self._inbox.gate = gate
        try:
            await passed.wait()
        finally:
            self._inbox.gate = None

    async def _after_receipt(self) -> None:
        async with self._connection() as look:
            await self._until(look, _SENT_MORE, await look.fetchval(_SENT))
            self._deployment.hub.kill()

    async def _at_random(self) -> None:
        await asyncio.sleep(self._chance.uniform(0.0, 2.0))
        self._deployment.hub.kill()

    async def _until(self, look: Connection, query: str, *arguments: object) -> None:
        while not await look.fetchval(query, *arguments):  # noqa: ASYNC110 - PostgreSQL has no event for it
            await asyncio.sleep(_LOOK_S)

    @contextlib.asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        connection = await asyncpg.connect(self._dsn)
        try:
            yield connection
        finally:
            connection.terminate()  # and with it whatever it holds

    @contextlib.asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Connection]:
        async with self._connection() as connection:
            await connection.execute("BEGIN")
            yield connection

    @contextlib.asynccontextmanager
    async def _locked(self, statement: str) -> AsyncIterator[Connection]:
        async with self._transaction() as connection:
            await connection.execute(statement)
            yield connection

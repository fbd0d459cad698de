"""Backup and restore with PostgreSQL's own tools, on databases of their own."""

import uuid
from pathlib import Path

import pytest
from opsentrix import backup
from opsentrix.db import Database
from opsentrix.errors import StartupError
from opsentrix.ingest.layouts import LayoutBook
from opsentrix.maintenance import compaction
from opsentrix.model.agents import NewAgent
from opsentrix.settings import Settings
from opsentrix.storage import agents, frames
from pydantic import SecretStr

from packages.hub.tests.kit.postgres import Postgres
from packages.hub.tests.maintenance.test_compaction import LATER, START_MS, History


def _settings(dsn: str, data_dir: Path) -> Settings:
    return Settings(database_url=SecretStr(dsn), data_dir=data_dir)


async def _history(database: Database) -> History:
    async with database.connection() as connection:
        agent = await agents.add(connection, NewAgent("a", "host", "h"))
        numbers = await frames.boots(connection, agent.id, [uuid.UUID(int=1)])
    history = History(database, agent.id, LayoutBook(database, 5000), boot=numbers[uuid.UUID(int=1)])
    await history.sample(START_MS, 60)
    await compaction.run_once(database, LATER)
    await history.sample(START_MS + 60_000, 60)
    return history


async def test_what_was_backed_up_is_what_is_restored(
    postgres: Postgres, database: Database, dsn: str, tmp_path: Path
) -> None:
    history = await _history(database)
    file = tmp_path / "backup"
    assert await backup.backup(_settings(dsn, tmp_path), file) == file.stat().st_size
    assert file.stat().st_mode & 0o077 == 0
    async with postgres.database("template0") as empty:
        await backup.restore(_settings(empty, tmp_path), file, replace=False)
        restored = await Database.connect(empty, 3, attempts=1)
        try:
            history.database = restored
            await history.check()
            async with restored.connection() as connection:
                assert [agent.name for agent in await agents.everyone(connection)] == ["a"]
        finally:
            await restored.close()


async def test_a_database_with_agents_is_overwritten_on_demand_only(
    database: Database, dsn: str, tmp_path: Path
) -> None:
    history = await _history(database)
    file = tmp_path / "backup"
    await backup.backup(_settings(dsn, tmp_path), file)
    async with database.connection() as connection:
        await agents.add(connection, NewAgent("later", "host", "h"))
    with pytest.raises(StartupError, match="--replace"):
        await backup.restore(_settings(dsn, tmp_path), file, replace=False)
    await backup.restore(_settings(dsn, tmp_path), file, replace=True)
    async with database.connection() as connection:
        assert [agent.name for agent in await agents.everyone(connection)] == ["a"]
    await history.check()


async def test_a_file_that_is_no_backup_changes_nothing(database: Database, dsn: str, tmp_path: Path) -> None:
    history = await _history(database)
    file = tmp_path / "backup"
    await backup.backup(_settings(dsn, tmp_path), file)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(StartupError, match="pg_restore"):
        await backup.restore(_settings(dsn, tmp_path), file, replace=True)
    await history.check()


async def test_a_backup_that_fails_leaves_no_file(postgres: Postgres, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    with pytest.raises(StartupError, match="pg_dump"):
        await backup.backup(_settings(postgres.dsn("nowhere"), tmp_path), file)
    assert not file.exists()
    assert not file.with_name("backup.part").exists()
    with pytest.raises(StartupError, match="cannot be written"):
        await backup.backup(_settings(postgres.dsn("postgres"), tmp_path), tmp_path / "no" / "folder")


def test_the_password_is_not_among_the_arguments(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tool = tmp_path / "tool"
    tool.write_text('#!/bin/sh\necho "$@" > "$0.arguments"; echo "$PGPASSWORD" > "$0.environment"\n')
    tool.chmod(0o700)
    monkeypatch.setattr(backup, "_path_of", lambda _: str(tool))
    backup._run(["pg_dump", "--format=custom"], "postgresql://me:secret@db.example/x")
    assert Path(f"{tool}.arguments").read_text() == "--format=custom --dbname=postgresql://me@db.example/x\n"
    assert Path(f"{tool}.environment").read_text() == "secret\n"

"""`opsentrix backup` and `opsentrix restore`: the whole database in one file, by PostgreSQL's own tools."""

import asyncio
import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit, urlunsplit

from opsentrix.db import Database, embedded, migrate
from opsentrix.errors import StartupError
from opsentrix.maintenance.audit import forget
from opsentrix.settings import Settings
from opsentrix.storage import audit
from opsentrix.up import database_url


async def backup(settings: Settings, file: Path) -> int:
    """Write a backup while the hub runs, consistent as of its begin; return its size in bytes.

    The audit log says so. It is written beside `file` and takes its name when it is whole.

    Raises:
        StartupError: the database cannot be reached, or the file cannot be written.
    """
    size = await asyncio.to_thread(_dump, database_url(settings), file)
    await _tell(database_url(settings), "backup.create", file, {"bytes": size})
    return size


def _dump(dsn: str, file: Path) -> int:
    part = file.with_name(file.name + ".part")
    try:
        part.touch(mode=0o600)
    except OSError as error:
        raise StartupError(f"{part} cannot be written: {error.strerror}.") from None
    try:
        _run(["pg_dump", "--format=custom", "--no-owner", f"--file={part}"], dsn)
        size = part.stat().st_size
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return size


async def restore(settings: Settings, file: Path, *, replace: bool) -> None:
    """Put a backup into the database, all of it or nothing, and bring it to this version's schema.

    Args:
        settings: say which database; of an embedded one the hub must be stopped.
        file: what `backup` wrote.
        replace: whether a database that has agents may be overwritten.

    Raises:
        StartupError: the hub runs, the database is not empty, or the file is no backup.
    """
    with _stopped_hub(settings) as dsn:
        database = await Database.connect(dsn, connections=3, attempts=1)
        try:
            async with database.connection() as connection:
                used = await migrate.has_agents(connection)
                head = await audit.head(connection)
        finally:
            await database.close()
        if used and not replace:
            raise StartupError("The database has agents already; `--replace` overwrites them.")
        await asyncio.to_thread(_replay, dsn, file)
        await migrate.upgrade(dsn)
        # On its owner's word the log goes back to what it was: what was signed since is no longer in it.
        forget(settings.audit_memory)
        await _tell(dsn, "backup.restore", file, {"replaced": None if head is None else str(head)})


async def _tell(dsn: str, action: str, file: Path, what: dict[str, object]) -> None:
    database = await Database.connect(dsn, connections=3, attempts=1)
    try:
        async with database.connection() as connection:
            await audit.add(connection, "hub", action, f"file:{file.name}", "", uid=os.getuid(), what=what)
    finally:
        await database.close()


@contextlib.contextmanager
def _stopped_hub(settings: Settings) -> Iterator[str]:
    dsn = settings.database_url.get_secret_value()
    if dsn:
        yield dsn
        return
    embedded.claim(settings.data_dir)
    with embedded.locked(settings.data_dir, "hub"), embedded.running(settings.data_dir) as dsn:
        yield dsn


def _replay(dsn: str, file: Path) -> None:
    """Put a backup in the place of all tables, in one transaction."""
    # First read to its end: a file that was cut off must be known before anything is committed.
    _run(["pg_restore", f"--file={os.devnull}", str(file)])
    with subprocess.Popen(  # noqa: S603 - a fixed tool, and no shell
        [_path_of("pg_restore"), "--no-owner", "--file=-", str(file)], stdout=subprocess.PIPE
    ) as reading:
        _run(
            ["psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction",
             "--command=DROP SCHEMA public CASCADE; CREATE SCHEMA public", "--file=-"],
            dsn, reading.stdout,
        )  # fmt: skip


def _run(command: Sequence[str], dsn: str = "", stdin: IO[bytes] | None = None) -> None:
    """Run one of PostgreSQL's tools.

    Raises:
        StartupError: it fails; the text is what it said.
    """
    tool, *arguments = command
    environment = dict(os.environ)
    if dsn:
        url = urlsplit(dsn)
        user = f"{url.username}@" if url.username else ""
        arguments.append(f"--dbname={urlunsplit(url._replace(netloc=user + url.netloc.rpartition('@')[2]))}")
        # Others can see arguments: the password goes by the environment.
        environment |= {"PGPASSWORD": url.password} if url.password else {}
    done = subprocess.run(  # noqa: S603 - a fixed tool, and no shell
        [_path_of(tool), *arguments], env=environment, stdin=stdin or subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, errors="replace", check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise StartupError(f"{tool} failed: {' '.join(done.stderr.split())[:500]}")


def _path_of(tool: str) -> str:
    """Return the tool of the embedded PostgreSQL: it is as new as any server that the hub runs on."""
    bundled = embedded.tools() / tool
    path = str(bundled) if bundled.is_file() else shutil.which(tool)
    if path is None:
        raise StartupError(f"{tool} is not installed here.")
    return path

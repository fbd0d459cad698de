"""`opsentrix audit`: the audit log on the command line. `verify` needs nothing but the file."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, NoReturn

import typer

from opsentrix.errors import StartupError

if TYPE_CHECKING:
    from opsentrix.db import Database
    from opsentrix.maintenance.audit import Notary
    from opsentrix.settings import Settings

BROKEN, UNREADABLE = 1, 2
"""Exit codes of `verify`."""
commands = typer.Typer(help="Export, verify and read the audit log.", no_args_is_help=True)


@commands.command()
def verify(
    file: Annotated[Path, typer.Argument(help="What `opsentrix audit export` or the API wrote; - is standard input.")],
    head: Annotated[list[str] | None, typer.Option(help="NUMBER:HASH that must be in it, noted earlier.")] = None,
    key: Annotated[
        list[str] | None, typer.Option(help="The hub's public key: every signature must be its own.")
    ] = None,
) -> None:
    """Verify an export, offline. Exit code 0: whole; 1: the first fault is named; 2: it cannot be read."""
    from opsentrix.model.audit_file import AuditLineError, parse_link
    from opsentrix.model.audit_verifier import verify as verify_lines

    try:
        heads = [parse_link(one) for one in head or ()]
        keys = [_key_bytes(one) for one in key or ()]
    except AuditLineError as error:
        _fail(UNREADABLE, f"An option {error}.")
    try:
        with _opened(file) as lines:
            verdict = verify_lines(_lines(lines), heads, keys)
    except OSError as error:
        _fail(UNREADABLE, f"{file} cannot be read: {error.strerror}.")
    if verdict.anchor is None or verdict.last is None:
        _fail(UNREADABLE, verdict.fault)
    if verdict.fault:
        _fail(BROKEN, f"BROKEN. {verdict.fault} Whole up to {verdict.last}.")
    signed = "signatures not checked: no --key" if not keys else "every signature is right, the end is signed"
    sys.stdout.write(f"Whole: entries {verdict.anchor.number + 1} to {verdict.last.number}; {signed}.\n")
    sys.stdout.write(f"Keep this for next time: --head {verdict.last}\n")


@commands.command()
def export(
    file: Annotated[Path, typer.Argument(help="Where to write; it must not exist. - is standard output.")],
) -> None:
    """Write the whole log as JSON Lines, signed up to its end; the hub must be running."""
    from opsentrix.commands.local import start

    asyncio.run(_export(start(), file))


@commands.command()
def tail(
    number: Annotated[int, typer.Option("-n", min=1, max=10_000, help="How many entries.")] = 20,
) -> None:
    """Print the newest entries; the hub must be running."""
    from opsentrix.commands.local import start

    asyncio.run(_tail(start(), number))


@commands.command("key")
def public_key() -> None:
    """Print the public key that signs the log: keep it outside the hub, for `verify --key`."""
    from opsentrix.commands.local import start

    asyncio.run(_print_key(start()))


async def _export(settings: "Settings", file: Path) -> None:
    from opsentrix.query import audit as exports
    from opsentrix.storage import audit

    async with _log(settings) as (database, notary):
        async with database.transaction() as connection:
            await audit.add(connection, "hub", "audit.export", "audit_log", "", uid=os.getuid())
        now = time.time()
        signed = await notary.sign(now)
        moment = datetime.fromtimestamp(now, UTC)
        with _created(file) as output:
            async for piece in exports.stream(database, settings.url, moment, signed.link if signed else None):
                output.write(piece)
    if signed is None:
        sys.stderr.write(f"opsentrix: the end is not signed. {notary.state.fault}\n")


async def _tail(settings: "Settings", number: int) -> None:
    from opsentrix.commands import local
    from opsentrix.model.audit_file import text_of
    from opsentrix.storage import audit

    async with local.database(settings) as database, database.connection() as connection:
        entries = await audit.newest(connection, audit.AuditFilter(), None, number)
    for entry in reversed(entries):
        one = entry.content
        sys.stdout.write(
            f"{text_of(entry.time)}  {entry.number:>6}  {one.result:<7}  {one.actor}  {one.action}  {one.target}"
            f"  {one.address}\n"
        )


async def _print_key(settings: "Settings") -> None:
    async with _log(settings) as (_, notary):
        sys.stdout.write((await notary.public_key()).hex() + "\n")


@asynccontextmanager
async def _log(settings: "Settings") -> "AsyncIterator[tuple[Database, Notary]]":
    from opsentrix import vault
    from opsentrix.commands import local
    from opsentrix.maintenance.audit import Notary

    async with local.database(settings) as database:
        yield database, Notary(database, vault.load(settings.key_file), settings.audit_memory)


def _opened(file: Path) -> AbstractContextManager[IO[bytes]]:
    """Open a log; who waits at a terminal sees how much of it is read."""
    if str(file) == "-":
        return os.fdopen(os.dup(0), "rb")
    if not sys.stderr.isatty():
        return file.open("rb")
    from rich.console import Console
    from rich.progress import open as open_shown

    return open_shown(file, "rb", description="Verifying", console=Console(stderr=True), transient=True)


def _created(file: Path) -> IO[bytes]:
    if str(file) == "-":
        return os.fdopen(os.dup(1), "wb")
    try:
        return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    except OSError as error:
        raise StartupError(f"{file} cannot be written: {error.strerror}.") from None


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """Yield lines, and of one that is too long no more than shows that it is."""
    from opsentrix.model.audit_file import MAX_LINE_BYTES

    while line := file.readline(MAX_LINE_BYTES + 1):
        yield line


def _key_bytes(text: str) -> bytes:
    from opsentrix.model.audit_file import AuditLineError

    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != 32:
        raise AuditLineError("is not a public key: 64 hexadecimal digits")
    return found


def _fail(code: int, text: str) -> NoReturn:
    sys.stderr.write(f"{text}\n")
    raise typer.Exit(code)

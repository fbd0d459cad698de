"""A search for secrets in everything that a hub leaves behind: tables, files, logs, and what its API answers."""

import asyncio
import base64
import io
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote_from_bytes

import asyncpg

KEY_FILES = {"secrets.key", "identity.json"}
"""Files that exist to hold a secret; nobody but their owner may read them, and no dump or backup has them."""


class Secret(NamedTuple):
    """Something that whoever reads it can use."""

    name: str
    value: bytes


class Place(NamedTuple):
    """Where a secret might be found, and the bytes that are there."""

    name: str
    content: bytes


def found(secrets: Sequence[Secret], place: Place) -> list[str]:
    """Return which secrets a place holds, and how each is spelled there."""
    return [
        f"{secret.name}, {how}, in {place.name}"
        for secret in secrets
        for spelled, how in spellings(secret.value).items()
        if spelled in place.content
    ]


def spellings(value: bytes) -> dict[bytes, str]:
    """Return all that gives a value away, with the name of that spelling.

    Base64 of something longer that contains the value depends on where the value begins, modulo three bytes.
    """
    spelled = {value.hex().encode(): "hex", value.hex().upper().encode(): "hex in capitals"}
    for shift in range(3):
        encoded = base64.b64encode(bytes(shift) + value)
        whole = encoded[-(-shift * 8 // 6) : (shift + len(value)) * 8 // 6]
        spelled |= {whole: "base64", whole.translate(bytes.maketrans(b"+/", b"-_")): "base64url"}
    spelled[quote_from_bytes(value, safe="").encode()] = "URL-encoded"
    # As COPY and logs write what is not printable or would end a field.
    spelled[value.decode("latin-1").encode("unicode_escape")] = "escaped"
    return spelled | {value: "plain"}


def files(folder: Path) -> Iterator[Place]:
    """Read every file below a folder but key files.

    Raises:
        AssertionError: others may read a key file.
    """
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.is_symlink():
            continue
        if path.name in KEY_FILES:
            mode = stat.S_IMODE(path.stat().st_mode)
            assert mode == 0o600, f"{path} has the mode {mode:o}"
            continue
        yield Place(str(path.relative_to(folder)), path.read_bytes())


def tables(database_url: str) -> list[Place]:
    """Copy every table, as a dump does; bytea is hexadecimal there."""
    return asyncio.run(_tables(database_url))


async def _tables(database_url: str) -> list[Place]:
    connection = await asyncpg.connect(database_url)
    try:
        names = await connection.fetch(
            "SELECT relnamespace::regnamespace::text, relname FROM pg_class"
            " WHERE relkind = 'r' AND relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')"
        )
        copied = []
        for schema, table in names:
            out = io.BytesIO()
            await connection.copy_from_table(table, schema_name=schema, output=out)
            copied.append(Place(f"table {table}", out.getvalue()))
        return copied
    finally:
        await connection.close()

"""`opsentrix doctor`: what an administrator would check by hand, in one go."""

import shutil
from dataclasses import dataclass

from opsentrix import web
from opsentrix.access.provider import configured
from opsentrix.api.oidc import CALLBACK
from opsentrix.db import Database, embedded
from opsentrix.errors import StartupError, UnavailableError
from opsentrix.settings import Settings
from opsentrix.up import port_in_use

_LOW_DISK_BYTES = 2 * 1024**3


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was checked."""

    what: str
    good: bool
    detail: str


async def examine(settings: Settings) -> list[Finding]:
    """Check everything; what is wrong is a finding, never an error."""
    return [
        Finding("settings", good=True, detail="valid"),
        *_data_dir(settings),
        await _database(settings),
        *await _identity_provider(settings),
        _port(settings),
        _dashboard(),
    ]


def _data_dir(settings: Settings) -> list[Finding]:
    if settings.database_url.get_secret_value():
        return []
    try:
        embedded.claim(settings.data_dir)
    except StartupError as error:
        return [Finding("data directory", good=False, detail=str(error))]
    free = shutil.disk_usage(settings.data_dir).free
    space = f"{settings.data_dir}, {free / 1024**3:.1f} GiB free"
    return [Finding("data directory", free >= _LOW_DISK_BYTES, space)]


async def _database(settings: Settings) -> Finding:
    url = settings.database_url.get_secret_value()
    try:
        database = await Database.connect(url or embedded.url_of_running(settings.data_dir), 3, attempts=1)
    except StartupError as error:
        return Finding("database", good=not url, detail="embedded, starts with the hub" if not url else str(error))
    try:
        await database.ping()
    except UnavailableError as error:
        return Finding("database", good=False, detail=error.detail)
    finally:
        await database.close()
    return Finding("database", good=True, detail="answers")


async def _identity_provider(settings: Settings) -> list[Finding]:
    provider = configured(settings, CALLBACK)
    if provider is None:
        return []
    try:
        await provider.check()
    except UnavailableError as error:
        return [Finding("identity provider", good=False, detail=error.detail)]
    return [Finding("identity provider", good=True, detail=f"{provider.issuer} answers")]


def _port(settings: Settings) -> Finding:
    state = "in use: the hub, or another program" if port_in_use(settings) else "free"
    return Finding("port", good=True, detail=f"{settings.port} on {settings.host} is {state}")


def _dashboard() -> Finding:
    built = (web.STATIC / "index.html").is_file()
    return Finding("dashboard", built, "built" if built else "not built: run `make dashboard`")

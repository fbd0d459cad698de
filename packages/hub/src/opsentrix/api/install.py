"""The agent for machines that are to be watched: the artefact, its checksum, and the installer that knows this hub.

Open to everybody: the files are public, and what lets a machine in is its enrollment token.
"""

import re
import shlex
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, PlainTextResponse

from opsentrix.api.problems import responses
from opsentrix.api.services import Hub, Services
from opsentrix.errors import NotFoundError
from opsentrix.fleet.releases import ARTEFACT, sha256_of
from opsentrix.settings import Settings

router = APIRouter(prefix="/install", tags=["install"])

INSTALLER = "agent-installer.sh"
_HOST = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
_NOT_KEPT = {"Cache-Control": "no-cache"}


class ScriptResponse(PlainTextResponse):
    """A shell script."""

    media_type = "text/x-shellscript"


@router.get("/agent-installer.sh", response_class=ScriptResponse, responses=responses(404))
def installer(services: Hub, request: Request) -> Response:
    """Return the installer, a POSIX shell script that fetches the agent from this hub and knows its checksum."""
    script = _built(services, INSTALLER).read_text(encoding="utf-8")
    filled = script.replace("@SERVED_BY@", shlex.quote(hub_url(services.settings, request)), 1)
    filled = filled.replace("@SHA256@", sha256_of(_built(services, ARTEFACT)), 1)
    return ScriptResponse(filled, headers=_NOT_KEPT | {"Vary": "Host"})


@router.get("/opsentrix-agent.pyz", response_class=FileResponse, responses=responses(404))
def artefact(services: Hub, sha256: str = "") -> Response:
    """Return the agent as one file; asked for by its checksum, it is the file that has it, which caches may keep."""
    path = _built(services, ARTEFACT)
    if not sha256:
        return FileResponse(path, media_type="application/zip", headers=_NOT_KEPT)
    if sha256 != sha256_of(path):
        raise NotFoundError("The agent was just replaced by another version: fetch the installer again.")
    caching = {"Cache-Control": "public, max-age=31536000, immutable"}
    return FileResponse(path, media_type="application/zip", headers=caching)


@router.get("/SHA256SUMS", response_class=PlainTextResponse, responses=responses(404))
def checksums(services: Hub) -> Response:
    """Return the artefact's checksum in the form of sha256sum."""
    return PlainTextResponse(f"{sha256_of(_built(services, ARTEFACT))}  {ARTEFACT}\n", headers=_NOT_KEPT)


def hub_url(settings: Settings, request: Request) -> str:
    """Return the URL at which agents reach this hub: the configured one, else the one that this client used.

    The Host header is whatever a stranger writes: what is no host and port is not repeated.
    """
    host = request.headers.get("host", "")
    if settings.public_url or not _HOST.fullmatch(host):
        return settings.url
    return f"{request.url.scheme}://{host}"


def _built(services: Services, name: str) -> Path:
    path = services.settings.install_dir / name
    if not path.is_file():
        raise NotFoundError("This hub was built without the agent; run `make agent` where it was built.")
    return path

"""The hub about itself, and the dashboard's files."""

import mimetypes
import secrets
from pathlib import Path
from typing import Literal

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse
from pydantic import BaseModel

from opsentrix import __version__, selfmetrics
from opsentrix.api.middleware import CONTENT_SECURITY_POLICY
from opsentrix.api.problems import problem_response
from opsentrix.api.services import Hub
from opsentrix.errors import NotFoundError, UnavailableError
from opsentrix.web import STATIC

_NONCE = "@NONCE@"
"""Stands in the built page where its nonce belongs."""
_ENCODINGS = {"br": ".br", "gzip": ".gz"}
"""How the dashboard's build compresses its files, the smallest first, and what each one's name ends with."""
router = APIRouter(tags=["system"])


class Health(BaseModel):
    """Whether the hub and its database work, and whether there is room for samples."""

    status: Literal["ok", "degraded"]
    database: Literal["ok", "unavailable"]
    disk: Literal["ok", "full"]
    version: str
    uptime_s: float


@router.get("/health", responses={503: {"model": Health}})
async def health(services: Hub, response: Response) -> Health:
    """Tell whether the hub works; 503 while its database is away, and degraded while its disk is full."""
    database: Literal["ok", "unavailable"] = "ok"
    try:
        await services.database.ping()
    except UnavailableError:
        response.status_code = 503
        database = "unavailable"
    room = services.intake.open
    return Health(
        status="ok" if database == "ok" and room else "degraded",
        database=database,
        disk="ok" if room else "full",
        version=__version__,
        uptime_s=services.clock() - services.started,
    )


@router.get("/metrics", response_class=Response)
def metrics() -> Response:
    """Return what the hub measures about itself, in the Prometheus text format."""
    return Response(selfmetrics.render(), media_type="text/plain; version=0.0.4; charset=utf-8")


def install_dashboard(app: FastAPI, static: Path = STATIC) -> None:
    """Serve the built dashboard below /dashboard; every path that is no file is a page of the application."""

    @app.get("/", include_in_schema=False)
    def root() -> Response:
        return RedirectResponse("/dashboard")

    @app.get("/dashboard", include_in_schema=False)
    @app.get("/dashboard/{path:path}", include_in_schema=False)
    def dashboard(request: Request, path: str = "") -> Response:
        index = static / "index.html"
        if not index.is_file():
            return problem_response(503, "Dashboard not built", "Run `make dashboard` first.")
        wanted = _file_below(static, path)
        if wanted is not None:
            # Built assets carry a hash of their content in their names.
            caching = "public, max-age=31536000, immutable" if path.startswith("assets/") else "no-cache"
            return _sent(wanted, request.headers.get("accept-encoding", ""), caching)
        if path.startswith("assets/"):
            raise NotFoundError("There is no such file; the dashboard may have been updated: reload the page.")
        return _page(index)


def _page(index: Path) -> Response:
    """Return the application's page with a nonce of its own, for the styles that its dialogs put into it."""
    nonce = secrets.token_urlsafe(16)
    policy = CONTENT_SECURITY_POLICY.replace("style-src 'self'", f"style-src 'self' 'nonce-{nonce}'")
    html = index.read_text(encoding="utf-8").replace(_NONCE, nonce)
    return HTMLResponse(html, headers={"Cache-Control": "no-cache", "Content-Security-Policy": policy})


def _sent(file: Path, accepted: str, caching: str) -> Response:
    """Return a file, compressed where the build did that and the browser takes it (RFC 9110, 12.5.3)."""
    headers = {"Cache-Control": caching, "Vary": "Accept-Encoding"}
    taken = {one.strip() for one in accepted.lower().split(",")}
    for encoding, ending in _ENCODINGS.items():
        compressed = file.with_name(file.name + ending)
        if encoding in taken and compressed.is_file():
            media_type = mimetypes.guess_type(file.name)[0]
            return FileResponse(compressed, media_type=media_type, headers=headers | {"Content-Encoding": encoding})
    return FileResponse(file, headers=headers)


def _file_below(folder: Path, path: str) -> Path | None:
    """Return a file inside a folder by what a stranger asked for, or None when that is none."""
    try:
        wanted = (folder / path).resolve()
        return wanted if path and wanted.is_relative_to(folder.resolve()) and wanted.is_file() else None
    except (OSError, ValueError):
        return None  # too long for a name, or with a null character

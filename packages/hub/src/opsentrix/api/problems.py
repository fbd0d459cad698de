"""Errors as RFC 9457 problems: one shape, whatever went wrong."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from opsentrix import log, selfmetrics
from opsentrix.errors import FieldError, ForbiddenError, OpsentrixError, TooManyRequestsError, UnauthenticatedError

MEDIA_TYPE = "application/problem+json"
_log = log.get(__name__)


class ProblemError(BaseModel):
    """One field that is not valid."""

    field: str
    detail: str


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: str = Field(default=OpsentrixError.type)
    title: str
    status: int
    detail: str
    errors: list[ProblemError] | None = None


def problem_response(
    status: int,
    title: str,
    detail: str,
    errors: tuple[FieldError, ...] = (),
    headers: Mapping[str, str] | None = None,
    kind: str = OpsentrixError.type,
) -> Response:
    """Return a problem and count it."""
    selfmetrics.PROBLEMS.labels(title).inc()
    content: dict[str, Any] = {"type": kind, "title": title, "status": status, "detail": detail}
    if errors:
        content["errors"] = [{"field": one.field, "detail": one.detail} for one in errors]
    return JSONResponse(content, status, headers, media_type=MEDIA_TYPE)


def response_of(error: OpsentrixError) -> Response:
    """Return an error of ours as a problem, with the headers that its status asks for, and count it."""
    headers = {}
    if isinstance(error, TooManyRequestsError):
        headers["Retry-After"] = str(max(1, round(error.retry_after_s)))
    if isinstance(error, UnauthenticatedError):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, ForbiddenError) and error.refusal:
        headers["Opsentrix-Refusal"] = error.refusal
    return problem_response(error.status, error.title, error.detail, error.errors, headers, error.type)


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI description of the problems that a route may answer with."""
    return {status: {"model": Problem, "content": {MEDIA_TYPE: {}}} for status in statuses}


def install(app: FastAPI) -> None:
    """Make every error of the application a problem."""

    @app.exception_handler(OpsentrixError)
    async def _ours(request: Request, error: OpsentrixError) -> Response:
        return response_of(error)

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> Response:
        if any(one["type"] == "json_invalid" for one in error.errors()):
            return problem_response(400, "Malformed request", "The body is not readable JSON.")
        # What was sent is not repeated: it may be huge, secret, or not expressible in JSON.
        errors = tuple(FieldError(_path(one["loc"]), str(one["msg"])) for one in error.errors()[:20])
        named = ", ".join(dict.fromkeys(one.field for one in errors))
        return problem_response(422, "Not valid", f"Not valid: {named}.", errors)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        title = {404: "Not found", 405: "Method not allowed"}.get(error.status_code, str(error.detail))
        return problem_response(
            error.status_code, title, f"{request.method} {request.url.path}: {error.detail}.", (), error.headers
        )

    @app.exception_handler(Exception)
    async def _unexpected(request: Request, error: Exception) -> Response:
        _log.error("request failed", method=request.method, path=request.url.path, exc_info=error)
        return problem_response(500, "Internal error", "Something went wrong in the hub; its log says what.")


def _path(location: tuple[int | str, ...]) -> str:
    """Return a field's path without saying again that it stands in the body or query."""
    parts = location[1:] if len(location) > 1 and location[0] in ("body", "query", "path", "header") else location
    return ".".join(str(part) for part in parts)

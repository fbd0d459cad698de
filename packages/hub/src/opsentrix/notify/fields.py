"""Checking what is set of a channel, by the fields of its kind."""

import re
from collections.abc import Mapping
from typing import Any

import httpx

from opsentrix.errors import FieldError, InvalidError
from opsentrix.notify.channels import Field, Kind
from opsentrix.notify.secrets import complete

_LONGEST = 2000
_LISTED = 50
_NUMBER = 65_535


def checked(
    kind: Kind, given: Mapping[str, Any], settings: Mapping[str, Any], secrets: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what is set of a channel after a change: settings, and secrets.

    Args:
        kind: of the channel.
        given: fields that change; null takes one back to its default.
        settings: as they were; empty for a new channel.
        secrets: as they were.

    Raises:
        InvalidError: a field is not known, not valid or missing; or the destination changes and a secret that was given
            for the old one is not given anew: whoever may change a channel could have it sent to themselves.
    """
    known = {one.name: one for one in kind.fields}
    errors = [FieldError(f"settings.{name}", "there is no such field") for name in given if name not in known]
    now: tuple[dict[str, Any], dict[str, Any]] = (dict(settings), dict(secrets))
    for name, value in given.items():
        one = known.get(name)
        if one is None:
            continue
        now[one.secret].pop(name, None)
        if value is None or value in ("", []):
            continue
        wrong = _wrong(one, value)
        if wrong:
            errors.append(FieldError(f"settings.{name}", wrong))
        now[one.secret][name] = value
    before, after = complete(kind, settings, secrets), complete(kind, *now)
    errors += [
        FieldError(f"settings.{one.name}", "is needed")
        for one in kind.fields
        if one.required and after[one.name] in ("", [])
    ]
    moved = any(before[one.name] != after[one.name] for one in kind.fields if one.destination)
    if moved:
        errors += [
            FieldError(f"settings.{name}", "must be given anew when the destination changes")
            for name in now[1]
            if name in secrets and name not in given
        ]
    together = "" if errors else kind.check(after)
    if together:
        errors.append(FieldError("settings", together))
    if errors:
        raise InvalidError(f"Not valid: {', '.join(one.field for one in errors[:20])}.", *errors[:20])
    return now


def _wrong(one: Field, value: object) -> str:
    """Return what is wrong with a value; empty when nothing is."""
    if one.type == "number":
        fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _NUMBER
        return "" if fits else f"must be a whole number from 0 to {_NUMBER}"
    if one.type == "choice":
        return "" if value in one.choices else f"must be one of {', '.join(one.choices)}"
    if one.type in ("list", "people"):
        if not isinstance(value, list) or len(value) > _LISTED:
            return f"must be a list of at most {_LISTED}"
        return next(filter(None, (_wrong_text(one, each) for each in value)), "")
    return _wrong_text(one, value) or (_wrong_url(str(value)) if one.type == "url" else "")


def _wrong_text(one: Field, value: object) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST or not value.isprintable():
        return f"must be printable text of at most {_LONGEST} characters"
    if one.pattern and not re.fullmatch(one.pattern, value):
        return f"must look like {one.pattern}"
    return ""


def _wrong_url(value: str) -> str:
    try:
        url = httpx.URL(value)
    except (httpx.InvalidURL, ValueError):
        return "must be a URL"
    if url.scheme not in ("http", "https") or not url.host:
        return "must begin with http:// or https://"
    return "must not hold a user name or password" if url.userinfo else ""

"""The types of fields that several requests share, each with its limits."""

from datetime import datetime
from typing import Annotated, Any

import orjson
from opsentrix_protocol.catalogue import Labels
from pydantic import AfterValidator, BeforeValidator, Field

from opsentrix.errors import FieldError, InvalidError

_YEAR_3000 = 32_503_680_000
_METADATA_BYTES = 16_384
MAX_TAGS = 32


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must hold printable characters only")
    return text.strip()


def storable(text: str) -> str:
    """Return a text that PostgreSQL can keep.

    Raises:
        ValueError: it cannot.
    """
    if "\0" in text:
        raise ValueError("must not hold a null character")
    return text


def _distinct(tags: list[str]) -> list[str]:
    return list(dict.fromkeys(tags))


def _small(metadata: dict[str, Any]) -> dict[str, Any]:
    try:
        encoded = orjson.dumps(metadata)
    except orjson.JSONEncodeError as error:
        raise ValueError(f"cannot be kept as JSON: {error}") from None
    if len(encoded) > _METADATA_BYTES:
        raise ValueError(f"must not be larger than {_METADATA_BYTES} bytes")
    if b"\\u0000" in encoded:
        raise ValueError("must not hold a null character")
    if orjson.loads(encoded) != metadata:
        raise ValueError("must not hold NaN or infinity")
    return metadata


def _unix_seconds(value: object) -> object:
    """Take Unix seconds as they are, and RFC 3339 times with their offset."""
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            try:
                parsed = datetime.fromisoformat(value)
            except ValueError:
                raise ValueError("must be Unix seconds or an RFC 3339 time") from None
            if parsed.tzinfo is None:
                raise ValueError("must have an offset such as Z") from None
            return parsed.timestamp()
    if isinstance(value, bool):
        raise ValueError("must be Unix seconds or an RFC 3339 time")  # noqa: TRY004 - what pydantic turns into an answer
    return value


def _not_blank(value: str) -> str:
    if value != value.strip() or not value:
        raise ValueError("must not be empty or begin or end with a space")
    return value


def label_pairs(text: str) -> Labels:
    """Return the pairs of `k=v,k2=v2`, sorted.

    Raises:
        InvalidError: a part has no `=`.
    """
    pairs = []
    for part in filter(None, text.split(",")):
        key, equals, value = part.partition("=")
        if not equals:
            raise InvalidError("Not valid: labels.", FieldError("labels", f"has {part[:64]!r}; `key=value` is needed"))
        pairs.append((key.strip(), value.strip()))
    return tuple(sorted(pairs))


Whole = Annotated[int, Field(strict=True)]
"""A whole number of a body: neither true nor the text of a number."""
Flag = Annotated[bool, Field(strict=True)]
"""True or false of a body: neither a number nor a word."""
Username = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(storable)]
NewUsername = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}$")]
"""The name of a new user: no spaces, nothing that looks like something else in a log."""
Text = Annotated[str, Field(max_length=256), AfterValidator(storable)]
Reason = Annotated[str, Field(max_length=256), AfterValidator(_printable)]
LongText = Annotated[str, Field(max_length=20_000), AfterValidator(storable)]
Name = Annotated[str, Field(min_length=1, max_length=128), AfterValidator(_printable), AfterValidator(_not_blank)]
Type = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
Host = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_printable), AfterValidator(_not_blank)]
Port = Annotated[Whole, Field(ge=1, le=65535)] | None
Environment = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{0,64}$")]
Tag = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:/=-]{1,64}$")]
Tags = Annotated[list[Tag], Field(max_length=MAX_TAGS), AfterValidator(_distinct)]
ScopeEnvironments = Annotated[
    list[Annotated[Environment, Field(min_length=1)]], Field(max_length=100), AfterValidator(_distinct)
]
ScopeTags = Annotated[list[Tag], Field(max_length=100), AfterValidator(_distinct)]
TokenName = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_printable), AfterValidator(_not_blank)]
Metadata = Annotated[dict[str, Any], AfterValidator(_small)]
UnixSeconds = Annotated[float, Field(ge=0, le=_YEAR_3000, allow_inf_nan=False), BeforeValidator(_unix_seconds)]
"""Unix seconds, or an RFC 3339 time that becomes Unix seconds."""

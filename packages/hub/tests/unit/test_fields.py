"""The fields that requests share, cursors, and how fields are named in problems."""

import base64
from typing import Any

import pytest
from opsentrix.api import agents, fields, problems
from opsentrix.errors import InvalidError
from pydantic import TypeAdapter, ValidationError

from .test_registry import an_agent


def taken(field: Any, value: object) -> Any:  # noqa: ANN401 - any field's type, any value
    return TypeAdapter(field).validate_python(value)


@pytest.mark.parametrize(
    ("field", "value", "result"),
    [
        (fields.Name, "web-1", "web-1"), (fields.Name, "Bücher 日本", "Bücher 日本"), (fields.Name, " a ", "a"),
        (fields.Type, "web_server-2", "web_server-2"), (fields.Host, "10.0.0.1", "10.0.0.1"), (fields.Port, None, None),
        (fields.Environment, "", ""), (fields.Tags, ["a", "b", "a"], ["a", "b"]),
        (fields.Tags, ["k:v/x=1"], ["k:v/x=1"]),
        (fields.Metadata, {"a": [1, None, {"b": "c"}]}, {"a": [1, None, {"b": "c"}]}),
        (fields.UnixSeconds, 5, 5.0), (fields.UnixSeconds, "5.5", 5.5),
        (fields.UnixSeconds, "1970-01-01T00:01:00Z", 60.0), (fields.UnixSeconds, "1970-01-01T01:01:00+01:00", 60.0),
    ],
)  # fmt: skip
def test_what_is_taken(field: object, value: object, result: object) -> None:
    assert taken(field, value) == result


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (fields.Name, ""), (fields.Name, "   "), (fields.Name, "a\nb"), (fields.Name, "a\0"), (fields.Name, "x" * 129),
        (fields.Name, "\ud800"), (fields.Type, "Web"), (fields.Type, ""), (fields.Type, "a\n"), (fields.Host, ""),
        (fields.Port, 0), (fields.Port, 65536), (fields.Environment, "a b"), (fields.Tags, ["a b"]),
        (fields.Tags, [str(n) for n in range(33)]), (fields.Text, "a\0b"),
        (fields.Metadata, {"a": "x" * 16_384}), (fields.Metadata, {"a": "\0"}), (fields.Metadata, {"\0": 1}),
        (fields.Metadata, {"a": "\ud800"}), (fields.Metadata, {"a": 2**64}), (fields.Metadata, {"a": float("nan")}),
        (fields.Metadata, {"a": [float("inf")]}), (fields.Metadata, [1]),
        (fields.UnixSeconds, -1), (fields.UnixSeconds, "nan"), (fields.UnixSeconds, "inf"), (fields.UnixSeconds, 1e18),
        (fields.UnixSeconds, "yesterday"), (fields.UnixSeconds, "2026-01-01T00:00:00"),
        (fields.UnixSeconds, "0001-01-01T00:00:00+14:00"), (fields.UnixSeconds, "9999-12-31T23:59:59-14:00"),
    ],
)  # fmt: skip
def test_what_is_refused(field: object, value: object) -> None:
    with pytest.raises(ValidationError):
        taken(field, value)


def test_metadata_nested_beyond_reason_is_refused() -> None:
    nested: dict[str, Any] = {}
    for _ in range(500):
        nested = {"a": nested}
    with pytest.raises(ValidationError):
        taken(fields.Metadata, nested)


def test_a_cursor_says_where_the_page_ended() -> None:
    agent = an_agent(7)
    assert agents._decode_cursor(agents._encode_cursor(agent)) == ("a7", 7)


@pytest.mark.parametrize("text", ["7", "x a", "0 a", "-1 a", f"{2**63} a", "1 a\0", "9" * 900 + " a", " ", "1 \ud800"])
def test_cursors_that_the_hub_never_gave(text: str) -> None:
    cursor = base64.urlsafe_b64encode(text.encode("utf-8", "surrogatepass")).decode()
    if text == "7":
        assert agents._decode_cursor(cursor) == ("", 7)
        return
    with pytest.raises(InvalidError) as refused:
        agents._decode_cursor(cursor)
    assert refused.value.errors[0].field == "cursor"


@pytest.mark.parametrize("cursor", ["%%%", "é", "a", "////", "=", "gICA"])
def test_cursors_that_are_not_base64(cursor: str) -> None:
    with pytest.raises(InvalidError):
        agents._decode_cursor(cursor)


@pytest.mark.parametrize(
    ("location", "name"),
    [
        (("body", "name"), "name"), (("query", "limit"), "limit"), (("path", "agent_id"), "agent_id"),
        (("body", "tags", 3), "tags.3"), (("body",), "body"), (("body", "metadata", "body"), "metadata.body"),
    ],
)  # fmt: skip
def test_fields_are_named_by_their_path(location: tuple[int | str, ...], name: str) -> None:
    assert problems._path(location) == name

"""How messages stand in the bodies of HTTP: a sequence of protobuf messages, each after its length; or JSON."""

import json
from collections.abc import Sequence
from typing import Any

from google.protobuf import json_format
from google.protobuf.message import DecodeError
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.delimited import joined, split
from opsentrix_protocol.errors import ProtocolError

from opsentrix.errors import FieldError, InvalidError, MalformedError

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
MAX_MESSAGES = 1000
_MAX_DEPTH = 20


def read(body: bytes, content_type: str) -> list[bytes]:
    """Return the messages of a request's body, serialized, at most MAX_MESSAGES.

    Raises:
        MalformedError: the body cannot be read.
        InvalidError: something in it is no AgentMessage, or it holds too many.
    """
    is_protobuf = content_type.partition(";")[0].strip().lower() == PROTOBUF
    messages = _from_protobuf(body) if is_protobuf else _from_json(body)
    if len(messages) > MAX_MESSAGES:
        raise InvalidError("Not valid: messages.", FieldError("messages", f"are more than {MAX_MESSAGES}"))
    return messages


def write(messages: Sequence[bytes], accept: str) -> tuple[bytes, str]:
    """Return messages of the hub as a body, and its media type: protobuf where the request accepts that, else JSON."""
    if PROTOBUF in accept.lower():
        return joined(messages), PROTOBUF
    told = [json_format.MessageToDict(pb.HubMessage.FromString(message)) for message in messages]
    return json.dumps({"messages": told}).encode(), JSON


def is_hello(message: bytes) -> bool:
    """Return whether a serialized AgentMessage is Hello."""
    try:
        return pb.AgentMessage.FromString(message).HasField("hello")
    except DecodeError:
        return False


def _from_protobuf(body: bytes) -> list[bytes]:
    try:
        return list(split(body))
    except ProtocolError as error:
        raise MalformedError(f"The {error}.") from None


def _from_json(body: bytes) -> list[bytes]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise MalformedError("The body is not readable JSON.") from None
    listed = content.get("messages") if isinstance(content, dict) else None
    if not isinstance(listed, list):
        raise InvalidError("Not valid: messages.", FieldError("messages", "must be a list"))
    return [_serialized(one, f"messages.{at}") for at, one in enumerate(listed[: MAX_MESSAGES + 1])]


def _serialized(one: Any, field: str) -> bytes:  # noqa: ANN401 - JSON has values of any type
    try:
        message = json_format.ParseDict(
            one, pb.AgentMessage(), ignore_unknown_fields=True, max_recursion_depth=_MAX_DEPTH
        )
    except (json_format.ParseError, AttributeError, TypeError, ValueError, RecursionError) as error:
        detail = f"is no AgentMessage: {str(error)[:200]}"
        raise InvalidError(f"Not valid: {field}.", FieldError(field, detail)) from None
    return message.SerializeToString()

"""What parsers are fed: messages with any content, and good input that somebody changed."""

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from google.protobuf.message import Message
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from opsentrix_protocol import opsentrix_pb2 as pb

from packages.protocol.tests.wire.messages import MESSAGES

EXAMPLES = int(os.environ.get("OPSENTRIX_FUZZ_EXAMPLES", "300"))
"""Of each target. So many, of all targets together, take less than a minute of CPU."""

_MAX_CHANGES = 6
_DEPTH = 4
_SIGNED_64, _UNSIGNED_64 = (-(2**63), 2**63 - 1), (0, 2**64 - 1)
_LIMITS = {1: (-(2**31), 2**31 - 1), 2: _SIGNED_64, 3: (0, 2**32 - 1), 4: _UNSIGNED_64, 8: (-(2**31), 2**31 - 1)}
"""Of whole numbers and enums by FieldDescriptor.CppType of protobuf."""
_DOUBLE, _FLOAT, _BOOL, _TEXT, _MESSAGE = 5, 6, 7, 9, 10
_TYPE_BYTES = 12
"""FieldDescriptor.Type; as CppType it is a text too."""

M = TypeVar("M", bound=Message)

TEXTS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(("", "\0", "a\nb", "\x1b[31m", "\u2028", "\u202e", "é" * 300, "../../etc/passwd", "1e999", "-0")),
)
NUMBERS = st.one_of(
    st.integers(-(2**70), 2**70), st.floats(), st.sampled_from((0, 1, -1, 2**31, 2**53, 2**63, 2**64, 10**400, 1e308))
)
_JUNK = st.binary(max_size=60)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)


def fuzzed(*, examples: int = EXAMPLES, fixtures: bool = False) -> settings:
    """Return the settings of a target: bounded by examples and never by time, and the same ones each time in CI.

    Args:
        examples: how many.
        fixtures: whether the target uses fixtures, which all its examples share.
    """
    suppressed = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    return settings(
        max_examples=max(1, examples),
        deadline=None,
        derandomize=bool(os.environ.get("CI")),
        print_blob=True,
        suppress_health_check=[*suppressed, HealthCheck.function_scoped_fixture] if fixtures else suppressed,
    )


@st.composite
def messages(draw: st.DrawFn, kind: type[M], samples: Sequence[M] = ()) -> M:
    """Draw a message with any content that its types allow: an empty or a good one, with some fields set anew."""
    message = kind()
    if samples:
        message.CopyFrom(draw(st.sampled_from([message, *samples])))
    _fill(draw, message, _DEPTH)
    return message


def agent_messages() -> st.SearchStrategy[bytes]:
    """Draw what an agent, or somebody with its credential, may send as one message."""
    return _envelopes(pb.AgentMessage)


def hub_messages() -> st.SearchStrategy[bytes]:
    """Draw what a hub, or somebody in its place, may send as one message."""
    return _envelopes(pb.HubMessage)


def _envelopes(kind: type[Message]) -> st.SearchStrategy[bytes]:
    samples = [one for one in MESSAGES.values() if isinstance(one, kind)]
    fields: tuple[Any, ...] = tuple(kind.DESCRIPTOR.fields)
    names = [field.name for field in fields]
    whole = st.sampled_from(names).flatmap(lambda name: _envelope(kind, name, samples))
    return st.integers(0, 5).flatmap(
        lambda one: whole if one < 4 else changed([one.SerializeToString() for one in samples]) if one == 4 else _JUNK
    )


@st.composite
def _envelope(draw: st.DrawFn, kind: type[Message], name: str, samples: Sequence[Message]) -> bytes:
    """Draw a message with this body: a good one, or an empty one, with some fields set anew."""
    message = kind()
    message.CopyFrom(draw(st.sampled_from([message, *(one for one in samples if one.WhichOneof("body") == name)])))
    body = getattr(message, name)
    body.SetInParent()
    _fill(draw, body, _DEPTH)
    return message.SerializeToString()


def _fill(draw: st.DrawFn, message: Message, depth: int) -> None:
    fields: tuple[Any, ...] = tuple(message.DESCRIPTOR.fields)
    for field in draw(st.lists(st.sampled_from(fields), max_size=5)) if fields else ():
        if field.cpp_type == _MESSAGE and depth == 0:
            continue
        held = getattr(message, field.name)
        if not field.is_repeated:
            if field.cpp_type == _MESSAGE:
                held.SetInParent()
                _fill(draw, held, depth - 1)
            else:
                setattr(message, field.name, draw(_values(field)))
        elif field.cpp_type != _MESSAGE:
            held.extend(draw(st.lists(_values(field), max_size=4)))
        elif field.message_type.GetOptions().map_entry:
            held.update(draw(st.dictionaries(TEXTS.filter(_is_unicode), TEXTS.filter(_is_unicode), max_size=3)))
        else:
            for _ in range(draw(st.integers(1, 3))):
                _fill(draw, held.add(), depth - 1)


def _values(field: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401 - descriptors of the C runtime have no types
    if field.cpp_type in _LIMITS:
        least, greatest = _LIMITS[field.cpp_type]
        edges = [one for one in (0, 1, 2, 3, 5, 7, 1000, 2**31 - 1, 2**32 - 1, 2**53) if one <= greatest]
        return st.sampled_from((*edges, least, greatest)) | st.integers(least, greatest)
    if field.cpp_type in (_DOUBLE, _FLOAT):
        return st.floats(width=64 if field.cpp_type == _DOUBLE else 32)
    if field.cpp_type == _BOOL:
        return st.booleans()
    if field.type == _TYPE_BYTES:
        return st.one_of(st.binary(max_size=40), st.binary(min_size=16, max_size=16), st.just(bytes(range(16))))
    return TEXTS.filter(_is_unicode)


def _is_unicode(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= one <= "\udfff" for one in text)


@st.composite
def changed(draw: st.DrawFn, samples: Sequence[bytes], words: Sequence[bytes] = ()) -> bytes:
    """Draw a sample with pieces of it replaced, left out, repeated, or followed by nothing.

    Args:
        draw: given by Hypothesis.
        samples: good input.
        words: what means something to the parser; put in more often than what does not.
    """
    data = bytearray(draw(st.sampled_from(samples)))
    pieces = st.one_of(
        st.binary(max_size=8),
        st.sampled_from((b"", b"\0", b"\xff\xff\xff\xff", b"\n", b" ", b"-1", b"9" * 5000, b"nan", b"1e999", *words)),
    )
    for _ in range(draw(st.integers(0, _MAX_CHANGES))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.sampled_from((0, 1, 1, 2, 4, 16, 1 << 20))))
        match draw(st.integers(0, 3)):
            case 0 | 1:
                data[start:end] = draw(pieces)
            case 2:
                data[start:start] = data[start:end][:4096]
            case _:
                del data[start:end]
    return bytes(data)


def json_texts(samples: Sequence[Mapping[str, Any]]) -> st.SearchStrategy[bytes]:
    """Draw texts around JSON: good objects with values put in place of others, and ones that are broken."""

    @st.composite
    def altered(draw: st.DrawFn) -> bytes:
        content = json.loads(json.dumps(draw(st.sampled_from(samples))))
        for _ in range(draw(st.integers(1, 3))):
            _alter(draw, content)
        return json.dumps(content).encode()

    encoded = [json.dumps(one).encode() for one in samples]
    words = (b'"\\ud800"', b"NaN", b"-Infinity", b"1e400", b"{", b"}", b"[", b'"')
    deep = st.sampled_from((b"[" * 20_000, b'{"a":' * 12_000, b"[" * 500 + b"]" * 500, b'{"\\ud800": "\\ud800"}', b""))
    whole = JSON_VALUES.map(lambda one: json.dumps(one).encode())
    return st.one_of(altered(), changed(encoded, words), deep, whole)


def _alter(draw: st.DrawFn, content: Any) -> None:  # noqa: ANN401 - JSON
    """Put any value in the place of one somewhere in an object or array."""
    places = list(content) if isinstance(content, dict) else list(range(len(content)))
    place = draw(st.sampled_from(places)) if places else None
    if place is not None and isinstance(content[place], (dict, list)) and content[place] and draw(st.booleans()):
        _alter(draw, content[place])
    elif isinstance(content, dict):
        content[draw(TEXTS) if place is None or draw(st.integers(0, 4)) == 0 else place] = draw(JSON_VALUES)
    elif place is not None:
        content[place] = draw(JSON_VALUES)

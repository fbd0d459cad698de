"""YAML as people write settings: mappings, lists and scalars, and where each of them stands.

Anchors, aliases, tags, directives, doubled names and a second document are refused where they stand, so nothing is
built that is larger than its text. What a scalar is, is decided here and not by YAML 1.1, to which `on` and `no` are
truths and `1:30` is ninety: `true`, `false`, `null` and whole numbers in their usual form are what they look like, all
else is text.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import NoReturn, cast

import yaml

MAX_DEPTH = 8
"""How deep lists and mappings stand in each other."""
MAX_NODES = 4000
Place = tuple[int, int]
"""Line and column, from 1."""
Plain = str | int | bool | None | list["Plain"] | dict[str, "Plain"]
_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,18}")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
_FOLD = r"[ \t]*(?:\r?\n[ \t]*)+"
_CHARACTERS = {
    '"': re.compile(rf"{_FOLD}|\\(?:x..|u.{{4}}|U.{{8}}|{_FOLD}|.)|.", re.DOTALL),
    "'": re.compile(rf"{_FOLD}|''|.", re.DOTALL),
    None: re.compile(rf"{_FOLD}|.", re.DOTALL),
}
"""What becomes one character of a scalar, by its style."""


class PlainYamlError(Exception):
    """The text is not such YAML; `place` is where it begins not to be."""

    def __init__(self, detail: str, place: Place) -> None:
        super().__init__(detail)
        self.detail = detail
        self.place = place


class Document:
    """What a text says.

    Attributes:
        value: of the whole.
    """

    def __init__(self, text: str) -> None:
        """Read it.

        Raises:
            PlainYamlError: it is not such YAML.
        """
        self._text = text
        self._names: dict[str, yaml.Event] = {}
        self._parts: dict[str, yaml.Event] = {}
        self._nodes = 0
        try:
            self.value = self._document(yaml.parse(text, Loader=yaml.SafeLoader))
        except yaml.MarkedYAMLError as error:
            detail = f"this is no YAML: {error.problem or error.context}"
            raise PlainYamlError(detail, _begin(error.problem_mark or error.context_mark)) from None
        except yaml.reader.ReaderError as error:
            raise PlainYamlError(
                "a character stands here that YAML does not take", self._place(error.position)
            ) from None

    def place_of_name(self, path: str) -> Place:
        """Return where the name of a part stands; a path is such as `steps[1].params.unit`."""
        return _begin(self._names[path].start_mark) if path in self._names else self.place(path)

    def place(self, path: str, position: int | None = None) -> Place:
        """Return where a part stands, or a character of its text, from 0; of what is not there, where it would be."""
        near = path
        while near and near not in self._parts:
            near = near[: max(near.rfind("."), near.rfind("["), 0)]
        event = self._parts[near]
        if near != path or position is None or not isinstance(event, yaml.ScalarEvent):
            return _begin(event.start_mark)
        return self._place(self._index(event, position))

    def _document(self, events: Iterator[yaml.Event]) -> Plain:
        value: Plain = None
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if event.version or event.tags:
                    _refuse("directives are not taken", event)
                if documents > 1:
                    _refuse("a second document begins here", event)
            elif isinstance(event, yaml.NodeEvent):
                value = self._value(event, events, "", 0)
        if not documents:
            raise PlainYamlError("it says nothing", (1, 1))
        return value

    def _value(self, event: yaml.Event, events: Iterator[yaml.Event], path: str, depth: int) -> Plain:
        self._check(event, depth)
        self._parts[path] = event
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(events, path, depth)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(events, path, depth)
        if not isinstance(event, yaml.ScalarEvent):
            _refuse("aliases are not taken", event)
        return resolved(event.value) if event.style is None else event.value

    def _list(self, events: Iterator[yaml.Event], path: str, depth: int) -> Plain:
        found: list[Plain] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            found.append(self._value(event, events, f"{path}[{len(found)}]", depth + 1))
        return found

    def _mapping(self, events: Iterator[yaml.Event], path: str, depth: int) -> Plain:
        found: dict[str, Plain] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            self._check(event, depth)
            if not isinstance(event, yaml.ScalarEvent):
                _refuse("a name is needed here", event)
            name: str = event.value
            if name in found:
                _refuse(f"{name[:64]!r} stands here a second time", event)
            inner = f"{path}.{name[:64]}" if path else name[:64]
            self._names[inner] = event
            found[name] = self._value(next(events), events, inner, depth + 1)
        return found

    def _check(self, event: yaml.Event, depth: int) -> None:
        self._nodes += 1
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
            if event.anchor is not None:
                _refuse("anchors are not taken", event)
            if event.tag is not None:
                _refuse("tags are not taken", event)
        if depth > MAX_DEPTH or self._nodes > MAX_NODES:
            _refuse(f"more than {MAX_DEPTH} levels or {MAX_NODES} parts are not taken", event)

    def _index(self, event: yaml.ScalarEvent, position: int) -> int:
        """Return where in the text a character of a scalar stands."""
        first, last = _known(event.start_mark).index, _known(event.end_mark).index
        if event.style in ("|", ">"):
            body = self._text.index("\n", first)
            first = last - len(self._text[body:last].lstrip())
        elif event.style:
            first, last = first + 1, last - 1
        characters = _CHARACTERS.get(event.style, _CHARACTERS[None]).finditer(self._text, first, last)
        return next((one.start() for one in islice(characters, position, None)), last)

    def _place(self, index: int) -> Place:
        return self._text.count("\n", 0, index) + 1, index - self._text.rfind("\n", 0, index)


def resolved(text: str) -> str | int | bool | None:
    """Return what a scalar without quotes is."""
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if _WHOLE.fullmatch(text) else text


def _known(mark: object) -> yaml.Mark:
    """Return the place of an event: reading a text, PyYAML gives one to each."""
    return cast("yaml.Mark", mark)


def _begin(mark: object) -> Place:
    return _known(mark).line + 1, _known(mark).column + 1


def _refuse(detail: str, event: yaml.Event) -> NoReturn:
    raise PlainYamlError(detail, _begin(event.start_mark))

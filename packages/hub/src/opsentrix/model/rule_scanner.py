"""What a rule's text is made of: words, values, numbers with units; and errors that say where and what instead."""

import re
from difflib import get_close_matches
from typing import NoReturn

from opsentrix.model import quantities
from opsentrix.model.quantities import Quantity, RuleError

_SPACE = re.compile(r"(?:\s|#[^\n]*)*")
_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_.]*")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_UNIT = re.compile(r"%|[a-zA-Zµ]*")
_EXPONENT = re.compile(r"[eE][+-]?[0-9]{1,3}(?![a-zA-Z])")
PLAIN_VALUE = re.compile(r"[a-zA-Z0-9_./:@*?+-]+")
"""A value that needs no quotes."""
_MAX_NUMBER_CHARS = 60


class Scanner:
    """Reads a text from left to right; `at` is the place of the next character."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.at = 0

    def at_next(self) -> int:
        """Skip what says nothing, and return where the next thing begins."""
        found = _SPACE.match(self._text, self.at)
        self.at = found.end() if found else self.at
        return self.at

    def at_end(self) -> bool:
        """Return whether nothing follows."""
        return self.at_next() == len(self._text)

    def fail(
        self, detail: str, expected: tuple[str, ...] = (), *, at: int | None = None, word: str = "", hint: str = ""
    ) -> NoReturn:
        """Refuse the text.

        Args:
            detail: what is wrong.
            expected: what could have stood there.
            at: where; the next thing when it is not given.
            word: what stands there instead, to find what was meant.
            hint: what was meant, where that is known.

        Raises:
            RuleError: always.
        """
        place = self.at_next() if at is None else at
        close = get_close_matches(word, expected, n=1, cutoff=0.5) if word else []
        raise RuleError(detail, place, tuple(str(one) for one in expected), hint or (close[0] if close else ""))

    def expect_failed(self, *expected: str) -> NoReturn:
        """Refuse what stands at the next place, because something else should.

        Raises:
            RuleError: always.
        """
        at = self.at_next()
        found = _NAME.match(self._text, at)
        word = found[0] if found else self._text[at : at + 1]
        told = repr(word[:40]) if word else "the end"
        self.fail(f"{told} stands where {_listed(expected)} should", expected, word=word)

    def peek(self, symbol: str) -> bool:
        """Return whether a symbol comes next."""
        return self._text.startswith(symbol, self.at_next())

    def symbol(self, symbol: str) -> bool:
        """Take a symbol, if it comes next."""
        if not self.peek(symbol):
            return False
        self.at += len(symbol)
        return True

    def need(self, symbol: str, *others: str) -> None:
        """Take a symbol; `others` could have stood there as well.

        Raises:
            RuleError: it does not come next.
        """
        if not self.symbol(symbol):
            self.expect_failed(symbol, *others)

    def keyword(self, *words: str) -> str | None:
        """Take one of these words, if one comes next, and return it."""
        found = _NAME.match(self._text, self.at_next())
        if found is None or found[0] not in words:
            return None
        self.at = found.end()
        return found[0]

    def any_call(self) -> str | None:
        """Take a name and the parenthesis that opens behind it, if both come next, and return the name."""
        found = _NAME.match(self._text, self.at_next())
        if found is None:
            return None
        space = _SPACE.match(self._text, found.end())
        behind = space.end() if space else found.end()
        if not self._text.startswith("(", behind):
            return None
        self.at = behind + 1
        return found[0]

    def call(self, name: str) -> bool:
        """Take this name and the parenthesis that opens behind it, if both come next."""
        before = self.at
        if self.any_call() == name:
            return True
        self.at = before
        return False

    def word_before(self, symbol: str, word: str) -> bool:
        """Take this word and the symbol behind it, if both come next."""
        before = self.at
        if self.keyword(word) and self.symbol(symbol):
            return True
        self.at = before
        return False

    def name(self, *expected: str) -> str:
        """Take the name of something.

        Raises:
            RuleError: none comes next.
        """
        found = _NAME.match(self._text, self.at_next())
        if found is None:
            self.expect_failed(*expected)
        self.at = found.end()
        return found[0]

    def value(self) -> str:
        """Take a value: plain, or in quotes with a backslash before quotes and backslashes.

        Raises:
            RuleError: none comes next, or its quotes do not end.
        """
        at = self.at_next()
        if self._text.startswith('"', at):
            return self._quoted(at)
        found = PLAIN_VALUE.match(self._text, at)
        if found is None:
            self.expect_failed("a value")
        self.at = found.end()
        return found[0]

    def _quoted(self, at: int) -> str:
        read: list[str] = []
        place = at + 1
        while place < len(self._text) and self._text[place] != '"':
            if self._text[place] == "\\":
                place += 1
                if self._text[place : place + 1] not in ('"', "\\"):
                    self.fail("a backslash stands before a quote or a backslash only", ('\\"', "\\\\"), at=place - 1)
            read.append(self._text[place])
            place += 1
        if place >= len(self._text):
            self.fail("the quotes that open here do not close", ('"',), at=at)
        self.at = place + 1
        return "".join(read)

    def quantity(self, units: tuple[str, ...], *, rates: bool) -> Quantity:
        """Take a number with one of these units, and with `/s` where rates are understood.

        Raises:
            RuleError: none comes next.
        """
        at = self.at_next()
        number = _NUMBER.match(self._text, at)
        if number is None:
            self.expect_failed("a number" if "" in units else "a time such as 5m")
        exponent = _EXPONENT.match(self._text, number.end())
        end = exponent.end() if exponent else number.end()
        if end - at > _MAX_NUMBER_CHARS:
            self.fail("the number is too long", at=at)
        unit = _UNIT.match(self._text, end)
        name = unit[0].replace("µ", "u") if unit else ""
        known = [one for one in units if one]
        if name not in units:
            detail = f"there is no unit {name[:40]!r} here" if name else "the number has no unit"
            self.fail(detail, tuple(known), at=end, word=name)
        self.at = unit.end() if unit else end
        per_second = rates and self.symbol("/s")
        try:
            return quantities.read(self._text[at:end], name, per_second=per_second)
        except RuleError as error:
            raise RuleError(error.detail, at) from None


def _listed(expected: tuple[str, ...]) -> str:
    told = [str(one) for one in expected]
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])} or {told[-1]}"

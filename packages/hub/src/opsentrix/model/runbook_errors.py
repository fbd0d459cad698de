"""What is wrong with a runbook, and where."""

from collections.abc import Callable
from typing import TypeVar

from opsentrix.errors import InvalidError
from opsentrix.model.quantities import RuleError

_Part = TypeVar("_Part")


class RunbookError(InvalidError):
    """A runbook cannot be understood, or is beyond what a runbook may be.

    Attributes:
        path: of the part that is wrong, such as `steps[1].params.unit`; empty for the whole.
        position: of the first wrong character of the text that stands there, from 0; None where no place is known.
        expected: what could have stood there.
        hint: what may have been meant; empty when nothing comes to mind.
        of_name: whether the name of the part is wrong, and not what stands there.
        place: line and column, from 1, where it was read from a text.
    """

    title = "Runbook not valid"

    def __init__(
        self,
        detail: str,
        path: str = "",
        position: int | None = None,
        expected: tuple[str, ...] = (),
        hint: str = "",
        *,
        of_name: bool = False,
        place: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(detail)
        # Names of parts come from outside, and JSON can hold halves of characters, which cannot be sent.
        self.path = "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in path)
        self.position = position
        self.expected = expected
        self.hint = hint
        self.of_name = of_name
        self.place = place

    def below(self, path: str) -> "RunbookError":
        """Return it as what is wrong within a part at a path."""
        separator = "." if path and self.path and not self.path.startswith("[") else ""
        whole = f"{path}{separator}{self.path}"
        return RunbookError(self.detail, whole, self.position, self.expected, self.hint, of_name=self.of_name)

    def at(self, place: tuple[int, int]) -> "RunbookError":
        """Return it with the place of the text where it is wrong."""
        return RunbookError(
            self.detail, self.path, self.position, self.expected, self.hint, of_name=self.of_name, place=place
        )  # fmt: skip


def within(path: str, make: Callable[[], _Part]) -> _Part:
    """Make a part that stands at a path; what is wrong with it is told with the whole path.

    Raises:
        RunbookError: it cannot be made.
    """
    try:
        return make()
    except RunbookError as error:
        raise error.below(path) from None
    except RuleError as error:
        raise RunbookError(error.detail, path, error.position, error.expected, error.hint) from None

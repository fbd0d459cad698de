"""How a try ended, as channels say it."""

from dataclasses import dataclass

ANSWER_BYTES = 2048
"""What is kept of a provider's answer."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A provider took a message; its status and its own words."""

    status: int | None
    answer: str


class DeliveryError(Exception):
    """A provider did not take a message, or could not be reached.

    Attributes:
        answer: the provider's words, or what went wrong.
        status: of its answer, where there was one.
        permanent: the same message will never be taken: it is not tried again.
        retry_after_s: what the provider asked for.
    """

    def __init__(
        self, answer: str, status: int | None = None, *, permanent: bool = False, retry_after_s: float | None = None
    ) -> None:
        super().__init__(answer)
        self.answer = answer
        self.status = status
        self.permanent = permanent
        self.retry_after_s = retry_after_s


def cut(text: str) -> str:
    """Return text as it is kept: printable, and at most `ANSWER_BYTES` bytes of UTF-8."""
    printable = "".join(one if one.isprintable() or one == "\n" else " " for one in text)
    return printable.encode("utf-8", "replace")[:ANSWER_BYTES].decode("utf-8", "ignore")

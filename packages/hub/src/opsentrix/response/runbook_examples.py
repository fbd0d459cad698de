"""Ready runbooks, to begin from."""

from dataclasses import dataclass
from functools import cache
from importlib import resources

from opsentrix.model import runbook_yaml
from opsentrix.model.runbooks import Runbook


@dataclass(frozen=True, slots=True)
class Example:
    """A ready runbook.

    Attributes:
        key: names it.
        yaml: as it is written, with comments.
    """

    key: str
    yaml: str
    runbook: Runbook


@cache
def examples() -> tuple[Example, ...]:
    """Return all, in order of their keys."""
    folder = resources.files("opsentrix.response") / "examples"
    texts = {one.name.removesuffix(".yaml"): one.read_text("utf-8") for one in folder.iterdir()}
    return tuple(Example(key, texts[key], runbook_yaml.parse(texts[key])) for key in sorted(texts))

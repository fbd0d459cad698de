"""The guide of the hub names every setting, and none that does not exist."""

import re
from pathlib import Path

from opsentrix.settings import Settings

GUIDE = Path(__file__).parents[4] / "docs/guide/hub.md"


def test_the_guide_names_every_setting() -> None:
    documented = set(re.findall(r"^\| `OPSENTRIX_([A-Z0-9_]+)`", GUIDE.read_text(), re.MULTILINE))
    assert documented == {name.upper() for name in Settings.model_fields}

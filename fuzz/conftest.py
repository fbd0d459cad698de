"""The hub's fixtures, for the targets that need one that runs."""

import pytest

from fuzz.inputs import EXAMPLES
from packages.hub.tests.conftest import dsn, postgres

__all__ = ["dsn", "postgres"]

_EXAMPLE_S = 1.0
"""What one may take where the machine has other work too."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each target time for all its examples: a limit that ends one in its hub leaves what no error explains."""
    for item in items:
        item.add_marker(pytest.mark.timeout(max(120.0, EXAMPLES * _EXAMPLE_S)))

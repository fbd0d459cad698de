"""The hub's fixtures, for the targets that need one that runs."""

from packages.hub.tests.conftest import dsn, postgres

__all__ = ["dsn", "postgres"]

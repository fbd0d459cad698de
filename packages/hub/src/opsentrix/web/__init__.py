"""The built dashboard that the hub serves."""

from pathlib import Path

STATIC = Path(__file__).parent / "static"
"""Where the dashboard's build puts its files; missing until it was built."""

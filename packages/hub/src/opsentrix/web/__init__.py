"""What the hub serves as files: the built dashboard, and the agent with its installer."""

from pathlib import Path

STATIC = Path(__file__).parent / "static"
"""Where the dashboard's build puts its files; missing until it was built."""
INSTALL = Path(__file__).parent / "install"
"""Where the agent's build puts the artefact and the installer; missing until it was built."""

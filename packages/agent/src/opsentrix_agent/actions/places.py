"""Where the owner's files are."""

from pathlib import Path

from opsentrix_agent.configfile import DEFAULT_CONFIG
from opsentrix_agent.policyfile import FILE_NAME

SCRIPTS = "actions.d"


def policy_file(config: Path | None) -> Path:
    """Return where the owner's policy is: beside the config file. Nothing that a hub says leads elsewhere."""
    return (config or DEFAULT_CONFIG).absolute().with_name(FILE_NAME)

"""Where the owner's config file is; by itself, since whoever asks for that alone need not load all settings."""

from pathlib import Path

DEFAULT_CONFIG = Path("/etc/opsentrix/agent.json")
CONFIG_VARIABLE = "OPSENTRIX_AGENT_CONFIG"

"""Finds the plugins of the owner."""

import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opsentrix_agent.plugins.plugin import Plugin

log = logging.getLogger(__name__)

MAX_PLUGINS = 32
_NAME = re.compile(r"([a-z][a-z0-9_-]{0,31})(?:\.(?:py|sh|pl|rb))?")
"""Leaves out what editors and package managers leave behind, such as `x.py~` and `x.dpkg-old`."""


class Found:
    """What is in the folder.

    Attributes:
        plugins: by the name under which the sampler knows them, `plugin.NAME`.
        ignored: why other files are not taken, by file name.
        problem: why the folder cannot be looked into, or nothing.
    """

    def __init__(self) -> None:
        self.plugins: dict[str, Plugin] = {}
        self.ignored: dict[str, str] = {}
        self.problem = ""


def find_plugins(folder: Path) -> Found:
    """Return the plugins of a folder in the order of their names; a folder that does not exist has none."""
    found = Found()
    try:
        paths = sorted(path for path in folder.iterdir() if not path.name.startswith(".") and not path.is_dir())
    except FileNotFoundError:
        return found
    except OSError as error:
        found.problem = f"{folder} cannot be read: {error.strerror}"
        log.error("no plugins: %s", found.problem)  # noqa: TRY400 - one line says it all
        return found
    if paths:  # most machines have none, and can do without the memory
        from opsentrix_agent.plugins.plugin import Plugin
    for path in paths:
        name = _NAME.fullmatch(path.name)
        key = f"plugin.{name[1]}" if name else ""
        if name is None:
            found.ignored[path.name] = "a plugin is named like queue, queue.py or queue.sh, in small letters"
        elif key in found.plugins:
            found.ignored[path.name] = f"{found.plugins[key].path.name} has the same name"
        elif len(found.plugins) == MAX_PLUGINS:
            found.ignored[path.name] = f"there are {MAX_PLUGINS} others already"
        else:
            found.plugins[key] = Plugin(name[1], path)
    for name_of_file, why in found.ignored.items():
        log.warning("plugin %s is ignored: %s", name_of_file, why)
    return found


def renewed(present: "Mapping[str, Plugin]", found: "Mapping[str, Plugin]") -> "dict[str, Plugin]":
    """Return the plugins found, those that run already as they are; the ones that are gone are closed."""
    for name in present.keys() - found.keys():
        present[name].close()
    for name in present.keys() & found.keys():
        present[name].path = found[name].path
    return {name: present.get(name, plugin) for name, plugin in found.items()}

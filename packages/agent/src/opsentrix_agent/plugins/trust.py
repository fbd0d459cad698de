"""Which files the agent may run: those that nobody but root and its own user could have written."""

import os
import stat
from pathlib import Path

from opsentrix_agent.errors import PluginError


def check_trusted(path: Path) -> os.stat_result:
    """Check a program and all folders above it, as they are written and as they are; return the program's status.

    Whoever may write to one of the folders could put another program there. A sticky folder such as `/tmp` is
    allowed: in it, nobody can replace what belongs to somebody else.

    Raises:
        PluginError: it is not safe to run, or is gone; the text holds what to run against it.
    """
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            raise PluginError(f"{path} is not a plain file; links are not followed")
        _check(path, status)
        for folder in dict.fromkeys((*path.absolute().parents, *path.resolve().parents)):
            _check(folder, folder.stat())
    except OSError as error:
        raise PluginError(f"{path} cannot be used: {error.strerror}") from None
    return status


def _check(path: Path, status: os.stat_result) -> None:
    if status.st_uid not in {0, os.geteuid()}:
        raise PluginError(f"{path} belongs to user {status.st_uid}", f"chown root {path}")
    sticky_folder = stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not sticky_folder:
        raise PluginError(f"{path} can be written by others", f"chmod go-w {path}")

"""The command `opsentrix-agent upgrade`."""

import os
import sys
from pathlib import Path

from opsentrix_agent.errors import UpgradeError
from opsentrix_agent.settings import Settings
from opsentrix_agent.trust import anchor_of
from opsentrix_agent.upgrades.places import Release, applies_itself, places, running_release, under_systemd


def upgrade(step: str, settings: Settings, config: Path | None, manager: str, releases: Path | None) -> int:
    """Run one step and return the exit code: 0 when it did what it could, or nothing was to be done.

    Args:
        step: `fetch` or `apply`.
        settings: of the agent.
        config: the config file that the user named.
        manager: what runs the agent; see `services.service`.
        releases: the folder of all releases, if not the one that this program is in.

    Raises:
        UpgradeError: the agent was not installed as a release, or the folders are not as they must be.
    """
    os.umask(0o022)
    release = running_release()
    if release is None:
        raise UpgradeError("This agent was not installed by its installer, so it cannot be replaced.")
    root = releases or release.root
    if step == "fetch":
        return _fetch(release, settings, config, root)
    return _apply(settings, config, manager, root)


def _fetch(release: Release, settings: Settings, config: Path | None, root: Path) -> int:
    from opsentrix_agent.endpoint import http_url
    from opsentrix_agent.identity import load_identity
    from opsentrix_agent.upgrades.fetch import fetch

    identity = load_identity(settings.state_dir)
    if identity is None:
        raise UpgradeError("This machine is not enrolled.")
    where = places(settings.state_dir, root, config, managed=under_systemd())
    hub = http_url(settings.server_url, identity.server_url)
    fetched = fetch(where, release, hub, anchor_of(settings))
    if fetched and applies_itself(where):
        if os.getpgrp() != os.getpid():
            os.setsid()  # it has to outlive the agent
        return _apply(settings, config, "background", root)
    return 0


def _apply(settings: Settings, config: Path | None, manager: str, root: Path) -> int:
    from opsentrix_agent.upgrades.apply import Applier
    from opsentrix_agent.upgrades.services import service

    if manager == "background" and settings.state_dir.stat().st_uid != os.geteuid():
        # Its user says there how it was started: this one must not run that.
        raise UpgradeError(f"{settings.state_dir} belongs to another user: say with --manager what runs the agent.")
    where = places(settings.state_dir, root, config, managed=manager in {"systemd", "openrc"})
    ended = Applier(where, service(manager, where), config=config).run()
    if ended is not None:
        sys.stdout.write(f"{ended}\n")
    return 0

"""The agent's part of an upgrade, in a process of its own: verify, then download; it may not replace the program."""

import fcntl
import json
import logging
import os
from pathlib import Path
from typing import Any

from opsentrix_agent.errors import AgentError, UpgradeError, UpgradeRefusedError
from opsentrix_agent.hubhttp import download
from opsentrix_agent.identity import write_private
from opsentrix_agent.upgrades.manifest import Manifest, Signature, check_newer, check_signed, checked
from opsentrix_agent.upgrades.places import ARTEFACT, FETCHED, ORDER, REQUEST, Places, Release, read_json
from opsentrix_agent.upgrades.policy import load_policy

log = logging.getLogger(__name__)

WITHIN_S = 600.0


def fetch(places: Places, release: Release, server_url: str, tls_ca: Path | None) -> bool:
    """Do what the order says, up to the request for whoever may replace the program, and say how far it came.

    Args:
        places: where the order is.
        release: that runs now.
        server_url: the hub's.
        tls_ca: the only authorities to trust.

    Returns:
        Whether there is a request now.

    Raises:
        OSError: the agent's own folder cannot be written.
    """
    places.inbox.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (places.inbox / "fetch.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        order = read_json(places.inbox, ORDER)
        try:
            _fetch(places, release, server_url, tls_ca, order)
        except UpgradeRefusedError as error:
            say(places, order, "refused", str(error))
        except AgentError as error:
            say(places, order, "failed", str(error))
        else:
            return True
    return False


def say(places: Places, order: dict[str, Any], state: str, detail: str) -> None:
    """Note how far the download is, for the agent to tell."""
    log.info("upgrade to %s: %s. %s", order.get("version"), state, detail)
    said = {"rollout_id": order.get("rollout_id"), "version": order.get("version"), "state": state, "detail": detail}
    write_private(places.inbox / FETCHED, json.dumps(said))


def _fetch(places: Places, release: Release, server_url: str, tls_ca: Path | None, order: dict[str, Any]) -> None:
    manifest = _manifest(order)
    policy = load_policy(places.policy)
    check_signed(manifest, policy.keys)
    check_newer(manifest, release.version, allow_downgrade=policy.allow_downgrade)
    say(places, order, "downloading", "")
    temporary = places.inbox / f".{ARTEFACT}"
    path = f"/install/opsentrix-agent.pyz?sha256={manifest.sha256}"
    found = download(server_url, path, temporary, size=manifest.size, within_s=WITHIN_S, tls_ca=tls_ca)
    if found != manifest.sha256:
        temporary.unlink()
        raise UpgradeError(f"The hub's artefact has the SHA-256 {found} and not the signed {manifest.sha256}.")
    temporary.replace(places.inbox / ARTEFACT)
    say(places, order, "staged", "")
    request = manifest.to_json() | {"rollout_id": order["rollout_id"]}
    write_private(places.inbox / REQUEST, json.dumps(request))


def _manifest(order: dict[str, Any]) -> Manifest:
    try:
        signatures = tuple(Signature(one["key_id"], bytes.fromhex(one["signature"])) for one in order["signatures"])
        return checked(Manifest(order["version"], order["sha256"], order["size"], signatures))
    except (KeyError, TypeError, ValueError):
        raise UpgradeError(f"There is no order in {os.fspath(ORDER)} that can be understood.") from None

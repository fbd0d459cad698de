"""Replaces the agent by the release that was asked for, and goes back when the hub does not hear from that one.

Runs as whoever owns the program: root, where the agent has a user of its own. What the agent left is copied to where
only we can write before any of it is looked at. `pending.json` is the journal: after a kill at any step the next run
goes on, or back.
"""

import fcntl
import json
import logging
import os
import secrets
import subprocess
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from opsentrix_agent.errors import AgentError, ReleaseError, UpgradeError, UpgradeRefusedError
from opsentrix_agent.releases import LAUNCHER, Releases
from opsentrix_agent.upgrades.manifest import MAX_ARTEFACT_BYTES, Manifest, check_newer, check_signed, parse
from opsentrix_agent.upgrades.places import (
    ARTEFACT,
    CONFIRMED,
    MAX_JSON_BYTES,
    PENDING,
    REQUEST,
    RESULT,
    Folder,
    Places,
    read_json,
)
from opsentrix_agent.upgrades.policy import UpgradePolicy, load_policy
from opsentrix_agent.upgrades.services import Service

log = logging.getLogger(__name__)

TRY_S = 60
POLL_S = 0.5
MAX_ATTEMPTS = 3
"""An upgrade that is interrupted so often is taken back: it may be what interrupts."""


class Pending(NamedTuple):
    """The journal's entry.

    Attributes:
        rollout_id: what the hub calls it, in hexadecimal.
        version: that is to run.
        release: its name.
        before: name of the release that ran.
        nonce: the new release has to repeat it, so that an older confirmation is none.
        deadline_s: seconds that it has for that.
        attempts: how often we began.
        reverting: why we are on the way back, or nothing.
    """

    rollout_id: str
    version: str
    release: str
    before: str
    nonce: str
    deadline_s: int
    attempts: int = 0
    reverting: str = ""


class Applier:
    """Applies at most one upgrade."""

    def __init__(
        self,
        places: Places,
        service: Service,
        *,
        config: Path | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Take where everything is.

        Args:
            places: see there.
            service: what runs the agent.
            config: its settings, if not the default.
            monotonic: seconds.
            sleep: waits for seconds.
        """
        self._places = places
        self._service = service
        self._config = config
        self._monotonic = monotonic
        self._sleep = sleep
        self._releases = Releases(places.releases)

    def run(self) -> str | None:
        """Apply what is requested, or finish what was begun, and return how it ended; None: nothing was to be done.

        Raises:
            UpgradeError: the folders are not as they must be, or the journal is damaged.
        """
        self._claim()
        with (self._places.work / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return None  # another run has it in hand
            pending = self._pending()
            if pending is not None:
                return self._go(pending)
            try:
                inbox = Folder(self._places.inbox)
            except FileNotFoundError:
                return None
            except OSError as error:  # a link, or no folder
                raise UpgradeError(f"{self._places.inbox}: {error.strerror}.") from None
            with inbox:
                return self._take(inbox) if inbox.exists(REQUEST) else None

    def _claim(self) -> None:
        """Make the folder of our own and see that it is ours alone."""
        work = self._places.work
        try:
            work.mkdir(mode=0o755, parents=True, exist_ok=True)
            status = work.lstat()
        except OSError as error:
            raise UpgradeError(f"{work}: {error.strerror}.") from None
        if work.is_symlink() or status.st_uid != os.geteuid() or status.st_mode & 0o022:
            raise UpgradeError(f"{work} must be a folder that belongs to this user and that nobody else can write.")

    def _pending(self) -> Pending | None:
        entry = read_json(self._places.work, PENDING)
        if not entry:
            return None
        try:
            pending = Pending(**entry)
        except TypeError:
            raise UpgradeError(f"{self._places.work / PENDING} is damaged; see which release is current.") from None
        if read_json(self._places.work, RESULT).get("nonce") == pending.nonce:  # killed while tidying up
            self._tidy()
            return None
        return pending

    def _take(self, inbox: Folder) -> str:
        """Verify what is requested and make everything ready; until `pending.json` is there nothing has changed."""
        request: dict[str, Any] = {}
        before = self._releases.current()
        try:
            manifest, request = self._read_request(inbox)
            policy = load_policy(self._places.policy)
            if before is None:
                raise UpgradeError(f"No release in {self._places.releases} is the current one.")
            self._verify(inbox, manifest, policy, before.rpartition("-")[0])
            release = self._releases.add(self._places.work / ARTEFACT)
            if release == before:
                raise UpgradeError(f"Release {release} runs already.")
            if release.rpartition("-")[0] != manifest.version:  # by which the next one is compared
                raise UpgradeError(f"Release {release} was signed as {manifest.version}.")
            self._try(release, manifest.version, inbox.owner)
        except UpgradeRefusedError as error:
            return self._finish(request, "refused", str(error))
        except (AgentError, OSError) as error:
            return self._finish(request, "failed", str(error))
        pending = Pending(
            str(request.get("rollout_id", ""))[:64], manifest.version, release, before, secrets.token_hex(16),
            policy.deadline_s,
        )  # fmt: skip
        return self._go(pending)

    def _read_request(self, inbox: Folder) -> tuple[Manifest, dict[str, Any]]:
        text = inbox.read(REQUEST, MAX_JSON_BYTES)
        return parse(text), json.loads(text)

    def _verify(self, inbox: Folder, manifest: Manifest, policy: UpgradePolicy, present: str) -> None:
        """Copy the artefact to where nobody else can change it, and only then look at it."""
        check_signed(manifest, policy.keys)
        check_newer(manifest, present, allow_downgrade=policy.allow_downgrade)
        content = inbox.read(ARTEFACT, min(manifest.size, MAX_ARTEFACT_BYTES))
        if sha256(content).hexdigest() != manifest.sha256:
            raise UpgradeRefusedError(f"The artefact is not the one that was signed as {manifest.version}.")
        _replace(self._places.work / ARTEFACT, content)

    def _try(self, release: str, version: str, owner: tuple[int, int]) -> None:
        """See whether a release runs here and is what it says, as the user that it will run as."""
        launcher = str(self._releases.path(release) / LAUNCHER)
        said = self._said(launcher, "--version", owner=owner).split()
        if not said or said[-1] != version:
            raise UpgradeError(f"Release {release} says that it is {' '.join(said)[:64]!r} and not {version}.")
        self._said(launcher, "collectors", *(["--config", str(self._config)] if self._config else []), owner=owner)

    def _said(self, *command: str, owner: tuple[int, int]) -> str:
        user, group = owner if os.geteuid() == 0 else (None, None)
        try:
            ended = subprocess.run(  # noqa: S603 - the signed program
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=TRY_S,
                check=False, user=user, group=group, extra_groups=None if user is None else [], cwd="/",
                env={"PATH": "/usr/bin:/bin:/usr/sbin:/sbin"},
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            raise UpgradeError(f"The release does not run here: {error}") from None
        said = ended.stdout.decode(errors="replace")
        if ended.returncode:
            raise UpgradeError(f"The release does not run here: {said[-300:].strip()}")
        return said

    def _go(self, pending: Pending) -> str:
        """Switch, restart and wait; or go back, when it was interrupted too often or on the way back."""
        pending = pending._replace(attempts=pending.attempts + 1)
        self._note(pending)
        if pending.reverting:
            return self._revert(pending, pending.reverting)
        if pending.attempts > MAX_ATTEMPTS:
            return self._revert(pending, f"The upgrade was interrupted {MAX_ATTEMPTS} times.")
        try:
            if self._releases.current() != pending.release:
                self._releases.switch(pending.release)
            self._service.restart()
        except (UpgradeError, ReleaseError) as error:
            return self._revert(pending, str(error))
        reason = self._wait(pending)
        if reason:
            return self._revert(pending, reason)
        self._releases.prune()
        return self._finish(pending._asdict(), "confirmed", "")

    def _wait(self, pending: Pending) -> str:
        """Wait for the new release to say that the hub took a frame of it; return why it is given up, or nothing."""
        until = self._monotonic() + pending.deadline_s
        while True:
            confirmed = read_json(self._places.inbox, CONFIRMED)
            if (confirmed.get("nonce"), confirmed.get("release")) == (pending.nonce, pending.release):
                return ""
            if self._service.dead():
                return f"Release {pending.release} ended."
            if self._monotonic() >= until:
                return f"The hub acknowledged nothing of release {pending.release} within {pending.deadline_s} s."
            self._sleep(POLL_S)

    def _revert(self, pending: Pending, reason: str) -> str:
        self._note(pending._replace(reverting=reason))
        log.warning("going back to %s: %s", pending.before, reason)
        try:
            if self._releases.current() != pending.before:
                self._releases.switch(pending.before)
            self._service.restart()
        except (UpgradeError, ReleaseError) as error:
            reason = f"{reason} Going back: {error}"
        return self._finish(pending._asdict(), "reverted", reason)

    def _note(self, pending: Pending) -> None:
        _replace(self._places.work / PENDING, json.dumps(pending._asdict()).encode())

    def _finish(self, about: dict[str, Any], state: str, detail: str) -> str:
        log.info("upgrade to %s: %s. %s", about.get("version"), state, detail)
        result = {key: str(about.get(key, ""))[:64] for key in ("rollout_id", "version", "nonce")}
        result |= {"state": state, "detail": detail[:1000]}
        _replace(self._places.work / RESULT, json.dumps(result).encode())
        self._tidy()
        return state

    def _tidy(self) -> None:
        (self._places.work / ARTEFACT).unlink(missing_ok=True)
        try:
            with Folder(self._places.inbox) as inbox:
                inbox.remove(REQUEST)
                inbox.remove(ARTEFACT)
        except OSError as error:  # the agent's folder is as it pleases the agent
            log.warning("%s cannot be emptied: %s", self._places.inbox, error)
        (self._places.work / PENDING).unlink(missing_ok=True)


def _replace(path: Path, content: bytes) -> None:
    """Write a file in a folder of our own, whole or not at all; everybody may read it."""
    temporary = path.with_name(f".{path.name}")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

"""Find a Chromium for the tests, install one where the machine has none, and print its path; fail loudly otherwise."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def works(path: str) -> bool:
    """Tell whether this is a browser that starts (Ubuntu's chromium package, for one, is a stub that may not)."""
    try:
        done = subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def installed() -> str | None:
    """Return the first working browser on PATH."""
    candidates = (shutil.which(name) for name in NAMES)
    return next((path for path in candidates if path and works(path)), None)


def from_debian() -> str | None:
    """Install Debian's package where that is possible: as root, with apt-get."""
    apt = shutil.which("apt-get")
    if os.geteuid() != 0 or apt is None:
        return None
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium"]):
        if subprocess.run([apt, *arguments], env=environment, stdout=sys.stderr, check=False).returncode != 0:
            return None
    return installed()


def from_playwright() -> str | None:
    """Return Playwright's own build, downloading it when it is not there yet."""
    from playwright.sync_api import sync_playwright

    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    if subprocess.run(command, stdout=sys.stderr, check=False).returncode != 0:
        return None
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if works(path) else None


def sources() -> Iterator[tuple[str, Callable[[], str | None]]]:
    """Yield where a browser may come from, the cheapest first."""
    yield "the machine", installed
    yield "Debian's packages", from_debian
    yield "Playwright's download", from_playwright


def main() -> None:
    """Print the path of a working Chromium on standard output; everything else goes to standard error."""
    named = os.environ.get("CHROMIUM")
    if named:
        if not works(named):
            sys.exit(f"CHROMIUM={named} does not start: name a working browser or unset the variable")
        print(Path(named))
        return
    for _, source in sources():
        path = source()
        if path:
            print(path)
            return
    tried = ", ".join(name for name, _ in sources())
    sys.exit(f"No Chromium to test with (tried {tried}): install one, or name it with CHROMIUM=/path/to/chromium")


if __name__ == "__main__":
    main()

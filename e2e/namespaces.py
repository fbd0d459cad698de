"""Machines of their own as far as the network goes: network namespaces, each with a link to here that can be cut.

`ip-netns(8)`, `veth(4)`. Only root can make them, and not in every container; `why_not` says whether they can be made.
"""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator


class Namespace:
    """A network namespace with a link to this one.

    Attributes:
        within: words that run a program in it.
        here: this end's address.
    """

    def __init__(self, number: int) -> None:
        """Take a number from 0 to 63, unique in this process."""
        self.name = f"ox-{os.getpid()}-{number}"
        self.within = ("ip", "netns", "exec", self.name)
        network = f"10.213.{os.getpid() % 250}"
        self.here, self._there = f"{network}.{4 * number + 1}", f"{network}.{4 * number + 2}"
        self._link = f"ox{os.getpid()}-{number}"

    def make(self) -> None:
        """Make it and its link.

        Raises:
            subprocess.CalledProcessError: it cannot be made here.
        """
        _ip("netns", "add", self.name)
        _ip("link", "add", self._link, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        _ip("address", "add", f"{self.here}/30", "dev", self._link)
        _ip("link", "set", self._link, "up")
        _ip("-n", self.name, "address", "add", f"{self._there}/30", "dev", "eth0")
        _ip("-n", self.name, "link", "set", "lo", "up")
        self.join()

    def cut(self) -> None:
        """Take the link down: nobody is told, packets are just lost."""
        _ip("-n", self.name, "link", "set", "eth0", "down")

    def join(self) -> None:
        """Put the link up again."""
        _ip("-n", self.name, "link", "set", "eth0", "up")
        _ip("-n", self.name, "route", "replace", "default", "via", self.here)

    def remove(self) -> None:
        """Remove it, and the link with it; it may be made in part."""
        for words in (("link", "delete", self._link), ("netns", "delete", self.name)):
            with contextlib.suppress(subprocess.CalledProcessError):
                _ip(*words)


@contextlib.contextmanager
def namespaces(count: int) -> Iterator[list[Namespace]]:
    """Make so many and remove them."""
    made = [Namespace(number) for number in range(count)]
    try:
        for one in made:
            one.make()
        yield made
    finally:
        for one in made:
            one.remove()


def why_not() -> str:
    """Return why no namespaces can be made here; nothing when they can."""
    if os.geteuid() != 0:
        return "platform: only root makes network namespaces"
    if shutil.which("ip") is None:
        return "platform: there is no ip (iproute2) here"
    try:
        with namespaces(1):
            return ""
    except subprocess.CalledProcessError as error:
        return f"platform: no network namespaces here: {error.stderr.decode(errors='replace').strip()}"


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, timeout=20)

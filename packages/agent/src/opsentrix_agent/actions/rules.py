"""What a policy says of an action's parameters: lists of what is allowed, and whether something is in them.

There are no regular expressions: owners would get them wrong, and some take for ever. `*` stands for any characters
and `?` for one, where the action's table says so.
"""

import ipaddress
from typing import Any, NamedTuple

from opsentrix_agent.errors import PolicyError, RefusedError

MAX_ENTRIES = 256
MAX_ENTRY_CHARS = 512


class Rule(NamedTuple):
    """A list in a policy.

    Attributes:
        key: of the policy.
        parameter: that must be in the list; empty where the action judges by itself.
        kind: `exact`, `glob`, `files` (globs of absolute paths, in which no wildcard stands for `/`), `hosts` (names,
            globs of names, addresses and networks) or `processes` (objects with `name` and `user`).
        suffix: may stand at the end of an entry, and is taken off.
        required: whether a policy must have it.
    """

    key: str
    parameter: str
    kind: str = "exact"
    suffix: str = ""
    required: bool = True

    def parsed(self, where: str, value: object) -> tuple[Any, ...]:
        """Return the entries of a list in a policy.

        Raises:
            PolicyError: it is no list of such entries.
        """
        if not isinstance(value, list) or not 0 < len(value) <= MAX_ENTRIES:
            raise PolicyError(f"{where} must be a list of 1 to {MAX_ENTRIES} entries.")
        return tuple(self._entry(where, one) for one in value)

    def permits(self, entries: tuple[Any, ...], value: str) -> bool:
        """Return whether a parameter's value is in the list."""
        match self.kind:
            case "glob":
                return any(matches(one, value) for one in entries)
            case "files":
                return any(path_matches(one, value) for one in entries)
            case "hosts":
                return any(host_matches(one, value) for one in entries)
        return value in entries

    def _entry(self, where: str, entry: object) -> object:
        if self.kind == "processes":
            return _process(where, entry)
        if not isinstance(entry, str) or not 0 < len(entry) <= MAX_ENTRY_CHARS or not entry.isprintable():
            raise PolicyError(f"{where} must hold printable texts, and not {str(entry)[:64]!r}.")
        entry = entry.removesuffix(self.suffix)
        if self.kind == "exact" and ("*" in entry or "?" in entry):
            raise PolicyError(f"{where}: {entry!r} must be exact: no wildcard counts here.")
        if self.kind == "files" and (not entry.startswith("/") or not is_plain_path(entry)):
            raise PolicyError(f"{where}: {entry!r} must be an absolute path without '..', '.' and '//'.")
        if self.kind == "hosts" and "/" in entry:
            try:
                ipaddress.ip_network(entry)
            except ValueError as error:
                raise PolicyError(f"{where}: {entry!r} is no network: {error}.") from None
        return entry


def matches(pattern: str, text: str) -> bool:
    """Return whether a text is as a pattern with `*` and `?` says; in time linear in both for each `*`."""
    at = place = 0
    star, resume = -1, 0
    while at < len(text):
        if place < len(pattern) and pattern[place] == "*":
            star, resume = place, at
            place += 1
        elif place < len(pattern) and pattern[place] in {"?", text[at]}:
            place, at = place + 1, at + 1
        elif star >= 0:
            resume += 1
            place, at = star + 1, resume
        else:
            return False
    return not pattern[place:].strip("*")


def path_matches(pattern: str, path: str) -> bool:
    """Return whether an absolute path is as a pattern says, folder by folder."""
    if not is_plain_path(path):
        return False
    wanted, parts = pattern.split("/"), path.split("/")
    return len(wanted) == len(parts) and all(map(matches, wanted, parts))


def is_plain_path(path: str) -> bool:
    """Return whether a path is absolute and says where it leads: without `..`, `.` and empty parts."""
    return path == "/" or (path.startswith("/") and all(part not in {"", ".", ".."} for part in path[1:].split("/")))


def host_matches(entry: str, host: str) -> bool:
    """Return whether a host is an entry's: an address by its network or itself, a name by its letters alone."""
    address = as_address(host)
    if address is None:
        return "/" not in entry and matches(entry.lower(), host.lower())
    if "/" in entry:
        return address in ipaddress.ip_network(entry)
    allowed = as_address(entry)
    return allowed is not None and allowed == address


def as_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the address that a host is; None for a name.

    Raises:
        RefusedError: it is a name to some programs and an address to others, such as `127.1` or `0x7f000001`.
    """
    last = host.rstrip(".").rpartition(".")[2].lower()
    try:
        if "%" not in host:
            return ipaddress.ip_address(host)
    except ValueError:
        if not (last.isdigit() or last.startswith("0x") or ":" in host):
            return None
    raise RefusedError(f"{host!r} is neither a name nor an address as it is written usually.")


def _process(where: str, entry: object) -> tuple[str, str]:
    if not isinstance(entry, dict) or entry.keys() != {"name", "user"}:
        raise PolicyError(f"{where} must hold objects with name and user.")
    name, user = entry["name"], entry["user"]
    if not all(isinstance(one, str) and one and one.isprintable() for one in (name, user)):
        raise PolicyError(f"{where}: name and user must be printable texts.")
    return name, user

"""What the Docker Engine API says of containers, and Podman's API of the same form, checked and as plain data."""

import json
from typing import Any, NamedTuple

from opsentrix_agent.collectors.source import printable

LIST = "/containers/json?all=true"
"""Without a version in the path, which each daemon answers as its newest: Docker 29 no longer knows 1.43, and older
ones do not know 1.44."""
_NAME_CHARS = 128
_STATES = ("created", "running", "paused", "restarting", "removing", "exited", "dead")
_HEX = frozenset("0123456789abcdef")


class Listed(NamedTuple):
    """A container of the list.

    Attributes:
        id: 64 hexadecimal digits.
        name: as people know it.
        image: as it was named when the container was made.
        state: `running`, `exited` and so on; `unknown` where it is none of Docker's.
        health: 1.0 healthy, 0.0 unhealthy, None while it starts and where there is no check.
        created: Unix seconds.
        own_network: whether its interfaces are its own; None where the list does not tell, as Podman's.
    """

    id: str
    name: str
    image: str
    state: str
    health: float | None
    created: float
    own_network: bool | None


class Inspected(NamedTuple):
    """What only the inspection of a container tells; health and network as in `Listed`."""

    restarts: int
    health: float | None
    own_network: bool | None


def read_list(body: bytes) -> list[Listed]:
    """Return the containers of the answer to `LIST`; entries of another form are left out.

    Raises:
        ValueError: it is no list in JSON.
    """
    rows = _json(body)
    if not isinstance(rows, list):
        raise ValueError("no list")  # noqa: TRY004 - as for anything else that is no such JSON
    return [one for row in rows if (one := _listed(row)) is not None]


def inspect_path(container_id: str) -> str:
    """Return what to ask for `read_inspection`."""
    return f"/containers/{container_id}/json"


def read_inspection(body: bytes) -> Inspected:
    """Return what the inspection of a container says.

    Raises:
        ValueError: it is no object in JSON.
    """
    row = _json(body)
    if not isinstance(row, dict):
        raise ValueError("no object")  # noqa: TRY004 - as above
    restarts = row.get("RestartCount")
    state = row.get("State")
    check = state.get("Health") if isinstance(state, dict) else None
    status = check.get("Status") if isinstance(check, dict) else None
    return Inspected(
        restarts if isinstance(restarts, int) and 0 <= restarts < 1 << 53 else 0,
        {"healthy": 1.0, "unhealthy": 0.0}.get(status) if isinstance(status, str) else None,
        _own_network(row),
    )


def _json(body: bytes) -> Any:  # noqa: ANN401 - whatever the daemon sent; each use checks what it takes
    try:
        return json.loads(body)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _listed(row: object) -> Listed | None:
    if not isinstance(row, dict):
        return None
    container_id, names, created = row.get("Id"), row.get("Names"), row.get("Created")
    if not isinstance(container_id, str) or len(container_id) != 64 or not _HEX.issuperset(container_id):
        return None
    name = names[0] if isinstance(names, list) and names and isinstance(names[0], str) else container_id[:12]
    state, image = str(row.get("State", "")).lower(), row.get("Image")
    return Listed(
        container_id,
        _text(name.lstrip("/")),
        _text(image) if isinstance(image, str) else "",
        state if state in _STATES else "unknown",
        _health(str(row.get("Status", ""))),
        float(created) if isinstance(created, (int, float)) and 0 <= created < 1 << 53 else 0.0,
        _own_network(row),
    )


def _health(status: str) -> float | None:
    """Return the health that a status such as `Up 3 hours (healthy)` tells."""
    return 1.0 if status.endswith("(healthy)") else 0.0 if status.endswith("(unhealthy)") else None


def _own_network(row: dict[str, Any]) -> bool | None:
    host = row.get("HostConfig")
    mode = host.get("NetworkMode") if isinstance(host, dict) else None
    return mode != "host" and not mode.startswith(("container:", "ns:")) if isinstance(mode, str) else None


def _text(name: str) -> str:
    return printable(name.encode("utf-8", "surrogatepass"), _NAME_CHARS) or "-"

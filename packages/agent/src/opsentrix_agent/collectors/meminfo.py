"""`/proc/meminfo` (proc_meminfo(5)), which the memory and the swap collector share."""

from collections.abc import Collection

from opsentrix_agent.collectors.source import read


def read_meminfo(path: str, keys: Collection[bytes]) -> dict[bytes, int]:
    """Return those of the keys that the file has, in bytes.

    Raises:
        OSError: the file cannot be read.
        ValueError: one of these keys has no number.
    """
    values: dict[bytes, int] = {}
    for line in read(path).split(b"\n"):
        key, _, value = line.partition(b":")
        if key in keys:
            # "kB" in this file means 1,024 bytes.
            values[key] = int(value.strip().removesuffix(b" kB")) * 1024
    return values

"""Random times, so that a fleet does not do everything at once."""

import os


def uniform(low: float, high: float) -> float:
    """Return a random number between two; the module `random` would take 0.2 MB for it."""
    return low + (high - low) * int.from_bytes(os.urandom(7), "big") / (1 << 56)

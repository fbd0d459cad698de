"""Tokens as they are stored."""

import hashlib


def digest(token: str) -> bytes:
    """Return what is stored of a token: its SHA-256, 32 bytes.

    A token has 256 random bits or nearly so, and needs no slow hash with salt as a password does.
    """
    return hashlib.sha256(token.encode()).digest()

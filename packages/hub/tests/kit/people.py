"""People in tests: with a password, with a second factor, with a session that is not fresh any more."""

import base64
import time

import httpx
import pyotp
from argon2 import PasswordHasher
from opsentrix.model.users import Role
from opsentrix.storage import second_factors, users

from packages.hub.tests.kit.hub import RunningHub

PASSWORD = "battery-staple"
LOGIN = "/api/v1/auth/login"
SECOND = "/api/v1/auth/login/second-factor"
ME = "/api/v1/auth/me"
CONFIRM = "/api/v1/auth/confirm"
_CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Hashing as the hub does would be most of the tests' time."""


async def add(hub: RunningHub, username: str, role: Role = Role.VIEWER) -> int:
    """Add a user with the password `PASSWORD` and return the id."""
    async with hub.database.transaction() as connection:
        user = await users.add(connection, username, _CHEAP.hash(PASSWORD), role)
    assert user is not None
    return user


async def add_totp(hub: RunningHub, user: int) -> pyotp.TOTP:
    """Give a user a second factor."""
    raw = b"12345678901234567890"
    async with hub.database.transaction() as connection:
        sealed = hub.hub.services.vault.seal(f"totp:{user}", raw)
        await second_factors.put_pending(connection, user, sealed)
        await connection.execute("UPDATE user_totp SET confirmed_at = now() WHERE user_id = $1", user)
    return pyotp.TOTP(base64.b32encode(raw).decode())


def code_of(totp: pyotp.TOTP, ahead: int = 0) -> str:
    """Return the code of now, or of a step ahead."""
    return totp.at(time.time(), counter_offset=ahead)


async def log_in(client: httpx.AsyncClient, username: str, password: str = PASSWORD) -> httpx.Response:
    """Send name and password."""
    return await client.post(LOGIN, json={"username": username, "password": password})


async def age_proof(hub: RunningHub) -> None:
    """Let the last proof of everybody be eleven minutes ago."""
    async with hub.database.connection() as connection:
        await connection.execute("UPDATE user_sessions SET proven_at = proven_at - interval '11 minutes'")

"""Passwords: which are taken, and Argon2id with bounds on what checking them may cost."""

import asyncio
import functools
import secrets
from collections import Counter

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from opsentrix.errors import FieldError, InvalidError, TooManyRequestsError

MIN_CHARS = 8
_MIN_DIFFERENT = 4
_COMMON = frozenset((
    "abc", "abcd", "abcdef", "abcdefgh", "access", "admin", "administrator", "asdf", "asdfgh", "asdfghjkl",
    "azerty", "baseball", "batman", "changeme", "changeit", "computer", "default", "dragon", "flower", "football",
    "freedom", "hello", "iloveyou", "letmein", "login", "lovely", "master", "michael", "monkey", "mustang",
    "opsentrix", "pass", "passw", "passwd", "password", "passwort", "princess", "qazwsx", "qwer", "qwert", "qwerty",
    "qwertyuiop", "qwertz", "root", "secret", "server", "shadow", "starwars", "summer", "sunshine", "superman",
    "temp", "test", "testing", "trustno", "user", "welcome", "whatever", "winter", "zxcvbn", "zxcvbnm",
))  # fmt: skip
"""Words that guessing begins with; digits and signs around them are guessed as well."""
_RUNS = ("0123456789" * 3, "9876543210" * 3)
# OWASP's Password Storage Cheat Sheet asks for 19 MiB and two passes at least; three passes here. More memory would
# count against the hub for each login that is checked at the same time.
_HASHER = PasswordHasher(time_cost=3, memory_cost=19 * 1024, parallelism=1)
_SLOTS = 2
_WAITING = 64
_WAITING_FROM = 4


def check_strength(password: str, username: str) -> None:
    """Check that a new password is not among the first that somebody would guess.

    Raises:
        InvalidError: it is; the text says what to do.
    """
    weakness = weakness_of(password, username)
    if weakness is not None:
        raise InvalidError("Not valid: password.", FieldError("password", weakness))


def weakness_of(password: str, username: str) -> str | None:
    """Return what is wrong with a new password, or None."""
    if len(password) < MIN_CHARS:
        return f"must have at least {MIN_CHARS} characters; 12 or more are better"
    lowered = password.casefold()
    core = lowered.strip("0123456789 !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
    name = username.casefold().partition("@")[0]
    if core in _COMMON or lowered in _COMMON:
        return "is one of those that are guessed first"
    if core == username.casefold() or core == name or lowered in (username.casefold(), name, name[::-1]):
        return "must not be made of the user name"
    if len(set(lowered)) < _MIN_DIFFERENT or any(lowered in run for run in _RUNS):
        return f"must have at least {_MIN_DIFFERENT} different characters that are not just counted up"
    return None


class Passwords:
    """Hashes and checks passwords, few at a time.

    Each check takes a core and 19 MiB: more at once would let strangers exhaust the machine. Few may wait from one
    address, so that whoever floods the hub from there does not stand in line before everybody else; and a flood from
    everywhere leaves room for those who are known.
    """

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(_SLOTS)
        self._waiting: Counter[str] = Counter()

    async def verify(self, password_hash: str | None, password: str, source: str, *, known: bool) -> bool:
        """Return whether a password is that of a hash; without a hash it is not, and takes equally long.

        Args:
            password_hash: as it was stored.
            password: as it was typed.
            source: the network that it comes from.
            known: whether this person has logged in from there lately: they need not share the room with strangers.

        Raises:
            TooManyRequestsError: too many are waiting already.
        """
        full = not known and self._waiting.total() >= _WAITING
        if full or self._waiting[source] >= _WAITING_FROM:
            raise TooManyRequestsError("Too many logins are being checked: try again in a moment.", 2)
        self._waiting[source] += 1
        try:
            async with self._slots:
                return await asyncio.to_thread(_matches, password_hash, password)
        finally:
            self._waiting[source] -= 1
            if not self._waiting[source]:
                del self._waiting[source]

    async def hash(self, password: str) -> str:
        """Return the Argon2id hash of a password."""
        async with self._slots:
            return await asyncio.to_thread(_HASHER.hash, password)


async def hash_password(password: str) -> str:
    """Return the Argon2id hash of a password, where there is nobody else to wait for."""
    return await asyncio.to_thread(_HASHER.hash, password)


def _matches(password_hash: str | None, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash or _nobody(), password)
    except (VerificationError, InvalidHashError):
        return False


@functools.cache
def _nobody() -> str:
    """Return a hash that no password has; checked when the name is unknown, so that both failures take equally long."""
    return _HASHER.hash(secrets.token_hex(16))

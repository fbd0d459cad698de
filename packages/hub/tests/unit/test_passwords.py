"""Which passwords are taken, and what checking many at once may cost."""

import asyncio
import threading

import pytest
from opsentrix.access import passwords
from opsentrix.access.passwords import Passwords, weakness_of
from opsentrix.errors import TooManyRequestsError


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short-7", "at least 8 characters"),
        ("password", "guessed first"),
        ("Password123!", "guessed first"),
        ("2024-OPSENTRIX", "guessed first"),
        ("ann.smith", "user name"),
        ("Ann.Smith99", "user name"),
        ("htims.nna", "user name"),
        ("aaaaaaaa", "different characters"),
        ("abababab", "different characters"),
        ("12345678", "different characters"),
        ("3456789012", "different characters"),
        ("98765432", "different characters"),
    ],
)
def test_what_is_guessed_first_is_refused(password: str, why: str) -> None:
    found = weakness_of(password, "ann.smith")
    assert found is not None
    assert why in found


@pytest.mark.parametrize(
    "password", ["correct-horse", "Tr0ub4dor&3", "ärger im paradies", "x" * 3 + "7Kq!z", "90817263"]
)
def test_others_are_taken(password: str) -> None:
    assert weakness_of(password, "ann.smith") is None


async def test_no_more_than_two_are_checked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    lock, running, most = threading.Lock(), 0, 0
    both = threading.Barrier(2, timeout=10)

    def matches(password_hash: str | None, password: str) -> bool:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        both.wait()
        with lock:
            running -= 1
        return password == password_hash

    monkeypatch.setattr(passwords, "_matches", matches)
    checked = Passwords()
    answers = await asyncio.gather(*(checked.verify("right", word, str(at), known=False)
                                     for at, word in enumerate(["right", "wrong"] * 5)))  # fmt: skip
    assert answers == [True, False] * 5
    assert most == 2
    assert not checked._waiting


async def test_floods_leave_room(monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()
    monkeypatch.setattr(
        passwords, "_matches", lambda password_hash, password: go.wait(10) and password == password_hash
    )
    checked = Passwords()

    async def tried(source: str, *, known: bool = False) -> str:
        try:
            return str(await checked.verify("right", "right", source, known=known))
        except TooManyRequestsError:
            return "busy"

    from_one = [asyncio.ensure_future(tried("one")) for _ in range(100)]
    await asyncio.sleep(0)
    assert sum(one.done() and one.result() == "busy" for one in from_one) == 100 - 4
    another = asyncio.ensure_future(tried("another"))
    from_everywhere = [asyncio.ensure_future(tried(str(at))) for at in range(10_000)]
    await asyncio.sleep(0)
    assert sum(one.done() for one in from_everywhere) == 10_000 - (64 - 4 - 1)
    assert len(checked._waiting) <= 64
    known = asyncio.ensure_future(tried("home", known=True))
    await asyncio.sleep(0)
    assert not known.done()
    go.set()
    assert await another == await known == "True"
    await asyncio.gather(*from_one, *from_everywhere)


def test_a_hash_that_is_none_matches_nothing() -> None:
    assert not passwords._matches(None, "")
    assert not passwords._matches("!", "!")

"""One-time passwords against RFC 6238's own vectors, and how far a clock may be off."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from opsentrix.access.second_factors import _digest, _new_code, step_of

SECRET = base64.b32encode(b"12345678901234567890").decode()
"""The key of RFC 6238, appendix B, for SHA-1."""


@pytest.mark.parametrize(
    ("unix_s", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_the_vectors_of_rfc_6238(unix_s: int, code: str) -> None:
    # The RFC's have eight digits; six are their last six.
    assert step_of(SECRET, code, datetime.fromtimestamp(unix_s, UTC)) == unix_s // 30


def test_a_clock_may_be_off_by_one_step() -> None:
    at = datetime.fromtimestamp(1234567890, UTC)
    found = {off: step_of(SECRET, "005924", at + timedelta(seconds=off)) for off in (-60, -30, 0, 30, 60)}
    step = 1234567890 // 30
    assert found == {-60: None, -30: step, 0: step, 30: step, 60: None}


@pytest.mark.parametrize("code", ["", "5924", "0059240", "00592\uff14", "abcdef", " 05924"])
def test_other_text_is_wrong(code: str) -> None:
    assert step_of(SECRET, code, datetime.fromtimestamp(1234567890, UTC)) is None


def test_recovery_codes_are_told_however_they_are_typed() -> None:
    code = _new_code()
    assert len(code) == 23
    assert _digest(code) == _digest(code.upper().replace("-", " ")) == _digest(code.replace("-", ""))
    assert len({_new_code() for _ in range(100)}) == 100

from opsentrix_agent.backoff import CAP_S, REFUSED_S, REVOKED_S, Backoff


def test_waits_double_up_to_the_cap_and_start_over_after_success() -> None:
    ceilings = Backoff(uniform=lambda _low, high: high)
    assert [ceilings.failed() for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert all(ceilings.failed() == CAP_S for _ in range(2000))
    ceilings.succeeded()
    assert ceilings.failed() == 1


def test_the_jitter_is_full() -> None:
    assert Backoff(uniform=lambda low, _high: low).failed() == 0
    waits = {Backoff().failed() for _ in range(50)}
    assert len(waits) > 40
    assert all(0 <= wait <= 1 for wait in waits)


def test_a_refusal_waits_for_minutes() -> None:
    backoff = Backoff()
    assert all(REFUSED_S[0] <= backoff.failed(refused=True) <= REFUSED_S[1] for _ in range(20))
    assert REFUSED_S[0] >= 60


def test_a_revoked_agent_waits_for_about_an_hour() -> None:
    assert all(REVOKED_S[0] <= Backoff().failed(refused=True, revoked=True) <= REVOKED_S[1] for _ in range(20))
    assert REVOKED_S[0] >= 10 * REFUSED_S[0]

"""What goes out now: the cap, summaries, digests, and the order of each incident."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from opsentrix.model.notifications import Delivery
from opsentrix.notify.batching import Group, groups

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def delivery(number: int, incident: int | None = None, tries: int = 0, *, digest: bool = False) -> Delivery:
    return Delivery(number, 1, number if incident is None else incident, tries, NOW, digest=digest)


def ids(made: list[Group]) -> list[list[int]]:
    return [[one.id for one in group.parts] for group in made]


def test_what_fits_goes_alone() -> None:
    assert ids(groups([delivery(1), delivery(2)], 20, 4, bundles=True)) == [[1], [2]]


def test_what_is_over_the_cap_becomes_one_summary() -> None:
    made = groups([delivery(number) for number in range(1, 1001)], 5, 10, bundles=True)
    assert ids(made) == [[1], [2], [3], [4], list(range(5, 1001))]
    assert made[-1].why == "over the limit of messages a minute"


def test_with_one_message_left_all_go_in_it_and_with_none_all_wait() -> None:
    due = [delivery(1), delivery(2), delivery(3)]
    assert ids(groups(due, 1, 4, bundles=True)) == [[1, 2, 3]]
    assert groups(due, 0, 4, bundles=True) == []
    assert groups(due, -3, 4, bundles=True) == []
    assert groups(due, 4, 0, bundles=True) == []


def test_without_bundles_the_rest_waits() -> None:
    assert ids(groups([delivery(1), delivery(2), delivery(3)], 2, 4, bundles=False)) == [[1], [2]]


def test_a_digest_is_one_message() -> None:
    due = [delivery(1, digest=True), delivery(2), delivery(3, digest=True)]
    made = groups(due, 20, 4, bundles=True)
    assert ids(made) == [[2], [1, 3]]
    assert made[-1].why == "digest"
    assert ids(groups(due[:1], 20, 4, bundles=True)) == [[1]]


def test_an_incidents_end_waits_for_its_begin() -> None:
    assert ids(groups([delivery(1, 7), delivery(2, 7)], 20, 4, bundles=True)) == [[1]]


def test_what_was_tried_least_goes_first() -> None:
    assert ids(groups([delivery(1, tries=9), delivery(2)], 20, 1, bundles=True)) == [[2]]


def test_a_bundle_that_failed_goes_again_as_it_is() -> None:
    again = replace(delivery(1), bundle=True, incident_id=None, tries=2)
    made = groups([again, delivery(2), delivery(3), delivery(4)], 2, 4, bundles=True)
    assert ids(made) == [[2, 3, 4], [1]]
    assert ids(groups([again, delivery(2)], 20, 1, bundles=True)) == [[2]]


@given(
    st.lists(st.tuples(st.integers(1, 5), st.integers(0, 3), st.booleans()), max_size=40),
    st.integers(-2, 12), st.integers(-1, 8), st.booleans(),
)  # fmt: skip
def test_the_order_of_each_incident_is_kept_and_the_cap_too(
    given_due: list[tuple[int, int, bool]], allowance: int, slots: int, bundles: bool
) -> None:
    due = [delivery(n, incident, tries, digest=digest) for n, (incident, tries, digest) in enumerate(given_due, 1)]
    made = groups(due, allowance, slots, bundles=bundles)
    assert len(made) <= max(0, min(allowance, slots))
    sent = [one.id for group in made for one in group.parts]
    assert len(sent) == len(set(sent))
    if due and allowance > 0 and slots > 0:
        assert made, "something always moves"
    for group in made:
        assert bundles or len(group.parts) == 1
        inside = [one.id for one in group.parts]
        assert inside == sorted(inside)
        for one in group.parts:
            earlier = [each.id for each in due if each.incident_id == one.incident_id and each.id < one.id]
            # All before it go in the very same message, else they could arrive after it.
            assert set(earlier) <= set(inside)

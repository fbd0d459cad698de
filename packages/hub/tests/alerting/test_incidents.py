"""The incident book: what belongs together, when people are told, and when it is over."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from opsentrix.alerting import people
from opsentrix.errors import ConflictError
from opsentrix.model.incidents import EntryKind, IncidentKind, IncidentState
from opsentrix.model.quiet import Matcher, Op, Reach, Silence
from opsentrix.model.rules import Severity
from opsentrix.model.stored_alerts import AGENT_DELETED, AgentFacts

from packages.hub.tests.kit.story import START, Story, agents, at, rule


def silence(begin: float, end: float, *matchers: Matcher) -> Silence:
    everything = (Matcher("agent", Op.GLOB, "*"),)
    return Silence(12, Reach(matchers or everything), at(begin), at(end), "", "ann", START)


class TestTelling:
    def test_people_are_told_after_a_moment_and_of_the_end_once_it_stays(self) -> None:
        story = Story(agents("prod"))
        story.fire(0, "cpu", 1)
        assert story.wait(2.9) == []
        assert story.wait(3) == ["opened 1"]
        story.clear(100, "cpu", 1)
        assert story.wait(159) == ["opened 1"]
        assert story.wait(160) == ["opened 1", "resolved 1"]
        assert story.told_at() == [3, 160]
        first, last = story.notices
        assert (first.title, first.severity, first.agent_names) == ("cpu on a1", "warning", ("a1",))
        assert (last.resolved_at, last.lines[0]) == (at(160), "all alerts are over")

    def test_what_is_over_at_once_is_not_told(self) -> None:
        story = Story(agents("prod"))
        story.fire(0, "cpu", 1)
        story.clear(2, "cpu", 1)
        assert story.wait(100) == []
        assert story.timeline(1)[-1] == "nobody was told: it was over before"
        assert "nobody was told of cpu on a1: it was over at once" in story.timeline(1)

    def test_it_makes_no_difference_that_all_comes_late_at_once(self) -> None:
        story = Story(agents("prod"))
        story.fire(0, "cpu", 1)
        story.clear(60, "cpu", 1)
        story.fire(1000, "disk", 1)
        assert story.wait(2000) == ["opened 1", "resolved 1", "opened 2"]
        assert story.told_at() == [3, 120, 1003]

    def test_more_alerts_are_told_at_most_each_five_minutes(self) -> None:
        story = Story(agents(*["prod"] * 5))
        story.fire(0, "cpu", 1)
        for second, agent in ((1, 2), (10, 3), (20, 4), (400, 5)):
            assert story.fire(second, "cpu", agent).id == 1
        assert story.wait(1000) == ["opened 1", "changed 1", "changed 1"]
        assert story.told_at() == [3, 303, 603]
        assert story.notices[1].title == "cpu on a1 and 3 more"

    def test_a_graver_alert_makes_the_incident_graver(self) -> None:
        story = Story(agents("prod"))
        story.fire(0, "cpu", 1)
        incident = story.fire(10, "disk", 1, severity=Severity.CRITICAL)
        assert (incident.id, incident.severity) == (1, Severity.CRITICAL)
        assert story.wait(303) == ["opened 1", "changed 1"]
        assert story.notices[1].title == "disk on a1 and 1 more alert"

    def test_people_are_reminded_until_somebody_acknowledges(self) -> None:
        story, hour = Story(agents("prod")), 3600
        story.fire(0, "cpu", 1)
        assert story.wait(8 * hour + 3) == ["opened 1", "reminder 1", "reminder 1"]
        story.act(8 * hour + 10, people.acknowledge, 1, "ann", at(30 * hour))
        assert story.wait(30 * hour - 1)[3:] == ["acknowledged 1"]
        assert story.wait(30 * hour)[4:] == ["reminder 1"]
        assert story.book.incidents[1].state is IncidentState.OPEN
        assert story.wait(34 * hour)[5:] == ["reminder 1"]

    def test_no_data_is_not_the_end(self) -> None:
        story = Story(agents("prod"))
        story.fire(0, "cpu", 1)
        story.lose_data(60, "cpu", 1)
        assert story.wait(1000) == ["opened 1"]
        story.get_data(1000, "cpu", 1)
        assert [one for one in story.timeline(1) if "data" in one] == [
            "cpu on a1 has no data any more", "cpu on a1 has data again",
        ]  # fmt: skip
        story.clear(1100, "cpu", 1)
        assert story.wait(1160)[1:] == ["resolved 1"]


class TestGrouping:
    def test_the_same_rule_in_the_same_environment_belongs_together(self) -> None:
        story = Story(agents("prod", "prod", "lab", "", ""))
        assert [story.fire(n, "cpu", n).id for n in range(1, 6)] == [1, 1, 2, 3, 3]
        assert "cpu on a2 joined: same rule, environment prod" in story.timeline(1)

    def test_a_rule_may_group_by_tags(self) -> None:
        known = {n: AgentFacts(n, f"a{n}", "server", f"e{n}", frozenset((tag,))) for n, tag in
                 enumerate(("rack:1", "rack:2", "rack:1", "os:a", "os:a"), 1)}  # fmt: skip
        story = Story(known, rules={1: rule(1, "cpu", group_by=("rack:*",))})
        assert [story.fire(n, "cpu", n).id for n in known] == [1, 2, 1, 3, 4]

    def test_alerts_of_one_agent_belong_together_until_they_are_over(self) -> None:
        story = Story(agents("prod"))
        assert [story.fire(0, "cpu", 1).id, story.fire(1, "disk", 1, "sda").id] == [1, 1]
        story.clear(2, "cpu", 1)
        story.clear(3, "disk", 1, "sda")
        assert story.fire(4, "disk", 1, "sdb").id == 2

    def test_a_rule_about_the_fleet_is_an_incident_of_its_own(self) -> None:
        story = Story(agents("prod"))
        assert [story.fire(0, "cpu", 1).id, story.fire(0, "count", None).id] == [1, 2]
        assert story.wait(3) == ["opened 1", "opened 2"]
        assert story.notices[1].title == "count"

    def test_what_fires_again_within_an_hour_goes_back_to_its_incident(self) -> None:
        story = Story(agents("prod"))
        story.fire(0, "cpu", 1)
        story.clear(10, "cpu", 1)
        assert story.wait(70) == ["opened 1", "resolved 1"]
        assert story.fire(3000, "cpu", 1).id == 1
        assert story.wait(3003)[2:] == ["opened 1"]
        story.clear(3010, "cpu", 1)
        story.wait(3100)
        assert story.fire(6611, "cpu", 1).id == 2

    def test_an_alert_that_flaps_counts_until_it_was_calm(self) -> None:
        story = Story(agents("prod"))
        for second in range(0, 600, 100):
            story.fire(second, "cpu", 1)
            story.clear(second + 50, "cpu", 1)
        assert story.told == ["opened 1"]
        lines = len(story.timeline(1))
        assert story.wait(550 + 900 + 59) == ["opened 1"]
        assert story.wait(550 + 900 + 60) == ["opened 1", "resolved 1"]
        assert story.told_at() == [3, 1510]
        assert "cpu on a1 flaps: it counts until it was calm for 15 min" in story.timeline(1)
        assert lines < 12

    def test_an_alert_that_flaps_faster_than_it_waits_is_told(self) -> None:
        story = Story(agents("prod"))
        for second in range(0, 40, 2):
            story.fire(second, "cpu", 1)
            story.clear(second + 1, "cpu", 1)
        assert story.told == ["opened 1"]

    def test_a_deleted_agent_ends_even_what_flaps(self) -> None:
        story = Story(agents("prod"))
        for second in range(0, 80, 10):
            story.fire(second, "cpu", 1)
            story.clear(second + 5, "cpu", 1)
        story.clear(100, "cpu", 1, reason=AGENT_DELETED)
        assert "cpu on a1 is over: agent deleted" in story.timeline(1)
        assert story.wait(160) == ["opened 1", "resolved 1"]


class TestLosses:
    def test_the_loss_of_a_gateway_explains_those_behind_it(self) -> None:
        story = Story(agents("core", "prod", "lab", *[""] * 37), {2: [1], 3: [2]})
        # Whoever reports more often is missed first.
        assert story.fire(0, "offline", 3).id == 1
        assert story.fire(1, "offline", 2).id == 2
        assert story.fire(5, "offline", 1).id == 3
        assert [one.merged_into for one in story.book.incidents.values()] == [2, 3, None]
        assert "offline on a2 joined: behind a1" in story.timeline(3)
        assert story.wait(100) == ["opened 3"]
        assert story.told_at() == [20]

    def test_those_behind_are_told_of_when_only_the_gateway_is_back(self) -> None:
        story = Story(agents("core", "prod", *[""] * 28), {2: [1]})
        story.fire(0, "offline", 1)
        assert story.fire(1, "offline", 2).id == 1
        assert story.wait(600) == ["opened 1"]
        story.clear(600, "offline", 1)
        assert story.wait(659) == ["opened 1"]
        assert story.wait(660) == ["opened 1", "changed 1"]
        assert story.notices[1].title == "offline on a2"
        assert "offline on a2: quiet is over (behind a1)" in story.timeline(1)

    def test_one_of_two_uplinks_explains_nothing(self) -> None:
        story = Story(agents("core", "core2", "prod", *[""] * 27), {3: [1, 2]})
        assert [story.fire(n, "offline", agent).id for n, agent in enumerate((1, 3))] == [1, 2]
        assert story.fire(2, "offline", 2).id == 3
        assert story.book.incidents[2].merged_into == 3

    def test_many_agents_lost_at_once_are_one_incident(self) -> None:
        story = Story(agents("a", "b", "c", "d", "a", "b"), fleet=30)
        assert [story.fire(n, "offline", n + 1).id for n in range(3)] == [1, 2, 3]
        assert story.book.incidents[1].kind is IncidentKind.ALERTS
        assert story.fire(14, "offline", 4).id == 1
        assert [one.merged_into for one in story.book.incidents.values()] == [None, 1, 1, 1]
        assert story.fire(14.5, "offline", 5).id == 1
        assert story.fire(70, "offline", 6).id == 1
        assert story.wait(100) == ["opened 1"]
        assert (story.notices[0].title, story.notices[0].severity) == ("5 of 30 agents lost", "critical")

    def test_what_people_know_of_stays_in_its_incident(self) -> None:
        story = Story(agents("a", "a", "b", "c", "d"), fleet=10)
        assert story.fire(0, "offline", 1).id == 1
        assert story.wait(15) == ["opened 1"]
        assert story.fire(20, "offline", 2).id == 1
        assert [story.fire(21 + n, "offline", 3 + n).id for n in range(2)] == [2, 2]
        assert story.book.incidents[2].kind is IncidentKind.MASS_LOSS
        assert [one.agent_id for one in story.book.incidents[1].own()] == [1]
        assert [one.agent_id for one in story.book.incidents[2].own()] == [3, 2, 4]

    def test_few_of_many_or_slowly_are_not_many(self) -> None:
        few = Story(agents("a", "b", "c"), fleet=30)
        assert [few.fire(n, "offline", n + 1).id for n in range(3)] == [1, 2, 3]
        slow = Story(agents("a", "b", "c"))
        assert [slow.fire(n * 31, "offline", n + 1).id for n in range(3)] == [1, 2, 3]

    def test_a_gateway_that_somebody_resolved_still_explains(self) -> None:
        story = Story(agents("core", "prod", *[""] * 28), {2: [1]})
        story.fire(0, "offline", 1)
        story.act(100, people.resolve, 1, "ann", "known")
        incident = story.fire(200, "offline", 2)
        assert (incident.id, incident.members[next(iter(incident.members))].quiet) == (2, "behind a1")
        assert story.wait(400) == ["opened 1", "resolved 1"]


class TestQuiet:
    def test_quiet_keeps_back_notices_and_nothing_else(self) -> None:
        story = Story(agents("prod"), silences=[silence(-10, 100)])
        assert story.fire(0, "cpu", 1).open
        assert story.wait(99) == []
        assert story.timeline(1)[1] == "cpu on a1 is quiet: silence 12 until 2026-11-21 12:01:40 UTC"
        assert story.wait(103) == ["opened 1"]
        assert "cpu on a1: quiet is over (silence 12)" in story.timeline(1)

    def test_who_was_told_is_told_of_the_end_quiet_or_not(self) -> None:
        story = Story(agents("prod"), silences=[silence(10, 10_000)])
        story.fire(0, "cpu", 1)
        story.clear(100, "cpu", 1)
        assert story.wait(200) == ["opened 1", "resolved 1"]

    def test_what_was_quiet_all_the_time_is_never_told(self) -> None:
        story = Story(agents("prod"), silences=[silence(-10, 10_000)])
        story.fire(0, "cpu", 1)
        story.clear(100, "cpu", 1)
        assert story.wait(20_000) == []
        assert story.timeline(1)[-1] == "nobody was told: quiet: silence 12"

    def test_one_alert_that_is_not_quiet_is_told(self) -> None:
        story = Story(agents("prod", "prod"), silences=[silence(-10, 10_000, Matcher("agent", Op.IS, "a1"))])
        assert [story.fire(0, "cpu", n).id for n in (1, 2)] == [1, 1]
        assert story.wait(3) == ["opened 1"]
        known = {one.agent_id: one.told for one in story.book.incidents[1].own()}
        assert known == {1: False, 2: True}

    def test_a_silence_that_is_made_later_counts(self) -> None:
        story = Story(agents("prod"))
        story.fire(0, "cpu", 1)
        world = Story(agents("prod"), silences=[silence(1, 50)]).world
        story.restart(2, world)
        assert story.wait(49) == []
        assert story.wait(53) == ["opened 1"]


class TestPeople:
    def test_resolving_is_told_and_a_new_alert_opens_another(self) -> None:
        story = Story(agents("prod"))
        story.fire(0, "cpu", 1)
        story.act(10, people.resolve, 1, "ann", "rebooted")
        assert story.wait(100) == ["opened 1", "resolved 1"]
        story.clear(200, "cpu", 1)
        assert story.fire(300, "cpu", 1).id == 2
        with pytest.raises(ConflictError):
            story.act(300, people.resolve, 1, "ann", "")

    def test_what_a_person_opens_again_a_person_resolves(self) -> None:
        story = Story(agents("prod"))
        story.fire(0, "cpu", 1)
        story.clear(10, "cpu", 1)
        story.wait(100)
        story.act(100, people.reopen, 1, "ann")
        story.wait(1000)
        assert story.book.incidents[1].open
        story.act(1000, people.resolve, 1, "ann", "")
        assert not story.book.incidents[1].open

    def test_merging_tells_the_end_of_what_was_told(self) -> None:
        story = Story(agents("a", "b"))
        story.fire(0, "cpu", 1)
        story.fire(0, "cpu", 2)
        story.wait(3)
        story.act(10, people.merge, 1, [2], "ann")
        assert story.told == ["opened 1", "opened 2", "resolved 2"]
        assert len(story.book.incidents[1].own()) == 2
        story.clear(20, "cpu", 1)
        story.clear(30, "cpu", 2)
        assert story.wait(100)[3:] == ["resolved 1"]
        for wrong in ([1], [2]):
            with pytest.raises(ConflictError):
                story.act(100, people.merge, 1, wrong, "ann")

    def test_words_stay_in_the_timeline(self) -> None:
        story = Story(agents("prod"))
        story.fire(0, "cpu", 1)
        story.act(1, people.assign, 1, "ann", "bob")
        story.act(2, people.comment, 1, "bob", "on it")
        story.act(3, people.write_notes, 1, "bob", "It was the cron job.")
        story.act(4, people.acknowledge, 1, "bob", at(100))
        story.act(5, people.unacknowledge, 1, "bob")
        spoken = [(one.kind, one.actor) for one in story.entries if one.actor != "hub"]
        assert spoken == [
            (EntryKind.ASSIGNED, "ann"), (EntryKind.COMMENT, "bob"), (EntryKind.NOTES, "bob"),
            (EntryKind.ACKNOWLEDGED, "bob"), (EntryKind.UNACKNOWLEDGED, "bob"),
        ]  # fmt: skip
        assert (story.book.incidents[1].assignee, story.book.incidents[1].notes) == ("bob", "It was the cron job.")


def test_a_book_made_anew_goes_on() -> None:
    whole, cut = (Story(agents("core", "prod", "lab", *[""] * 37), {2: [1]}) for _ in range(2))
    for story in (whole, cut):
        steps: tuple[Callable[[], object], ...] = (
            partial(story.fire, 0, "cpu", 3), partial(story.fire, 1, "offline", 2), partial(story.wait, 2),
            partial(story.fire, 5, "offline", 1), partial(story.clear, 700, "offline", 1),
            partial(story.clear, 710, "offline", 2), partial(story.clear, 711, "cpu", 3), partial(story.wait, 900),
        )  # fmt: skip
        for step in steps:
            step()
            if story is cut:
                story.restart((story.book.now - START) / timedelta(seconds=1))
    assert cut.told == whole.told
    assert cut.entries == whole.entries


def test_a_clock_that_is_set_back_delays_no_first_notice() -> None:
    story = Story(agents("prod"))
    story.fire(3600, "cpu", 1)
    story.restart(0)
    assert story.wait(60) == ["opened 1"]


def test_a_thousand_alerts_at_once_are_one_notice() -> None:
    story = Story(agents(*["prod"] * 1000))
    story.fire_all(0, "cpu")
    assert story.wait(3) == ["opened 1"]
    assert story.notices[0].title == "cpu on a1 and 999 more"
    assert len(story.notices[0].lines) == 21

"""When a ping may leave, and what is known of those that did; time is the test's."""

import pytest
from opsentrix.watch.chain import Beats, Chain, broken
from opsentrix.watch.deadman import Answer, DeadMan

WHOLE = Chain(1.0, 0.6, 1.2, 5.0, 0.0, 4.0, proven=True)


class Owner:
    """Whoever expects the pings, and the clock."""

    def __init__(self, url: str = "https://hc.example/secret") -> None:
        self.now = 1000.0
        self.wrong: list[str] = []
        self.answer = Answer(ok=True, status=200, text="OK")
        self.got: list[str] = []
        self.switch = DeadMan(url, 60.0, self.ping, lambda: 1.7e9 + self.now, lambda: self.now)

    async def ping(self, url: str) -> Answer:
        self.got.append(url)
        return self.answer

    async def go_on(self, seconds: int) -> int:
        """Let time pass; return how many pings came meanwhile."""
        before = len(self.got)
        for _ in range(seconds):
            self.now += 1
            await self.switch.step(self.wrong)
        return len(self.got) - before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"engine": 31.0}, "no evaluation of rules for 31 s"),
        ({"incidents": 31.0}, "no pass over incidents for 31 s"),
        ({"notifications": 31.0}, "no look for notifications for 31 s"),
        ({"written": 31.0}, "no row was written for 31 s"),
        ({"unwritten": 31.0}, "alerts wait to be written for 31 s"),
        ({"canary": 61.0}, "the canary has been under way for 61 s"),
        ({"proven": False}, "no canary came through since the start"),
    ],
)
def test_each_stage_that_is_stuck_breaks_the_chain(change: dict[str, float], said: str) -> None:
    assert broken(WHOLE) == []
    assert broken(WHOLE._replace(**change)) == [said]  # type: ignore[arg-type]


def test_without_canaries_none_is_missed() -> None:
    assert broken(WHOLE._replace(canary=None, proven=False)) == []


def test_a_stage_that_never_did_anything_ages_from_the_start() -> None:
    now = [5.0]
    beats = Beats(lambda: now[0])
    now[0] = 25.0
    assert beats.age("engine") == 20.0
    beats.beat("engine")
    now[0] = 26.0
    assert beats.age("engine") == 1.0


async def test_it_pings_each_interval_while_all_is_well() -> None:
    owner = Owner()
    assert await owner.go_on(1) == 1
    assert await owner.go_on(180) == 3
    assert owner.got[0] == "https://hc.example/secret"
    assert owner.switch.failing() == 0.0


async def test_nothing_leaves_while_the_chain_is_broken_and_at_once_when_it_is_whole() -> None:
    owner = Owner()
    await owner.go_on(1)
    owner.wrong = ["no evaluation of rules for 31 s"]
    assert await owner.go_on(300) == 0
    assert owner.switch.state.held == ("no evaluation of rules for 31 s",)
    assert owner.switch.failing() == 0.0
    owner.wrong = []
    assert await owner.go_on(1) == 1
    assert not owner.switch.state.held


async def test_a_ping_that_fails_is_known_and_goes_on() -> None:
    owner = Owner()
    await owner.go_on(1)
    arrived = owner.switch.state.ok_at
    owner.answer = Answer(ok=False, status=500, text="broken")
    assert await owner.go_on(130) == 2
    assert owner.switch.failing() == 70.0
    assert (owner.switch.state.ok_at, owner.switch.state.answer) == (arrived, owner.answer)
    owner.answer = Answer(ok=True, status=200, text="OK")
    await owner.go_on(60)
    assert owner.switch.failing() == 0.0


async def test_a_test_shows_the_answer_but_never_lies() -> None:
    owner = Owner()
    assert await owner.switch.test([]) == owner.answer
    told = await owner.switch.test(["no row was written for 40 s"])
    assert (told.ok, told.text) == (False, "Held back: no row was written for 40 s.")
    assert len(owner.got) == 1


async def test_without_a_url_there_is_no_switch() -> None:
    owner = Owner("")
    assert await owner.go_on(100) == 0
    assert not (await owner.switch.test([])).ok

import logging

import pytest
from opsentrix_agent.errors import LinkError
from opsentrix_agent.greeting import Greeting, Limits
from opsentrix_agent.link import (
    ACK_TIMEOUT_S,
    BACKLOG_FRAMES_PER_S,
    BACKLOG_WINDOW_FRAMES,
    DEAD_AFTER_S,
    LIVE_FRAMES,
    MAX_HELLO_LAYOUTS,
    PING_AFTER_S,
    WINDOW_FRAMES,
    Link,
    Phase,
)
from opsentrix_agent.spool import Spool
from opsentrix_protocol import opsentrix_pb2 as pb

from .support import BOOT, layout, put

OLD_BOOT = bytes(16)


class Talk:
    """A link and what the hub says on it; the clock is a number."""

    def __init__(self, *seqs: int) -> None:
        self.now = 100.0
        self.spool = Spool(1 << 20)
        put(self.spool, *seqs)
        self.paces: list[int] = []
        self.limits: list[Limits] = []
        greeting = Greeting("1.2.3", BOOT, 1000, 5, {"os.type": "linux"})
        self.delay_s = 0.0
        self.link = Link(
            self.spool,
            greeting,
            self.paces.append,
            self.limits.append,
            wall_ms=lambda: 42_000,
            uniform=lambda _low, _high: self.delay_s,
        )

    def hello(self) -> pb.Hello:
        return pb.AgentMessage.FromString(self.link.open(self.now)).hello

    def say(self, **body: object) -> None:
        message = pb.HubMessage()
        for name, content in body.items():
            getattr(message, name).CopyFrom(content)
        self.link.receive(message.SerializeToString(), self.now)

    def open(self, **welcome: object) -> "Talk":
        self.hello()
        message = pb.Welcome(hub_version="9", agent_id=7)
        for name, value in welcome.items():
            getattr(message, name).extend(value) if isinstance(value, list) else setattr(message, name, value)
        self.say(welcome=message)
        return self

    def ack(self, *seqs: int) -> None:
        self.say(ack=pb.Ack(boot_id=BOOT, seqs=seqs))

    def reject(self, seq: int, reason: pb.RejectReason, *, permanent: bool = False, retry_ms: int = 0) -> None:
        self.say(
            reject=pb.Reject(
                boot_id=BOOT,
                seq=seq,
                reason=reason,
                field="frame.columns",
                detail="is short",
                permanent=permanent,
                retry_after_ms=retry_ms,
            )
        )

    def sent(self) -> list[pb.AgentMessage]:
        messages = []
        while (data := self.link.poll(self.now)) is not None:
            messages.append(pb.AgentMessage.FromString(data))
        return messages

    def frames(self) -> list[tuple[int, bool]]:
        """Return the seqs of the frames sent now, and whether each carried its layout."""
        return [(one.frame.seq, one.frame.HasField("layout")) for one in self.sent() if one.HasField("frame")]


def test_hello_names_the_present_boot_first_and_what_is_spooled() -> None:
    talk = Talk()
    put(talk.spool, 8, boot_id=OLD_BOOT, of=layout("x"))
    put(talk.spool, 1)
    hello = talk.hello()
    assert list(hello.boot_ids) == [BOOT, OLD_BOOT]
    assert set(hello.layout_ids) == {layout("x").id, layout().id}
    assert (hello.agent_version, hello.step_ms, hello.frame_ticks, hello.time_ms) == ("1.2.3", 1000, 5, 42_000)
    assert dict(hello.host) == {"os.type": "linux"}
    assert "pace" in hello.capabilities


def test_hello_stays_small_however_often_the_layout_changed() -> None:
    talk = Talk()
    for seq in range(1, 200):
        put(talk.spool, seq, of=layout(f"series-{seq}"))
    named = talk.hello().layout_ids
    assert len(named) == MAX_HELLO_LAYOUTS
    assert named[-1] == layout("series-199").id


def test_nothing_is_sent_before_welcome() -> None:
    talk = Talk(1)
    talk.hello()
    assert talk.sent() == []
    assert talk.link.phase is Phase.GREETING


def test_frames_go_in_order_and_only_the_first_carries_the_layout() -> None:
    talk = Talk(1, 2, 3).open()
    assert talk.frames() == [(1, True), (2, False), (3, False)]
    assert talk.frames() == []
    talk.ack(1, 3)
    assert len(talk.spool) == 1
    put(talk.spool, 4, of=layout("new"))
    assert talk.frames() == [(4, True)]


def test_a_layout_that_the_hub_knows_is_not_sent() -> None:
    talk = Talk(1).open(known_layout_ids=[layout().id])
    assert talk.frames() == [(1, False)]


def test_welcome_drops_what_is_committed() -> None:
    talk = Talk(1, 2, 3, 4)
    ranges = [pb.SeqRange(first=1, last=1), pb.SeqRange(first=3, last=3)]
    talk.open(committed=[pb.Committed(boot_id=BOOT, last_seq=3, ranges=ranges)])
    assert talk.frames() == [(2, True), (4, False)]
    assert talk.spool.dropped == 0


def test_what_was_in_flight_is_sent_again_on_the_next_link_with_its_layout() -> None:
    talk = Talk(1, 2).open()
    assert len(talk.frames()) == 2
    talk.link.close()
    assert talk.sent() == []
    talk.open()
    assert talk.frames() == [(1, True), (2, False)]


def seqs(talk: Talk) -> list[int]:
    return [seq for seq, _ in talk.frames()]


def test_after_an_outage_the_newest_go_first_and_the_old_ones_behind_them() -> None:
    talk = Talk(*range(1, 101)).open()
    assert seqs(talk) == [*range(101 - LIVE_FRAMES, 101), 1]
    talk.now += 1
    assert seqs(talk) == list(range(2, 1 + BACKLOG_WINDOW_FRAMES))
    put(talk.spool, 101)
    assert seqs(talk) == [101], "what is new never waits for what is old"
    talk.now += 1
    assert seqs(talk) == [], "the hub has enough old ones to do"
    talk.ack(1, 2)
    assert seqs(talk) == [BACKLOG_WINDOW_FRAMES + 1, BACKLOG_WINDOW_FRAMES + 2]


def test_old_frames_wait_for_a_random_while_and_new_ones_do_not() -> None:
    talk = Talk(*range(1, 51))
    talk.delay_s = 3.0
    talk.open()
    assert seqs(talk) == list(range(51 - LIVE_FRAMES, 51))
    assert talk.link.deadline(talk.now) == pytest.approx(talk.now + 3.0)
    talk.now += 3.0
    assert seqs(talk)[0] == 1


def test_a_hub_that_acks_at_once_gets_old_frames_at_a_bounded_rate() -> None:
    talk = Talk(*range(1, 1001)).open()
    sent = 0
    for _ in range(100):
        talk.now += 0.1
        for seq in seqs(talk):
            talk.ack(seq)
            sent += 1
    assert sent == pytest.approx(10 * BACKLOG_FRAMES_PER_S + LIVE_FRAMES, abs=6)


def test_an_agent_that_stops_sends_all_that_the_window_takes() -> None:
    talk = Talk(*range(1, 101)).open()
    talk.link.stopping = True
    assert len(talk.frames()) == WINDOW_FRAMES
    talk.ack(1, 2)
    assert len(talk.frames()) == 2


def test_an_unanswered_frame_is_sent_again_after_a_while() -> None:
    talk = Talk(1).open()
    talk.frames()
    talk.now += ACK_TIMEOUT_S - 0.1
    assert talk.frames() == []
    assert talk.link.deadline(talk.now) <= talk.now + 0.11
    talk.now += 0.2
    assert talk.frames() == [(1, False)]


def test_a_permanent_reject_drops_the_frame_and_names_the_field(caplog: pytest.LogCaptureFixture) -> None:
    talk = Talk(1, 2).open()
    talk.frames()
    talk.reject(1, pb.REJECT_REASON_COLUMN_LENGTH, permanent=True)
    assert (len(talk.spool), talk.spool.dropped) == (1, 1)
    assert "COLUMN_LENGTH frame.columns: is short" in caplog.text
    talk.now += 1
    assert talk.frames() == []


def test_a_transient_reject_waits_as_long_as_the_hub_says() -> None:
    talk = Talk(1).open()
    talk.frames()
    put(talk.spool, 2)
    talk.reject(1, pb.REJECT_REASON_BUSY, retry_ms=2500)
    assert talk.frames() == []
    assert talk.link.deadline(talk.now) == pytest.approx(talk.now + 2.5)
    talk.now += 2.5
    assert talk.frames() == [(1, True), (2, False)]
    assert talk.spool.dropped == 0


def test_a_transient_reject_without_a_time_waits_a_second() -> None:
    talk = Talk(1).open()
    talk.frames()
    talk.reject(1, pb.REJECT_REASON_BUSY)
    talk.now += 0.9
    assert talk.frames() == []
    talk.now += 0.1
    assert talk.frames() == [(1, True)]


def test_an_unknown_layout_is_sent_at_once_with_the_frame() -> None:
    talk = Talk(1).open(known_layout_ids=[layout().id])
    assert talk.frames() == [(1, False)]
    talk.reject(1, pb.REJECT_REASON_UNKNOWN_LAYOUT)
    assert talk.frames() == [(1, True)]


def test_a_hub_that_never_learns_a_layout_is_not_asked_in_a_tight_loop() -> None:
    talk = Talk(1).open()
    assert talk.frames() == [(1, True)]
    talk.reject(1, pb.REJECT_REASON_UNKNOWN_LAYOUT)
    assert talk.frames() == []
    talk.now += 1
    assert talk.frames() == [(1, True)]


def test_a_refused_hello_ends_the_link() -> None:
    talk = Talk()
    talk.hello()
    with pytest.raises(LinkError, match="UNSUPPORTED"):
        talk.say(reject=pb.Reject(reason=pb.REJECT_REASON_UNSUPPORTED, field="hello.step_ms", permanent=True))


def test_a_reject_of_something_else_harms_nothing(caplog: pytest.LogCaptureFixture) -> None:
    talk = Talk(1).open()
    talk.reject(99, pb.REJECT_REASON_MALFORMED, permanent=True)
    assert talk.frames() == [(1, True)]
    assert "MALFORMED" in caplog.text


def test_a_reason_from_a_newer_hub_is_logged_by_number(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    talk = Talk(1).open()
    talk.frames()
    talk.say(reject=pb.Reject(boot_id=BOOT, seq=1, reason=99, permanent=False))  # type: ignore[arg-type]  # not in the enum
    assert "99" in caplog.text


def test_the_pace_is_followed_and_ends_with_the_link() -> None:
    talk = Talk().open(frame_ticks=2)
    talk.say(pace=pb.Pace(frame_ticks=1))
    talk.say(pace=pb.Pace(frame_ticks=0))
    talk.say(pace=pb.Pace(frame_ticks=1))
    talk.link.close()
    talk.link.close()
    assert talk.paces == [2, 1, 5, 1, 5]


def test_the_limits_of_the_hub_are_passed_on() -> None:
    talk = Talk().open(max_message_bytes=1000, max_series=50)
    assert talk.limits == [Limits(1000, 50)]


def test_a_heartbeat_goes_only_when_nothing_else_did() -> None:
    talk = Talk().open()
    talk.now += 4.9
    assert talk.sent() == []
    assert talk.link.deadline(talk.now) == pytest.approx(talk.now + 0.1)
    talk.now += 0.1
    (beat,) = talk.sent()
    assert (beat.heartbeat.status, beat.heartbeat.time_ms) == (pb.AGENT_STATUS_ONLINE, 42_000)
    talk.now += 4
    put(talk.spool, 1)
    assert talk.frames() == [(1, True)]
    talk.now += 4
    assert talk.sent() == []


def test_farewell_says_offline_and_what_was_lost() -> None:
    talk = Talk(1, 2).open()
    talk.spool.discard((BOOT, 1))
    beat = pb.AgentMessage.FromString(talk.link.farewell()).heartbeat
    assert (beat.status, beat.spooled_frames, beat.dropped_frames) == (pb.AGENT_STATUS_OFFLINE, 1, 1)


def test_a_silent_hub_is_pinged_and_then_given_up() -> None:
    talk = Talk().open()
    talk.now += PING_AFTER_S
    assert talk.link.ping_due(talk.now)
    assert not talk.link.ping_due(talk.now)
    talk.now += DEAD_AFTER_S - PING_AFTER_S - 0.1
    assert not talk.link.dead(talk.now)
    talk.now += 0.1
    assert talk.link.dead(talk.now)
    talk.link.heard(talk.now)
    assert not talk.link.dead(talk.now)


def test_a_hub_that_never_says_welcome_is_given_up() -> None:
    talk = Talk()
    talk.hello()
    assert talk.link.deadline(talk.now) <= talk.now + PING_AFTER_S
    talk.now += DEAD_AFTER_S
    assert talk.link.dead(talk.now)


def test_garbage_ends_the_link_and_unknown_messages_do_not() -> None:
    talk = Talk().open()
    with pytest.raises(LinkError, match="not a message"):
        talk.link.receive(b"\xff\xff\xff", talk.now)
    talk.link.receive(b"", talk.now)
    talk.link.receive(b"\xa2\x06\x03abc", talk.now)  # field 100, which no hub of today sends


def test_a_command_is_refused() -> None:
    talk = Talk().open()
    talk.say(command=pb.Command(id="c-1", agent_id=7, action="restart"))
    (message,) = talk.sent()
    assert message.command_result.command_id == "c-1"
    assert message.command_result.status == pb.CommandResult.STATUS_REFUSED


def test_a_frame_says_what_the_full_spool_dropped_before_it() -> None:
    talk = Talk()
    talk.spool = Spool(4000)
    talk.link = Link(talk.spool, Greeting("1", BOOT, 1000, 5), uniform=lambda _low, _high: 0.0)
    put(talk.spool, *range(1, 30))
    talk.open()
    talk.link.stopping = True  # all at once, so that the oldest is among them
    sent = sorted((one.frame for one in talk.sent()), key=lambda frame: frame.seq)
    assert sent[0].lost_before == sent[0].seq - 1 > 0
    assert {frame.lost_before for frame in sent[1:]} == {0}

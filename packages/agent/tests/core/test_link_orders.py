"""What a link passes on of the hub's orders, and what it tells of the agent's states."""

from opsentrix_agent.greeting import Greeting
from opsentrix_agent.link import MAX_REPLIES, Link
from opsentrix_agent.orders import Actions, Duties, Orders, refused
from opsentrix_agent.uploads import PIECE_EVERY_S, Window
from opsentrix_protocol import opsentrix_pb2 as pb

from .support import BOOT
from .test_link import OLD_BOOT, Talk


class Heard(Orders):
    """What the hub asked for."""

    def __init__(self) -> None:
        self.upgrades: list[pb.Upgrade] = []
        self.acks = 0

    def upgrade(self, wanted: pb.Upgrade) -> None:
        self.upgrades.append(wanted)

    def acknowledged(self) -> None:
        self.acks += 1


def test_requests_for_upgrades_and_acks_of_this_run_are_passed_on() -> None:
    talk, heard = Talk(1), Heard()
    talk.link._duties = Duties(heard)
    talk.open()
    talk.say(upgrade=pb.Upgrade(version="2.0"))
    assert [one.version for one in heard.upgrades] == ["2.0"]
    talk.say(ack=pb.Ack(boot_id=OLD_BOOT, seqs=[1]))
    assert heard.acks == 0
    talk.say(ack=pb.Ack(boot_id=BOOT, seqs=[1]))
    assert heard.acks == 1


def test_states_are_told_to_hubs_that_know_of_them_each_time_anew() -> None:
    talk = Talk()
    talk.link.tell("upgrades", pb.AgentMessage(upgrade_state=pb.UpgradeState(version="2.0")))
    talk.open()
    assert talk.link.poll(talk.now) is None
    for _ in range(2):
        talk.open(capabilities=["upgrades"])
        told = talk.link.poll(talk.now)
        assert told is not None
        assert pb.AgentMessage.FromString(told).upgrade_state.version == "2.0"
        assert talk.link.poll(talk.now) is None


def test_hello_says_whether_the_owner_allows_upgrades() -> None:
    talk = Talk()
    assert "upgrades" not in talk.hello().capabilities
    talk.link.allow("upgrades", allowed=True)
    assert "upgrades" in talk.hello().capabilities


class Notebook(Orders):
    """Notes what the hub orders."""

    version = 3

    def __init__(self) -> None:
        self.heard: list[object] = []

    def configure(self, version: int, content_json: str) -> None:
        self.heard.append((version, content_json))

    def restart(self) -> None:
        self.heard.append("restart")


def test_orders_are_passed_on_and_the_present_version_is_named() -> None:
    talk, orders = Talk(), Notebook()
    talk.link = Link(talk.spool, Greeting("1", BOOT, 1000, 5), duties=Duties(orders))
    hello = talk.hello()
    assert (hello.configuration_version, "configuration" in hello.capabilities) == (3, True)
    talk.say(welcome=pb.Welcome())
    talk.say(configuration=pb.Configuration(version=4, content_json="{}"))
    talk.say(control=pb.Control(action=pb.Control.ACTION_RESTART))
    talk.say(control=pb.Control())
    assert orders.heard == [(4, "{}"), "restart"]


def test_the_state_is_told_on_each_connection_and_at_each_change_to_hubs_that_take_it() -> None:
    talk = Talk().open()
    talk.link.tell("configuration", pb.AgentMessage(configuration_state=pb.ConfigurationState(version=1)))
    assert talk.sent() == []
    for _ in range(2):
        talk.open(capabilities=["configuration"])
        assert [one.configuration_state.version for one in talk.sent()] == [1]
        assert talk.sent() == []
    talk.link.tell("configuration", pb.AgentMessage(configuration_state=pb.ConfigurationState(version=2)))
    assert [one.configuration_state.version for one in talk.sent()] == [2]


def test_another_interval_counts_in_hello_and_waits_until_nobody_watches() -> None:
    talk = Talk().open(frame_ticks=1)
    talk.link.set_frame_ticks(30)
    assert talk.paces[-1] == 1
    talk.say(pace=pb.Pace())
    assert talk.paces[-1] == 30
    assert talk.hello().frame_ticks == 30


def test_a_recording_goes_behind_the_frames_and_at_its_own_pace() -> None:
    talk = Talk(1, 2)
    talk.link = Link(
        talk.spool,
        Greeting("1", BOOT, 1000, 5),
        duties=Duties(recordings=lambda *_: Window((b"older", b"newer"), truncated=True)),
    )
    assert "recordings" in talk.hello().capabilities
    talk.say(welcome=pb.Welcome())
    talk.say(recording_request=pb.RecordingRequest(id=3, from_ms=1, to_ms=2, max_bytes=100))
    assert [one.WhichOneof("body") for one in talk.sent()] == ["frame", "frame", "recording"]
    assert talk.link.deadline(talk.now) <= talk.now + PIECE_EVERY_S
    talk.now += 0.9 * PIECE_EVERY_S
    assert talk.sent() == []
    talk.now += 0.1 * PIECE_EVERY_S
    (message,) = talk.sent()
    assert message.recording == pb.Recording(id=3, index=1, last=True, data=b"newer", truncated=True)


def test_a_new_connection_owes_no_recording() -> None:
    talk = Talk().open()
    talk.say(recording_request=pb.RecordingRequest(id=3))
    talk.link.close()
    talk.open()
    assert talk.sent() == []


class Follower(Actions):
    """Notes what it is asked, and has something to say."""

    def __init__(self, *messages: bytes) -> None:
        self.heard: list[object] = []
        self._messages = list(messages)

    def command(self, command: pb.Command) -> list[bytes]:
        self.heard.append(command.id)
        return [refused(command.id, "no")]

    def cancel(self, command_id: str) -> None:
        self.heard.append(("cancel", command_id))

    def acked(self, ack: pb.CommandAck) -> None:
        self.heard.append(("ack", ack.command_id))

    def welcomed(self, *, acks: bool) -> None:
        self.heard.append(("welcome", acks))

    def poll(self) -> bytes | None:
        return self._messages.pop(0) if self._messages else None


def test_an_agent_without_a_policy_refuses_commands_within_bounds() -> None:
    talk = Talk().open()
    for number in range(1000):
        talk.say(command=pb.Command(id=f"c-{number}", action="service.restart"))
    talk.say(command_cancel=pb.CommandCancel(command_id="c-1"))
    talk.say(command_ack=pb.CommandAck(command_id="c-1"))
    sent = talk.sent()
    assert len(sent) == MAX_REPLIES
    assert {one.command_result.status for one in sent} == {pb.CommandResult.STATUS_REFUSED}
    assert "actions" not in talk.hello().capabilities


def test_commands_go_to_what_follows_them_and_its_messages_go_behind_the_frames() -> None:
    output = pb.AgentMessage(command_output=pb.CommandOutput(command_id="c-1", seq=1)).SerializeToString()
    follower, talk = Follower(output), Talk(1)
    talk.link.follow_commands(follower)
    talk.link.allow("actions", allowed=True)
    assert "actions" in talk.hello().capabilities
    talk.say(welcome=pb.Welcome(capabilities=["actions"]))
    talk.say(command=pb.Command(id="c-1"))
    talk.say(command_cancel=pb.CommandCancel(command_id="c-1"))
    talk.say(command_ack=pb.CommandAck(command_id="c-1"))
    assert follower.heard == [("welcome", True), "c-1", ("cancel", "c-1"), ("ack", "c-1")]
    assert [one.WhichOneof("body") for one in talk.sent()] == ["command_result", "frame", "command_output"]
    talk.open()
    assert follower.heard[-1] == ("welcome", False)
    talk.link.allow("actions", allowed=False)
    assert "actions" not in talk.hello().capabilities

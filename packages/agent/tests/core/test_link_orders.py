"""What a link passes on of the hub's orders, and what it tells of the agent's states."""

from opsentrix_agent.orders import Duties, Orders
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
    talk.link.allow_upgrades(allowed=True)
    assert "upgrades" in talk.hello().capabilities

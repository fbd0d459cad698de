"""The part of a session that is about upgrades: what the agent is asked goes out, how far it is comes in."""

from datetime import UTC, datetime

from opsentrix_protocol import opsentrix_pb2 as pb

from opsentrix.db import Connection
from opsentrix.model.upgrades import AgentState, Rollout
from opsentrix.storage import upgrades

CAPABILITY = "upgrades"
MAX_DETAIL = 1000
_STATES = {
    pb.UpgradeState.STATE_REFUSED: AgentState.REFUSED,
    pb.UpgradeState.STATE_DOWNLOADING: AgentState.DOWNLOADING,
    pb.UpgradeState.STATE_STAGED: AgentState.STAGED,
    pb.UpgradeState.STATE_APPLYING: AgentState.APPLYING,
    pb.UpgradeState.STATE_CONFIRMED: AgentState.CONFIRMED,
    pb.UpgradeState.STATE_REVERTED: AgentState.REVERTED,
    pb.UpgradeState.STATE_FAILED: AgentState.FAILED,
}


def message_of(rollout: Rollout) -> pb.HubMessage:
    """Return the message that asks an agent for a rollout's release."""
    release = rollout.release
    signatures = [pb.ReleaseSignature(key_id=one.key_id, signature=one.signature) for one in release.signatures]
    upgrade = pb.Upgrade(
        rollout_id=rollout.key,
        version=release.version,
        sha256=bytes.fromhex(release.sha256),
        size=release.size,
        signatures=signatures,
    )
    return pb.HubMessage(upgrade=upgrade)


async def greeted(connection: Connection, agent_id: int, *, allowed: bool) -> pb.HubMessage | None:
    """Note whether an agent that connects allows upgrades, and return what it has to be asked again, if anything."""
    await upgrades.set_allowed(connection, agent_id, allowed=allowed)
    if not allowed:
        return None
    rollout = await upgrades.order_for(connection, agent_id)
    return None if rollout is None else message_of(rollout)


async def told(connection: Connection, agent_id: int, state: pb.UpgradeState) -> None:
    """Keep how far an agent says that it is: bounded and printable, whatever it sends."""
    known = _STATES.get(state.state)
    if known is not None and len(state.rollout_id) == 16:
        detail = "".join(one for one in state.detail[:MAX_DETAIL] if one.isprintable())
        await upgrades.report(connection, agent_id, state.rollout_id, known, detail, datetime.now(UTC))

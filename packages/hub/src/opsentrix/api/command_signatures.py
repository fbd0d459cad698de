"""Commands that an operator's own key signs: the texts to sign, and the signatures that came back."""

import secrets
from datetime import timedelta

from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.commands import command_text, key_id

from opsentrix.api.command_plan import MAX_SIGNED, CommandBody, NewCommand, Plan, SignatureBody
from opsentrix.api.services import Services
from opsentrix.errors import FieldError, InvalidError
from opsentrix.model.access import Principal
from opsentrix.model.commands import MAX_LIFE, NewRun
from opsentrix.response.keeper import signed_name
from opsentrix.response.keys import is_signed
from opsentrix.storage import operator_keys
from opsentrix.storage.times import unix_ms

SIGN_WITHIN = timedelta(minutes=5)


async def own_key(services: Services, who: Principal, wanted: str | None) -> bytes:
    """Return the public key of a person's own key, 32 bytes.

    Raises:
        InvalidError: they have none of this id.
    """
    async with services.database.connection() as connection:
        keys = await operator_keys.of_user(connection, who.id)
    for one in keys:
        if key_id(one.public_key) == wanted:
            return one.public_key
    raise InvalidError("Not valid: key_id.", FieldError("key_id", "must be the id of a key of yours"))


def prepared(services: Services, body: CommandBody, plan: Plan, who: Principal) -> list[tuple[pb.Command, str]]:
    """Return a command for each agent, without signature, and the text that is to be signed of it.

    Raises:
        InvalidError: there are too many agents to sign for.
    """
    if len(plan.agents) > MAX_SIGNED:
        detail = f"are {len(plan.agents)}; a key signs for at most {MAX_SIGNED} at once"
        raise InvalidError("Not valid: agents.", FieldError("agents", detail))
    issued = unix_ms(services.now())
    made = []
    for one in plan.agents:
        command = pb.Command(
            id=secrets.token_hex(16), agent_id=one.id, action=body.action, params_json=plan.params,
            nonce=secrets.token_bytes(16), issued_ms=issued, expires_ms=issued + body.expires_s * 1000,
            timeout_ms=body.timeout_s * 1000, by=signed_name(who.username),
        )  # fmt: skip
        made.append((command, command_text(command, services.command_key.id).decode()))
    return made


async def signed_runs(services: Services, body: NewCommand, plan: Plan, who: Principal) -> tuple[list[NewRun], int]:
    """Return the runs that an operator signed, checked, and when the first of them expires in Unix milliseconds.

    Raises:
        InvalidError: a signature is missing, too old, or not good.
    """
    public = await own_key(services, who, body.key_id)
    given = {one.agent: one for one in body.signatures or ()}
    if given.keys() != {one.id for one in plan.agents} or len(given) != len(body.signatures or ()):
        raise _invalid("must be one for each agent, and no others: prepare the command again")
    runs = []
    for agent, turn in zip(plan.agents, plan.turns, strict=True):
        one = given[agent.id]
        command = _command(body, plan, one, who)
        _check_time(services, one)
        if not is_signed(public, command_text(command, services.command_key.id), command.signature):
            raise _invalid(f"that for agent {agent.id} is not good: another key made it, or something was changed")
        runs.append(NewRun(agent.id, one.id, turn, command.SerializeToString()))
    return runs, min(one.expires_ms for one in given.values())


def _command(body: NewCommand, plan: Plan, one: SignatureBody, who: Principal) -> pb.Command:
    return pb.Command(
        id=one.id, agent_id=one.agent, action=body.action, params_json=plan.params, nonce=bytes.fromhex(one.nonce),
        issued_ms=one.issued_ms, expires_ms=one.expires_ms, timeout_ms=body.timeout_s * 1000,
        key_id=body.key_id or "", signature=bytes.fromhex(one.signature), by=signed_name(who.username),
    )  # fmt: skip


def _check_time(services: Services, one: SignatureBody) -> None:
    now = unix_ms(services.now())
    within = abs(now - one.issued_ms) <= SIGN_WITHIN.total_seconds() * 1000
    if not within or not now < one.expires_ms <= one.issued_ms + MAX_LIFE.total_seconds() * 1000:
        raise _invalid("were prepared too long ago: prepare the command again")


def _invalid(detail: str) -> InvalidError:
    return InvalidError("Not valid: signatures.", FieldError("signatures", detail))

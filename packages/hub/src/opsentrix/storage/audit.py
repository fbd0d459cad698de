"""The audit log: who did what to what, and from where. Rows are only ever added."""

from opsentrix.db import Connection


async def add(connection: Connection, actor: str, action: str, target: str, address: str, **detail: object) -> None:
    """Write one entry, in the transaction of the change that it tells of.

    Args:
        connection: inside the change's transaction.
        actor: `user:<name>`, `agent:<id>` or `hub`.
        action: noun and verb, such as `agent.delete`.
        target: what was acted on, such as `agent:12`.
        address: where the request came from; empty for the hub itself.
        detail: more about it; never a secret.
    """
    await connection.execute(
        "INSERT INTO audit_log (actor, action, target, address, detail) VALUES ($1, $2, $3, $4, $5)",
        actor, action, target, address, detail,
    )  # fmt: skip

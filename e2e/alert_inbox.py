"""What providers took: by a real mail server and real HTTP servers, read back into which alert it was about."""

import asyncio
import contextlib
import itertools
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass

from aiosmtpd.smtp import SMTP, Envelope, Session

from packages.hub.tests.kit.mailbox import Mailbox, collecting
from packages.hub.tests.kit.receiver import Answer, Got, receiving

_LINE = re.compile(r"^\[\w+\] \w+ on ([\w-]+)(?:: (-?\d+))?$", re.MULTILINE)
_LOOK_S = 0.05
REFUSED_EACH = 3
"""The provider that is not well answers 500 to each request whose number is a multiple of this."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One alert as a message tells of it: its agent, its value there, and whether all of it is over."""

    agent: str
    value: int | None
    over: bool


class Channel:
    """What one provider took, in order."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.keys: list[str] = []
        self._told: dict[Fact, set[str]] = {}
        self._last: dict[str, bool] = {}

    def take(self, key: str, subject: str, text: str) -> None:
        """Keep a message: `key` is the delivery's own, the same whenever it is sent again."""
        self.keys.append(key)
        for agent, value in _LINE.findall("\n".join(text.splitlines())):
            fact = Fact(agent, int(value) if value else None, over=subject.startswith("[resolved]"))
            self._told.setdefault(fact, set()).add(key)
            self._last[agent] = fact.over

    def messages(self, fact: Fact) -> int:
        """Return how many different messages told of it."""
        return len(self._told.get(fact, ()))

    def over(self, agent: str) -> bool | None:
        """Return whether the last message about an agent says that all is over; None without any."""
        return self._last.get(agent)

    def facts(self) -> Iterable[Fact]:
        """Return all that was told."""
        return self._told

    @property
    def doubled(self) -> int:
        """Messages that came again, under the same key."""
        return sum(count - 1 for count in Counter(self.keys).values())


class Inbox:
    """All providers.

    Attributes:
        hook: an HTTP server; requests wait for `gate` before it takes them.
        shaky: another one, which refuses some.
        mail: a mail server.
        gate: called for each request of `hook`; what it raises cuts the connection, and nothing is taken.
    """

    def __init__(self) -> None:
        self.hook, self.shaky, self.mail = Channel("webhook"), Channel("webhook, unwell"), Channel("mail")
        self.channels = (self.hook, self.shaky, self.mail)
        self.gate: Callable[[], Awaitable[None]] | None = None
        self.settings: list[dict[str, object]] = []
        self._requests = itertools.count(1)

    @property
    def taken(self) -> int:
        """How many messages all providers took."""
        return sum(len(one.keys) for one in self.channels)

    def told(self, fact: Fact) -> bool:
        """Return whether all providers know of it."""
        return all(one.messages(fact) for one in self.channels)

    def all_say(self, agent: str, *, over: bool) -> bool:
        """Return whether the last word of each provider about an agent is that all is over, or that it is not."""
        return all(one.over(agent) is over for one in self.channels)

    async def on_hook(self, got: Got) -> Answer:
        """Answer a request of the provider that is well."""
        if self.gate is not None:
            await self.gate()
        return self._keep(self.hook, got)

    async def on_shaky(self, got: Got) -> Answer:
        """Answer a request of the one that is not."""
        if next(self._requests) % REFUSED_EACH == 0:
            return Answer(500, b"not now")
        return self._keep(self.shaky, got)

    def _keep(self, channel: Channel, got: Got) -> Answer:
        told = got.json["commonAnnotations"]
        channel.take(got.headers["x-opsentrix-delivery"], told["summary"], told["description"])
        return Answer()


class _Post(Mailbox):
    """A mailbox that puts what it gets into the inbox."""

    channel: Channel

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = await super().handle_DATA(server, session, envelope)
        mail = self.mails[-1]
        body = mail.get_body(("plain",))
        assert body is not None
        self.channel.take(mail["Message-ID"], mail["Subject"], body.get_content())
        return answer


@contextlib.asynccontextmanager
async def open_inbox() -> AsyncIterator[Inbox]:
    """Run all providers on free ports of 127.0.0.1; `settings` are what makes channels of them."""
    inbox = Inbox()
    async with receiving() as hook, receiving() as shaky, collecting() as post:
        hook.react, shaky.react = inbox.on_hook, inbox.on_shaky
        post.__class__ = _Post
        _Post.channel = inbox.mail
        mail = {
            "host": "127.0.0.1", "port": post.port, "security": "none", "sender": "hub@example.org",
            "recipients": ["ann@example.org"],
        }  # fmt: skip
        inbox.settings = [
            {"name": "hook", "kind": "webhook", "settings": {"url": hook.url}},
            {"name": "shaky", "kind": "webhook", "settings": {"url": shaky.url}},
            {"name": "mail", "kind": "email", "settings": mail},
        ]
        yield inbox


async def until(holds: Callable[[], bool], what: str, within_s: float) -> None:
    """Wait, without holding up the providers.

    Raises:
        AssertionError: it does not hold in time; the text says what was waited for.
    """
    try:
        async with asyncio.timeout(within_s):
            while not holds():  # noqa: ASYNC110 - threads and processes bring it about
                await asyncio.sleep(_LOOK_S)
    except TimeoutError:
        raise AssertionError(f"not within {within_s:.0f} s: {what}") from None

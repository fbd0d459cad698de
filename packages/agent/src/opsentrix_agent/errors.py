"""The error tree of the agent."""


class AgentError(Exception):
    """Anything that the agent itself raises; its text is one clear sentence for people."""

    exit_code = 1


class SettingsError(AgentError):
    """A setting is missing or wrong; the text names its key."""

    exit_code = 78


class IdentityError(AgentError):
    """The file with the agent's identity is missing or cannot be used."""

    exit_code = 77


class CollectorUnavailableError(AgentError):
    """What a collector reads does not exist on this machine."""


class PluginError(AgentError):
    """A plugin of the owner may not be run, or did not do what it should.

    Attributes:
        problem: what is wrong.
        fix: a command against it, or nothing.
    """

    def __init__(self, problem: str, fix: str = "") -> None:
        super().__init__(f"{problem}; run: {fix}" if fix else problem)
        self.problem = problem
        self.fix = fix


class EnrollmentError(AgentError):
    """The hub did not take this agent."""

    exit_code = 77


class HubError(AgentError):
    """The hub could not be asked, or gave an answer that makes no sense."""

    exit_code = 69


class LinkError(AgentError):
    """The link to the hub failed; trying again later may help."""


class LinkRefusedError(LinkError):
    """The hub refused this agent's credential; trying again soon does not help."""


class LinkRevokedError(LinkRefusedError):
    """The hub has revoked this agent's identity; only enrolling again helps."""


class LinkRenewedError(LinkError):
    """The hub knows the new credential: the link goes on with that one, on a new connection."""


def refusal(how: str, word: str) -> LinkRefusedError:
    """Return what it comes to that the hub does not let this agent in.

    Args:
        how: the status.
        word: what the hub says in `Opsentrix-Refusal`, or nothing.
    """
    if word == "revoked":
        return LinkRevokedError("the hub has revoked this agent; enroll it again with --force.")
    return LinkRefusedError(f"the hub refuses this agent's credential ({how}); enroll it again.")


class ReleaseError(AgentError):
    """A release of the agent cannot be unpacked, or is not there."""


class UpgradeError(AgentError):
    """An upgrade cannot be made; nothing was changed."""


class UpgradeRefusedError(UpgradeError):
    """An upgrade is not wanted by the owner of the machine, or is not signed by whom the owner trusts."""

    exit_code = 77


class PolicyError(AgentError):
    """The policy of the machine's owner cannot be followed; nothing is allowed then."""

    exit_code = 78


class NoPolicyError(PolicyError):
    """The machine's owner has written no policy."""


class RefusedError(AgentError):
    """A command is not followed; the text says why, for people on both sides."""

    exit_code = 77

"""The error tree of the agent."""


class AgentError(Exception):
    """Anything that the agent itself raises; its text is one clear sentence for people."""

    exit_code = 1


class SettingsError(AgentError):
    """A setting is missing or wrong; the text names its key."""

    exit_code = 78


class CollectorUnavailableError(AgentError):
    """What a collector reads does not exist on this machine."""


class EnrollmentError(AgentError):
    """The hub did not take this agent."""

    exit_code = 77


class LinkError(AgentError):
    """The link to the hub failed; trying again later may help."""


class LinkRefusedError(LinkError):
    """The hub refused this agent's credential; trying again soon does not help."""

"""What goes wrong, in words for everybody who looks: an error's own text may quote what is not for them, and goes to the log."""

import logging

from headway.errors import BadInput, HeadwayError, Refused, Retryable, Unreachable
from headway.workspace.chart_addresses import NotShown

_LOG = logging.getLogger(__name__)


class Away(Unreachable):
    """Worded by the view itself."""


class NoServer(BadInput):
    """No Prefect server is named."""

    def __init__(self) -> None:
        super().__init__(
            "no Prefect server is named",
            where="PREFECT_API_URL",
            next_step="Set it, or use a profile; a release view is started anew then.",
        )


def sentence(error: Exception) -> str:
    if isinstance(error, (Away, NoServer)):
        return str(error)
    if isinstance(error, Retryable):
        return "it does not answer"
    if isinstance(error, Refused):
        return "these credentials may not ask"
    return f"it cannot be read ({type(error).__name__}; the log of headway view says more)"


def of_repository(error: HeadwayError) -> str:
    """Of a chart repository: its address, and what it answered, are for operators."""
    if isinstance(error, NotShown):
        return str(error)
    _LOG.warning("%s", error)
    return f"its chart repository: {sentence(error)}"

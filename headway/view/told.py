"""What goes wrong, in words for everybody who looks: an error's own text may quote what is not for them, and goes to the log.

Which errors a page may quote is decided here alone; of those of a provider that signs people in, signing_in.
"""

import logging
from dataclasses import dataclass

from headway.errors import BadInput, HeadwayError, NoServer, Refused, Retryable, Unreachable
from headway.formats.capitalised import capitalised
from headway.workspace.chart_addresses import NotShown

_LOG = logging.getLogger(__name__)


class Away(Unreachable):
    """Something does not answer. A page may quote it: the view has worded it itself."""


class CannotBeDone(BadInput):
    """What somebody asks for cannot be done here and now. A page may quote it: the view has worded it itself."""


_QUOTED = (Away, CannotBeDone, NoServer, NotShown)


@dataclass(frozen=True, slots=True)
class Answer:
    """A page that says why there is no other. `code`: of HTTP."""

    code: int
    title: str
    sentence: str


def answer(error: HeadwayError, about: str = "what this page is about") -> Answer:
    """`about`: what was asked, in words."""
    is_away = isinstance(error, Retryable)
    code, title = (503, "Try again") if is_away else (409, "This cannot be done")
    if isinstance(error, _QUOTED):
        return Answer(code, title, str(error))
    _LOG.warning("%s: %s", about, error)
    again = " Try again in a minute." if is_away else ""
    return Answer(code, title, f"{capitalised(about)}: {sentence(error)}.{again}")


def sentence(error: Exception) -> str:
    if isinstance(error, _QUOTED):
        return str(error)
    if isinstance(error, Retryable):
        return "it does not answer"
    if isinstance(error, Refused):
        return "these credentials may not ask"
    return f"it cannot be read ({type(error).__name__}; the log of headway view says more)"


def of_repository(error: HeadwayError) -> str:
    """Of a chart repository: its address, and what it answered, are for operators."""
    if isinstance(error, _QUOTED):
        return str(error)
    _LOG.warning("%s", error)
    return f"its chart repository: {sentence(error)}"

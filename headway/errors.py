"""One tree of errors, because who catches one must only ask one question: may I try again?

Every error says what went wrong, where (file and line, or object), and what a person can do next.

    HeadwayError
    ├── Terminal            the input must change; trying again changes nothing
    │   ├── BadInput        a file, value or parameter that a person wrote is wrong
    │   │   ├── MissingKey  a sops file is sound, but no key of this machine opens it
    │   │   └── NoServer    no Prefect server is named
    │   └── Refused         what was asked would overwrite or lose something
    │       ├── ProtectedBranch  a git host takes no push to it
    │       └── UnsupportedHere  a system of that kind has no such thing
    ├── WouldChange         a dry run has come to what it would write
    └── Retryable           the world may change; the same call may succeed later
        ├── Unreachable     a registry, git remote, chart repository or API server did not answer
        │   └── LeftAlone   it was not even asked, because it is in trouble or wants to be left alone
        ├── Gone            an API server has no such object (any more)
        ├── TimedOut        a program did not end in time and was killed
        └── Conflict        somebody else wrote first: look again and decide again
            └── LeaseLost   somebody else may be acting on the release by now
"""


class HeadwayError(Exception):
    """Base of all errors of Headway. `str()` is one line a finding: "where: what. next_step"."""

    def __init__(self, what: str, *, where: str = "", next_step: str = "") -> None:
        self.what = what
        self.where = where
        self.next_step = next_step
        sentence = f"{where}: {what}" if where else what
        if next_step:
            end = "" if sentence.endswith("?") else "."
            sentence = f"{sentence.rstrip('.')}{end} {next_step}"
        super().__init__(sentence)

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.what, self.where, self.next_step))


def _rebuild(kind: type[HeadwayError], what: str, where: str, next_step: str) -> HeadwayError:
    return kind(what, where=where, next_step=next_step)


class Terminal(HeadwayError):
    """The input must change; trying again changes nothing."""


class WouldChange(HeadwayError):
    """A dry run has come to what it would write; nothing was. No trouble, and not caught as one."""


class Retryable(HeadwayError):
    """The world may change; the same call may succeed later."""


class BadInput(Terminal):
    """A file, value or parameter that a person wrote is wrong; nothing was changed."""


class MissingKey(BadInput):
    """A sops file is sound, but no key of this machine opens it."""


class NoServer(BadInput):
    """No Prefect server is named."""

    def __init__(
        self,
        what: str = "no Prefect server is named",
        *,
        where: str = "PREFECT_API_URL",
        next_step: str = "Set it, or use a profile.",
    ) -> None:
        super().__init__(what, where=where, next_step=next_step)


class Refused(Terminal):
    """What was asked would overwrite or lose something; nothing was changed."""


class ProtectedBranch(Refused):
    """A git host takes no push to the branch; nothing was changed."""


class UnsupportedHere(Refused):
    """A system of that kind has no such thing; nothing was changed."""


class Unreachable(Retryable):
    """A registry, git remote, chart repository or API server did not answer."""

    def __init__(
        self,
        what: str,
        *,
        where: str = "",
        next_step: str = "",
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        """`status`: of HTTP, 0 where nothing came at all, None where that says nothing of the host; `retry_after`: seconds for
        which the host asks to be left alone."""
        super().__init__(what, where=where, next_step=next_step)
        self.status, self.retry_after = status, retry_after


class LeftAlone(Unreachable):
    """A host was not even asked, because it is in trouble, or wants to be left alone."""


class Conflict(Retryable):
    """Somebody else wrote first: look again and decide again."""


class LeaseLost(Conflict):
    """Somebody else may be acting on the release by now."""


class Gone(Retryable):
    """An API server does not have the object, its kind or its namespace."""


class TimedOut(Retryable):
    """A program did not end in time and was killed."""

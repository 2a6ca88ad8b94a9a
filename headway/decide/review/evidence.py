"""What is kept of a failure before a release goes back and its pods are gone: what, how, since when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from headway.decide.review.plan import Plan
from headway.decide.review.plan_markdown import markdown as plan_markdown
from headway.formats.known_secrets import KnownSecrets
from headway.formats.markdown import fenced, listed, section
from headway.model.record import Cause
from headway.model.release_ref import ReleaseRef

LOG_LINES = 60


@dataclass(frozen=True, slots=True)
class FailedPart:
    """A resource or test that failed. `log` is the end of its container's output."""

    resource: str
    """`Pod/catalog-6f`, `Job/buy-something`, `test catalog-test`."""
    condition: str
    """What the API or helm says of it, in a sentence."""
    pod: str = ""
    container: str = ""
    log: str = ""

    def without(self, known: KnownSecrets) -> "FailedPart":
        hide = known.hide
        return FailedPart(
            hide(self.resource), hide(self.condition), hide(self.pod), self.container, hide(self.log)
        )


@dataclass(frozen=True, slots=True)
class Evidence:
    """Shape of the evidence artifact. `events` are lines, oldest first."""

    ref: ReleaseRef
    version: str
    failure: str
    """What failed, in one sentence."""
    cause: Cause
    """As far as it is known before the experiment."""
    parts: tuple[FailedPart, ...] = ()
    events: tuple[str, ...] = ()
    plan: Plan | None = None
    """What this release had changed."""


def markdown(evidence: Evidence, *, secrets: Sequence[str] = ()) -> str:
    """`secrets` are values that must not be shown, wherever they stand (logs above all); a plan comes without any."""
    known = KnownSecrets.of(secrets)
    title = f"## {evidence.ref}: {evidence.version} failed"
    whose = _WHOSE[evidence.cause]
    lines = [title, "", known.hide(evidence.failure), "", whose, ""]
    for part in (each.without(known) for each in evidence.parts):
        lines += section(part.resource, _part(part))
    lines += section("Events", fenced(map(known.hide, evidence.events)) if evidence.events else [])
    text = "\n".join(lines)
    if evidence.plan:
        text += "\n" + plan_markdown(evidence.plan, "What this release changed:", cut=True)
    return text


_WHOSE: Mapping[Cause, str] = {
    "version": "Looks like a failure of the version.",
    "surroundings": "Looks like a failure of the surroundings.",
    "unknown": "Nothing here says whether the version or its surroundings failed.",
}


def _part(part: FailedPart) -> list[str]:
    place = [f"pod `{part.pod}`"] if part.pod else []
    place += [f"container `{part.container}`"] if part.container else []
    lines = [part.condition, "", *listed(place)]
    tail = part.log.rstrip("\n").splitlines()[-LOG_LINES:] if part.log else []
    return lines + (fenced(tail) if tail else [])

"""What is kept of a failure before a release goes back and its pods are gone: what, how, since when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from headway.decide.review.event_lines import NO_EVENTS, EventLines
from headway.decide.review.plan import Plan
from headway.decide.review.plan_markdown import markdown as plan_markdown
from headway.formats.known_secrets import KnownSecrets
from headway.formats.markdown import fenced, folded, listed, section
from headway.model.record import Cause
from headway.model.release_ref import ReleaseRef

LOG_LINES = 60
LAST_WORDS = 200
"""Characters of a log's last line in the paragraph."""


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
    """Shape of the evidence artifact."""

    ref: ReleaseRef
    version: str
    failure: str
    """What failed, in one sentence."""
    cause: Cause
    """As far as it is known before the experiment."""
    parts: tuple[FailedPart, ...] = ()
    """What says most first."""
    events: EventLines = NO_EVENTS
    plan: Plan | None = None
    """What this release had changed."""

    def without(self, known: KnownSecrets) -> "Evidence":
        events = EventLines(
            tuple(map(known.hide, self.events.warnings)), tuple(map(known.hide, self.events.ordinary))
        )
        parts = tuple(each.without(known) for each in self.parts)
        return replace(self, failure=known.hide(self.failure), parts=parts, events=events)


def markdown(evidence: Evidence, *, secrets: Sequence[str] = ()) -> str:
    """`secrets` are values that must not be shown, wherever they stand (logs above all); a plan comes without any."""
    known = KnownSecrets.of(secrets)
    evidence = evidence.without(known)
    lines = [f"## {evidence.ref}: {evidence.version} failed", "", paragraph(evidence), ""]
    for part in evidence.parts:
        lines += section(part.resource, _part(part))
    warnings, ordinary = evidence.events.warnings, evidence.events.ordinary
    lines += section("Warnings", fenced(warnings) if warnings else [])
    lines += folded(f"Ordinary events: {len(ordinary)}", ordinary) if ordinary else []
    text = "\n".join(lines)
    if evidence.plan:
        text += "\n" + plan_markdown(evidence.plan, "What this release changed:", cut=True)
    return text


def paragraph(evidence: Evidence) -> str:
    """What failed, what the first of its parts says, its last words, and whose failure it looks like: on one line.

    Secrets are not redacted: see Evidence.without.
    """
    said = [evidence.failure]
    if evidence.parts:
        first = evidence.parts[0]
        if first.condition not in evidence.failure:
            said.append(f"{first.resource}: {first.condition}")
        words = [line.strip() for line in first.log.splitlines() if line.strip()]
        if words and words[-1] not in evidence.failure:
            last = words[-1][:LAST_WORDS].replace("`", "'")
            said.append(f"Last it said: `{last}`")
    return " ".join(map(_sentence, [*said, _WHOSE[evidence.cause]]))


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text if text.endswith((".", "!", "?", ":")) else f"{text}."


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

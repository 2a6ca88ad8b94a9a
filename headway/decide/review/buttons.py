"""Which buttons of a release can be pressed now, and of the others why not: for pages, and for whoever presses all the same."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from headway.decide.release import lifting
from headway.decide.review.status import ReleaseStatus


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of the release that a button is for. None: that is not known, and disables no button."""

    status: ReleaseStatus
    before: str = ""
    """The environment that versions come from; empty where none comes before."""
    is_registered: bool | None = None
    """Whether Prefect knows the application."""
    waits: bool | None = None
    """Whether a release waits for an answer."""


def why_not(name: str, seen: Seen) -> str:
    """Why a button cannot be pressed, in sentences; empty where it can. `name`: as in the address of the button's page."""
    if name == "answer":
        return "No release waits for an answer." if seen.waits is False else ""
    if seen.is_registered is False:
        application = seen.status.ref.application
        return f"{application} is not registered in Prefect: no run of it can be started. headway add registers it."
    return _OF_ITS_OWN[name](seen) if name in _OF_ITS_OWN else ""


def grouped(found: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Titles of buttons with why they cannot be pressed; those for the same reason together."""
    titles: dict[str, list[str]] = {}
    for title, why in found:
        titles.setdefault(why, []).append(title)
    return tuple((", ".join(those), why) for why, those in titles.items())


def _promote(seen: Seen) -> str:
    status, here = seen.status, seen.status.ref.environment
    if not seen.before:
        return f"No environment comes before {here}: its versions come by a delivery."
    if not (status.freeze or status.policy_freeze):
        return ""
    who = f"by {status.freeze.by}: {status.freeze.why}" if status.freeze else "in its policy"
    return f"{here} is frozen {who}. Nothing is promoted until that is lifted."


def _run_tests(seen: Seen) -> str:
    nothing = f"Nothing runs in {seen.status.ref.environment}: there is nothing to test."
    return "" if seen.status.version else nothing


def _lift(seen: Seen) -> str:
    status = seen.status
    barred = [each for each in status.rejected if not each.was_withdrawn]
    if status.hold or status.freeze or barred:
        return ""
    withdrawn = (
        f" {each.version} was withdrawn: {lifting.way_back(status.ref, each)}." for each in status.rejected
    )
    return f"There is nothing to lift here.{''.join(withdrawn)}"


_OF_ITS_OWN: Mapping[str, Callable[[Seen], str]] = {
    "promote": _promote,
    "run-tests": _run_tests,
    "lift": _lift,
}

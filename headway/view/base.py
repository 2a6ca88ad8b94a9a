"""What every page of the view stands on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from headway.decide.release.state import State
from headway.decide.review.status import ReleaseStatus
from headway.errors import BadInput, HeadwayError
from headway.model.release_ref import ReleaseRef
from headway.view.access import Access, Known
from headway.view.fragments import Fragments
from headway.view.known_runs import KnownRuns
from headway.view.lanes import Lanes
from headway.view.live import Streams
from headway.view.looks import Looks, Seen
from headway.view.settings import Right, Settings
from headway.workspace import named_repositories
from headway.workspace.chart_addresses import ANY, ChartAddresses
from headway.workspace.release_history import ReleaseHistoryReader

Form = Mapping[str, str]


@dataclass
class View:
    """`runs`: None where nothing can be started. `signing_key`: by which answers are signed; empty where they are not."""

    settings: Settings
    looks: Looks
    access: Access
    runs: KnownRuns | None = None
    signing_key: str = field(default="", repr=False)
    fragments: Fragments = field(default_factory=Fragments)
    streams: Streams = field(default_factory=Streams)
    lanes: Lanes = field(default_factory=Lanes)
    histories: ReleaseHistoryReader = field(default_factory=ReleaseHistoryReader)
    """Kept, since it reads what is archived once."""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    charts: ChartAddresses = ANY
    """Chart repositories that release records may name."""

    def forget(self) -> None:
        """Have the next pages look anew: somebody has just done something."""
        self.looks.forget()
        if self.runs:
            self.runs.forget()

    def path(self, found: Seen, *more: str, **query: str) -> str:
        """Address of the page of a release, or of one below it; with its place where other releases have the same name."""
        ref = found.status.ref
        said = {**(where(found) if self.is_ambiguous(found) else {}), **query}
        asked = urlencode({name: value for name, value in said.items() if value})
        return release_path(ref.application, ref.environment, *more) + (f"?{asked}" if asked else "")

    def is_ambiguous(self, found: Seen) -> bool:
        return self.looks.is_ambiguous(found)

    def name(self, found: Seen) -> str:
        """What pages call the release."""
        namespace = f"namespace {found.status.namespace} of cluster {found.cluster}"
        return f"{found.status.ref} ({namespace})" if self.is_ambiguous(found) else str(found.status.ref)

    def may_ask(self, repository: str) -> bool:
        """Whether its registry is asked what it says of an image: an empty list names none."""
        named = self.settings.asked_registries
        if not named:
            return named is None
        try:
            return named_repositories.is_named_image(repository, named)
        except BadInput:
            return False

    def run_url(self, run: str) -> str:
        """Where Prefect shows the run of that id; empty where no server is named."""
        try:
            return self.runs.url(run) if self.runs else ""
        except HeadwayError:
            return ""


PLACE = ("cluster", "namespace", "release")
"""What tells apart releases that say they are the same."""


class Several(HTTPException):
    """Several releases say that they are the one that is asked for: none of them is shown in the place of the others."""

    def __init__(self, found: Sequence[Seen]) -> None:
        super().__init__(409, "Several releases are called so: open the one that you mean. Nothing was done.")
        self.found = tuple(found)


Show = Callable[[View, Request, Known], Response]
Do = Callable[[View, Request, Known, Form], Response]


def release_of(
    view: View,
    request: Request,
    known: Known,
    right: Right = "read",
    *,
    environment: str = "",
    or_absent: bool = False,
) -> Seen:
    """The release that the path names, or the one of another `environment`, as it was seen last.

    `right`: what the visitor must be allowed there. `or_absent`: also a release that no cluster knows yet. Raises
    HTTPException 404 for what they may not see, 403 for what they may not do, and Several where the request does not say which
    release is meant.
    """
    application = request.path_params["application"]
    another = bool(environment)
    environment = environment or request.path_params["environment"]
    visitor = known.visitor
    if not visitor.may("read", application, environment):
        raise HTTPException(404)
    if not visitor.may(right, application, environment):
        raise HTTPException(
            403, f"Your roles do not let you {right} {application} in {environment}. Nothing was done."
        )
    found = [each for each in view.looks.sight().releases if each.place == (application, environment)]
    # What names the release of the path, not that of another environment.
    wanted = {} if another else {each: request.query_params.get(each, "") for each in PLACE}
    named = [each for each in found if all(said in ("", where(each)[what]) for what, said in wanted.items())]
    if len(named) > 1:
        raise Several(named)
    if named:
        return named[0]
    if found or not or_absent:
        raise HTTPException(404)
    ref = ReleaseRef(application, environment, application)
    return Seen("", ReleaseStatus(ref, "", datetime.now(UTC), State.ABSENT))


def where(found: Seen) -> dict[str, str]:
    """The keys of PLACE with their values."""
    return dict(zip(PLACE, (found.cluster, found.status.namespace, found.status.ref.release), strict=True))


def about(view: View, known: Known, found: Seen) -> dict[str, Any]:
    """What every page about a release shows."""
    return {
        **frame(view, known),
        "release_name": view.name(found),
        "cluster": found.cluster,
        "back": view.path(found),
        "at": partial(view.path, found),
    }


def frame(view: View, known: Known | None) -> dict[str, Any]:
    """What the frame of every page shows."""
    return {
        "who": known.visitor.name if known else "",
        "csrf": known.session.csrf if known and known.session else "",
        "signs_in": view.settings.sign_in is not None,
    }


def release_path(application: str, environment: str, *more: str) -> str:
    """Address of the page of a release, or of what is done about it."""
    return "/".join(["/releases", *(quote(each, safe="") for each in (application, environment, *more))])

"""What every page of the view stands on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

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
    charts: ChartAddresses = ANY
    """Chart repositories that release records may name."""

    def forget(self) -> None:
        """Have the next pages look anew: somebody has just done something."""
        self.looks.forget()
        if self.runs:
            self.runs.forget()

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
    """That of the path, or of another `environment`, as it was seen last.

    HTTPException 404 for what they may not see, 403 for what they may not do. `or_absent`: also what no cluster knows yet.
    """
    application = request.path_params["application"]
    environment = environment or request.path_params["environment"]
    visitor = known.visitor
    if not visitor.may("read", application, environment):
        raise HTTPException(404)
    if not visitor.may(right, application, environment):
        raise HTTPException(
            403, f"Your roles do not let you {right} {application} in {environment}. Nothing was done."
        )
    place = (application, environment)
    found = [
        each
        for each in view.looks.sight().releases
        if (each.status.ref.application, each.status.ref.environment) == place
    ]
    release = request.query_params.get("release", "")
    for each in found:
        if release in ("", each.status.ref.release):
            return each
    if found or not or_absent:
        raise HTTPException(404)
    ref = ReleaseRef(application, environment, application)
    return Seen("", ReleaseStatus(ref, "", datetime.now(UTC), State.ABSENT))


def frame(view: View, known: Known | None) -> dict[str, Any]:
    """What the frame of every page shows."""
    return {
        "who": known.visitor.name if known else "",
        "csrf": known.session.csrf if known and known.session else "",
        "signs_in": view.settings.sign_in is not None,
    }


def release_path(application: str, environment: str, *more: str) -> str:
    """Of the page of a release, or of what is done about it."""
    return "/".join(["/releases", *(quote(each, safe="") for each in (application, environment, *more))])

"""The page of one change on its way: what registry, git, charts, clusters and Prefect say of it, each asked beside the others."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from urllib.parse import quote, urlencode

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from headway.decide.review import changes, stage_times
from headway.decide.review.changes import ID_LIMIT, UNSEEN, Change, Place, Recent
from headway.decide.review.delivery import Delivery, delivery
from headway.decide.review.delivery_facts import Facts, Made, Run, Standing
from headway.errors import HeadwayError
from headway.formats import about_environment
from headway.model.edits import Commit
from headway.model.report import StageResult
from headway.view import delivery_picture, pages, told_by_runs
from headway.view.access import Known
from headway.view.base import View, frame, release_path
from headway.view.images import KnownImages, SaidOfImages, key_of
from headway.view.kept import Kept
from headway.view.pods import PROGRESS_TITLES, Pods, Progress, progressed
from headway.view.settings import GitSource
from headway.view.told import Away
from headway.workspace.deliveries import Application, DeliveryReader, Found, in_order_of

RECENT = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """Systems beyond clusters and chart repositories; None for one that nobody asks. Each raises Unreachable, BadInput."""

    commits: Callable[[GitSource], tuple[Commit, ...]] | None = None
    """The newest of a repository."""


@dataclass
class Deliveries:
    """What is kept for all who look."""

    view: View
    pods: Pods
    images: KnownImages
    asked: Asked = field(default_factory=Asked)

    def __post_init__(self) -> None:
        self._reader = DeliveryReader(self.view.histories, self.view.charts)
        self._places: Kept[list[Found]] = Kept(3.0, patience_seconds=10.0)
        self._offered: Kept[Application] = Kept(3.0, patience_seconds=10.0)
        self._git: Kept[tuple[Commit, ...]] = Kept(15.0)
        self._images: Kept[SaidOfImages] = Kept(3.0)

    def close(self) -> None:
        for each in (self._places, self._offered, self._git, self._images):
            each.close()

    def of(self, application: str, what: str, known: Known) -> Delivery:
        """HTTPException 404 where nothing that this person may read names it; Away where that is not known."""
        self._ask(application)
        seen, places, unknown = self._seen(application, known)
        git, git_unknown = self._commits(application)
        made, lines, runs, prefect_unknown = self._prefect(application, known)
        every = changes.versions(places, seen.packages)
        change = changes.change(what, every, git or (), lines or ())
        if change.is_unknown:
            if unknown:
                raise Away("; ".join(unknown), where=application, next_step="Try again in a minute.")
            raise HTTPException(404)
        facts = Facts(
            change,
            places,
            self._said_of(change),
            commits=git,
            git_unknown=git_unknown,
            service_charts=seen.service_charts,
            runs=runs,
            lines=lines,
            made=made,
            prefect_unknown=prefect_unknown,
        )
        found = delivery(facts)
        return replace(found, unknown=(*unknown, *found.unknown))

    def pods_of(self, application: str, found: Delivery) -> list[Markup]:
        """Of the environments in which it is under way."""
        under_way = {
            e.environment for e in found.stages if e.environment and e.standing is Standing.UNDER_WAY
        }
        return [
            self.pods.part(each)
            for each in self.view.looks.sight().releases
            if each.status.ref.application == application and each.status.ref.environment in under_way
        ]

    def progress_of(self, found: Delivery) -> list[Progress]:
        """Of each environment in which a run whose log is known brought it in."""
        if self.view.runs is None:
            return []
        tried = [(each.environment, each.run) for each in found.stages if each.environment and each.run]
        logs = self.view.runs.rollouts([run for _, run in tried])
        drawn = (
            progressed(environment, about_environment.of(environment, log))
            for (environment, _), log in zip(tried, logs, strict=True)
        )
        return [each for each in drawn if each]

    def recent(self, application: str, known: Known) -> tuple[tuple[Recent, ...], tuple[str, ...]]:
        """The newest changes, and what is not known of them."""
        seen, places, unknown = self._seen(application, known)
        return changes.recent(places, changes.versions(places, seen.packages), RECENT), unknown

    def _ask(self, application: str) -> None:
        """Of all systems at once."""
        source = self.view.settings.git.get(application)
        if source and self.asked.commits:
            self._git.ask(application, partial(self.asked.commits, source), room=source.url)
        if self.view.runs:
            self.view.runs.ask(application)

    def _seen(self, application: str, known: Known) -> tuple[Application, tuple[Place, ...], tuple[str, ...]]:
        """Of environments that this person may read, and what is not known, or not anew: each cluster is asked by itself."""
        looks, found, unknown = self.view.looks, list[Found](), list[str]()

        def read(cluster: str) -> list[Found]:
            places = self._reader.places(application, looks.opened(cluster))
            return [(ref, replace(each, where=f"{each.where} of cluster {cluster}")) for ref, each in places]

        for each in looks.clusters:
            self._places.ask((application, each.name), partial(read, each.name), room=each.name)
        for each in looks.clusters:
            seen, trouble = self._places.answer((application, each.name))
            found += seen or ()
            if trouble:
                unknown.append(f"what is in cluster {each.name} is not known, or not anew: {trouble}")
        places = in_order_of(found, self.view.settings.environments)
        first = places[0].repository if places and places[0].offered else ""
        offered, trouble = self._offered.get(
            application, partial(self._reader.offered, application, places), room=first
        )
        if trouble:
            unknown.append(f"what else is published is not known, or not anew: {trouble}")
        may = known.visitor.may
        if offered and places and may("read", application, places[0].environment):
            unknown += offered.trouble
        return (
            offered or Application((), {}),
            tuple(each if may("read", application, each.environment) else UNSEEN for each in places),
            tuple(unknown),
        )

    def _commits(self, application: str) -> tuple[tuple[Commit, ...] | None, str]:
        if application not in self.view.settings.git or self.asked.commits is None:
            return None, "no repository of the application is named in the view's settings (`git:`)"
        return self._git.answer(application)

    def _prefect(
        self, application: str, known: Known
    ) -> tuple[tuple[Made, ...], tuple[StageResult, ...] | None, tuple[Run, ...] | None, str]:
        if self.view.runs is None:
            return (), None, None, "no Prefect server is named: runs and their reports are not known"
        reports, trouble = self.view.runs.deliveries(application)
        runs, also = self.view.runs.recent(application)
        may = known.visitor.may
        seen = told_by_runs.seen(runs or (), lambda environment: may("read", application, environment))
        unknown = (
            f"what runs do and report is not known, or not anew: {trouble or also}" if trouble or also else ""
        )
        return (
            told_by_runs.commits(reports or ()),
            None if reports is None else told_by_runs.newest(reports),
            None if runs is None else told_by_runs.open_runs(seen),
            unknown,
        )

    def _said_of(self, change: Change) -> SaidOfImages:
        """Of those registries that the settings name; what they say is kept there."""
        if not change.images:
            return {}
        # A digest is the word of whoever wrote a history: it is asked by, and answers for itself alone.
        key = tuple(key_of(each) for each in change.images)
        said, trouble = self._images.get(key, partial(self.images.of, self.view, change.images))
        return (
            said if said is not None else dict.fromkeys((each.reference for each in change.images), trouble)
        )


def path(application: str, what: str) -> str:
    return f"/applications/{quote(application, safe='')}/deliveries/{quote(what, safe=':')}"


def show_delivery(view: View, request: Request, known: Known, deliveries: Deliveries) -> Response:
    application, what = _asked(request, known, request.path_params["change"])
    return pages.page(
        "delivery.html",
        **frame(view, known),
        application=application,
        what=what,
        part=part(view, deliveries, application, what, known),
        live=f"/applications/{quote(application, safe='')}/events?{urlencode({'change': what})}",
    )


def part(view: View, deliveries: Deliveries, application: str, what: str, known: Known) -> Markup:
    """What changes while it moves."""
    found = deliveries.of(application, what, known)
    rendered = pages.rendered(
        "_delivery.html",
        application=application,
        delivery=found,
        picture=delivery_picture.drawn(found.stages),
        times=delivery_picture.times(found.stages),
        pods=deliveries.pods_of(application, found),
        progress=deliveries.progress_of(found),
        progress_titles=PROGRESS_TITLES,
        looks=delivery_picture.LOOK,
        titles=delivery_picture.TITLES,
        meanings=stage_times.MEANING.items(),
        release_path=release_path,
        run_url=view.run_url,
    )
    # Only what a template of ours rendered.
    return Markup(rendered)


def live_part(view: View, deliveries: Deliveries, request: Request, known: Known) -> Callable[[], str]:
    """Renders what changes while it moves; a cluster that is away for a moment ends no stream."""
    application, what = _asked(request, known, request.query_params.get("change", ""))

    def render() -> str:
        try:
            return part(view, deliveries, application, what, known)
        except (HeadwayError, HTTPException):
            return _AWAY

    return render


_AWAY = '<p class="note trouble">It cannot be looked at now; this page goes on by itself.</p>'


def _asked(request: Request, known: Known, what: str) -> tuple[str, str]:
    application = request.path_params["application"]
    if not known.visitor.may_read_of(application) or not what or len(what) > ID_LIMIT:
        raise HTTPException(404)
    return application, what

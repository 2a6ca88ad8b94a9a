"""Code and chart of a service travel together: when its chart may be published, and what may reach the
application.

Each commit of a service's branch is marked by what it touched: the chart, or the service's code. An image of commit I holds
the code of I and of all that I was made on top of; a chart of commit C needs the code of C.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from headway.decide.supply.service_history import ServiceHistory

PATIENCE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Ready:
    why: str


@dataclass(frozen=True, slots=True)
class AwaitingImage:
    """The chart needs code that no image holds yet."""

    since: datetime
    deadline: datetime
    why: str
    overdue: bool = False


def readiness(
    history: ServiceHistory,
    chart_commit: str,
    image_commits: Collection[str],
    *,
    committed_at: datetime,
    now: datetime,
    patience: timedelta = PATIENCE,
) -> Ready | AwaitingImage:
    """Whether the service's chart at `chart_commit` may be published.

    `image_commits` are the full SHAs of images to be had (not under quarantine), the current one included.
    One of that commit or later makes it ready; so does one since which nothing but the chart changed, and one of which nobody
    knows the commit (empty): there is nothing to wait for.
    """
    if not all(image_commits):
        return Ready("no commit of the branch is known of its image")
    code = history.code_commit(chart_commit)
    holding = [commit for commit in image_commits if history.holds(commit, chart_commit)]
    if holding:
        return Ready(f"an image of {holding[0][:7]} holds the code of {chart_commit[:7]}")
    since_image = [commit for commit in image_commits if history.holds(commit, code)]
    if since_image:
        return Ready(f"nothing but the chart changed since the image of {since_image[0][:7]}")
    deadline = committed_at + patience
    return AwaitingImage(
        since=committed_at,
        deadline=deadline,
        why=f"no image holds the code of {chart_commit[:7]} yet",
        overdue=now > deadline,
    )


def missing(answers: Mapping[str, Ready | AwaitingImage], stays: Mapping[str, str]) -> AwaitingImage | None:
    """The first image that the chart waits for, by key; None where it is ready for all of them. Of several it is said which one
    it is, and why it stays (`stays`, of those that do)."""
    for key, answer in answers.items():
        if isinstance(answer, AwaitingImage):
            if len(answers) == 1:
                return answer
            return replace(answer, why="; ".join(filter(None, (f"{key}: {answer.why}", stays.get(key)))))
    return None


@dataclass(frozen=True, slots=True)
class ServiceUpdate:
    """What of a service may reach the application in one commit; `why` is one sentence for people."""

    image: bool
    chart: bool
    why: str
    more: frozenset[str] = frozenset()
    """Keys of more images of the service that may."""


@dataclass(frozen=True, slots=True)
class Moving:
    """Commits of one image: in use and chosen, as `together` has them."""

    current: str | None
    new: str | None


def all_together(
    history: ServiceHistory,
    own: Moving,
    more: Mapping[str, Moving],
    *,
    current_chart: str | None,
    new_chart: str | None,
) -> ServiceUpdate:
    """The same as `together` for a service of several images, by key: the chart moves where it fits all of them, and an image by
    itself where the chart fits it. One without any image yet holds nothing up."""

    def updates(chart: str | None) -> dict[str, ServiceUpdate]:
        return {
            key: together(
                history,
                current_image=each.current,
                new_image=each.new,
                current_chart=current_chart,
                new_chart=chart,
            )
            for key, each in {"": own, **more}.items()
        }

    found = updates(new_chart)
    there = [
        found[key] for key, each in {"": own, **more}.items() if (each.new, each.current) != (None, None)
    ]
    moves = bool(there) and all(each.chart for each in there)
    waits = ""
    if new_chart and not moves:
        key, held = next(((key, each.why) for key, each in found.items() if not each.chart), ("", ""))
        waits = f"{key}: {held}" if key else held
        found = updates(None)
    others = frozenset(key for key in more if found[key].image)
    own_why = "" if waits and not found[""].image else found[""].why
    why = "; ".join(filter(None, (own_why, waits)))
    return ServiceUpdate(found[""].image, moves and new_chart is not None, why, others)


def together(
    history: ServiceHistory,
    *,
    current_image: str | None,
    new_image: str | None,
    current_chart: str | None,
    new_chart: str | None,
) -> ServiceUpdate:
    """What `update_application` may commit: tag and chart of one service at once, or the one that needs no
    other.

    All four are full commit SHAs, of the image in use, the one chosen, the chart in use and the newest one
    published; None where there is none (a new one equal to the current one is none as well). A chart whose
    commit is not on the branch is never moved to. An image of which nobody knows the commit (empty) and the chart move each on
    its own.
    """
    if "" in (new_image, current_image if new_image is None else None):
        held = new_chart is not None and history.place(new_chart) is not None
        return ServiceUpdate(new_image is not None, held, "no commit of the branch is known of its image")
    image = new_image or current_image
    chart = new_chart or current_chart
    if new_image is None and new_chart is None:
        return ServiceUpdate(False, False, "nothing new")
    if image is None:
        return ServiceUpdate(False, False, "no image yet")
    if chart is None:
        return ServiceUpdate(False, False, "no chart is published yet")
    if new_chart and _code_held(history, image, new_chart) and _chart_held(history, new_chart, image):
        return ServiceUpdate(bool(new_image), True, "image and chart belong together")
    if new_image and current_chart and _chart_held(history, current_chart, new_image):
        return ServiceUpdate(True, False, "the chart in use has all changes that the image has")
    if new_chart and current_image and _code_held(history, current_image, new_chart):
        return ServiceUpdate(False, True, "nothing but the chart changed since the image in use")
    if new_image and not _chart_held(history, chart, new_image):
        return ServiceUpdate(False, False, f"the chart of {new_image[:7]} is not published yet")
    return ServiceUpdate(False, False, f"no image holds the code of the chart of {chart[:7]}")


def _code_held(history: ServiceHistory, image: str, chart: str) -> bool:
    return history.place(chart) is not None and history.holds(image, history.code_commit(chart))


def _chart_held(history: ServiceHistory, chart: str, image: str) -> bool:
    return history.holds(chart, history.chart_commit(image))

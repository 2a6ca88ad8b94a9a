"""Which applications a hint is for: one too many costs a look, one too few the time to the next poll."""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from headway.errors import BadInput
from headway.formats import image_reference
from headway.model.events import ChartsChanged, Event, GitPushed, ImagePushed
from headway.model.hints import HintedApplication, Named, NamedBranch, NamedCharts, NamedImage

_SCP = re.compile(r"(?:[^@/:]+@)?(?P<host>[^@/:]+):(?!//)(?P<path>.*)\Z", re.DOTALL)
_OCI = "oci://"


def events(named: Iterable[Named], applications: Mapping[str, HintedApplication]) -> tuple[Event, ...]:
    """The first that concerns it for each application, in the order in which they are named: one look sees all."""
    found: dict[str, Event] = {}
    for each in named:
        for name, application in applications.items():
            event = found.get(name) or _event(each, name, application)
            if event:
                found[name] = event
    return tuple(found.values())


def _event(named: Named, name: str, application: HintedApplication) -> Event | None:
    match named:
        case NamedImage(repository, tag):
            return _of_image(repository, tag, name, application)
        case NamedBranch(urls, branch):
            if application.branches and branch not in application.branches:
                return None
            theirs = {git_place(each) for each in application.git}
            url = next((each for each in urls if _is_below_any(git_place(each), theirs)), None)
            return GitPushed(name, url, branch) if url is not None else None
        case NamedCharts(address):
            theirs = {each.rstrip("/") for each in application.charts}
            return ChartsChanged(name, address) if _is_below_any(address, theirs) else None


def _of_image(repository: str, tag: str, name: str, application: HintedApplication) -> Event | None:
    place = image_place(repository)
    if _is_below_any(place, map(images_place, application.images)):
        return ImagePushed(name, repository, tag)
    charts = (images_place(each.removeprefix(_OCI)) for each in application.charts if each.startswith(_OCI))
    return ChartsChanged(name, f"{_OCI}{repository}") if _is_below_any(place, charts) else None


def image_place(repository: str) -> str:
    """Registry and path: Docker Hub has several names. Empty for what names no image."""
    try:
        located = image_reference.locate(repository)
    except BadInput:
        return ""
    return f"{located.host}/{located.path}"


def images_place(beginning: str) -> str:
    """The same of how some begin, which is a registry, or a registry and the beginning of a path."""
    host, _, path = beginning.partition("/")
    return f"{image_reference.registry_host(host)}/{path}".rstrip("/")


def git_place(url: str) -> str:
    """Host and path of a git repository, alike for https, ssh and `git@host:path`: senders spell it as they like, and a hint
    for one that only looks alike costs one look."""
    scp = _SCP.match(url)
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "") if "://" in url else ""
    except ValueError:
        return ""
    path = parts.path if "://" in url else url
    if scp and "://" not in url:
        host, path = scp["host"], scp["path"]
    return f"{host}/{path.strip('/').removesuffix('.git')}".rstrip("/").casefold()


def _is_below_any(place: str, beginnings: Iterable[str]) -> bool:
    return bool(place) and any(
        each and (place == each or place.startswith(f"{each}/")) for each in beginnings
    )

"""Which applications a hint is for: one too many costs a look, one too few the time to the next poll."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
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
    theirs = {name: _theirs(application) for name, application in applications.items()}
    for each in named:
        thing = _thing(each)
        for name, application in theirs.items():
            event = None if name in found else _event(thing, name, application)
            if event:
                found[name] = event
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class _Theirs:
    """How the places begin that are an application's, each with a slash at its end."""

    images: tuple[str, ...]
    oci: tuple[str, ...]
    git: tuple[str, ...]
    charts: tuple[str, ...]
    branches: tuple[str, ...]


@lru_cache(maxsize=1000)
def _theirs(application: HintedApplication) -> _Theirs:
    """Of settings, so that it is once for all that come: a request names a thousand things, each held against all of these."""
    charts = application.charts
    return _Theirs(
        _beginnings(map(images_place, application.images)),
        _beginnings(images_place(each.removeprefix(_OCI)) for each in charts if each.startswith(_OCI)),
        _beginnings(map(git_place, application.git)),
        _beginnings(each.rstrip("/") for each in charts),
        application.branches,
    )


@dataclass(frozen=True, slots=True)
class _Thing:
    named: Named
    places: tuple[str, ...]
    """Each with a slash at its end; empty for what is none."""


def _thing(named: Named) -> _Thing:
    match named:
        case NamedImage(repository):
            places = [image_place(repository)]
        case NamedBranch(urls):
            places = [git_place(each) for each in urls]
        case NamedCharts(address):
            places = [address]
    return _Thing(named, tuple(f"{each}/" if each else "" for each in places))


def _event(thing: _Thing, name: str, application: _Theirs) -> Event | None:
    match thing.named:
        case NamedImage(repository, tag):
            if thing.places[0].startswith(application.images):
                return ImagePushed(name, repository, tag)
            chart = thing.places[0].startswith(application.oci)
            return ChartsChanged(name, f"{_OCI}{repository}") if chart else None
        case NamedBranch(urls, branch):
            if application.branches and branch not in application.branches:
                return None
            known = zip(urls, thing.places, strict=True)
            url = next((url for url, place in known if place.startswith(application.git)), None)
            return GitPushed(name, url, branch) if url is not None else None
        case NamedCharts(address):
            return ChartsChanged(name, address) if thing.places[0].startswith(application.charts) else None


def image_place(repository: str) -> str:
    """Registry and path: Docker Hub has several names. Empty for what names no image."""
    try:
        located = image_reference.locate(repository)
    except BadInput:
        return ""
    return f"{located.host}/{located.path}"


def has_image(repositories: Iterable[str], repository: str) -> bool:
    """Whether it is one of these, however either is spelt."""
    place = image_place(repository)
    return bool(place) and place in map(image_place, repositories)


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


def _beginnings(places: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{each}/" for each in places if each)

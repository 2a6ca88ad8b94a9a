"""A first headway.yaml, out of what an umbrella chart, its repository and a release in a cluster tell; the rest is left open."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from headway.decide.supply.draft_places import Place
from headway.formats import semver
from headway.model.charts import Dependency
from headway.model.draft import Draft, EnvironmentDraft, Open, ServiceDraft, Value

_ORDER = (
    r"dev|develop|development|sandbox",
    r"int|integration|ci",
    r"test|testing|tst",
    r"qa|uat|acceptance|accept",
    r".*",
    r"stage|staging|stg|preprod|pre-production|preproduction",
    r"prod|production|prd|live",
)
_ANY, _LAST = 4, len(_ORDER) - 1
_BUILD = re.compile(r"(?:(?P<branch>[\w.-]+)-)?(?P<sha>[0-9a-f]{7,40})\Z")
_AFTER = "guessed: which environment does it come after?"
_HOST = re.compile(r"(\.|:|^localhost$)")


@dataclass(frozen=True, slots=True)
class Released:
    """Where a release runs already."""

    namespace: str
    release: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found. `values` are the umbrella's, as plain data."""

    name: str
    dependencies: Sequence[Dependency]
    values: Mapping[str, Any]
    chart: str = "."
    """Folder of the umbrella chart in its repository."""
    files: Collection[str] = ()
    """Of the umbrella chart, by path."""
    git: str = ""
    """Address of its repository; empty where there is none."""
    places: Mapping[str, Place] = field(default_factory=dict)
    """Where services' charts lie, as far as that is known, by name."""
    own_values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Of charts of services in the application's own repository, by name."""
    released: Released | None = None


def draft(seen: Seen) -> Draft:
    """Services are the dependencies whose values name an image with its tag: the umbrella's, or those of a chart in the
    application's own repository."""
    services, others = [], []
    for each in seen.dependencies:
        image = image_of(seen.values.get(each.key), (each.key,))
        found = image or image_of(seen.own_values.get(each.key), (each.key,))
        if found is None:
            others.append(each.key)
            continue
        service = _service(each.key, found, seen.places.get(each.key, Place()), seen.git)
        services.append(service if image else _without_tag(service))
    application = (
        seen.name if _is_name(seen.name) else Open(seen.name, "a name of lower-case letters, digits and '-'")
    )
    own = [each for each in seen.dependencies if each.key in {service.name for service in services}]
    repository = next((each.repository for each in own if each.repository), "")
    return Draft(
        application,
        seen.chart,
        tuple(services),
        tuple(_environments(seen, repository)),
        tuple(others),
    )


@dataclass(frozen=True, slots=True)
class Image:
    path: tuple[str, ...]
    """Of the tag."""
    repository: str
    tag: str


def image_of(values: Any, path: tuple[str, ...]) -> Image | None:
    """The image nearest to the top of a dependency's values: a mapping with `tag` beside `repository`, `image` or `name`."""
    level: list[tuple[tuple[str, ...], Any]] = [(path, values)]
    while level:
        for at, each in level:
            if isinstance(each, Mapping) and "tag" in each and (repository := _repository(each)):
                tag = each["tag"]
                return Image((*at, "tag"), repository, tag if isinstance(tag, str) else str(tag or ""))
        level = [
            ((*at, str(key)), below)
            for at, each in level
            if isinstance(each, Mapping)
            for key, below in each.items()
            if isinstance(below, Mapping)
        ]
    return None


def ordered(names: Collection[str]) -> list[str]:
    """Environments from the one that receives new versions to the one that people use, by how they are called."""
    return sorted(names, key=lambda name: (_position(name), name))


def _position(name: str) -> int:
    for at, kinds in enumerate(_ORDER):
        if at != _ANY and re.fullmatch(kinds, name):
            return at
    return _ANY


def _repository(values: Mapping[str, Any]) -> str:
    found = next(
        (values[key] for key in ("repository", "image", "name") if isinstance(values.get(key), str)), ""
    )
    registry = values.get("registry")
    return f"{registry}/{found}" if found and isinstance(registry, str) and registry else found


def _without_tag(service: ServiceDraft) -> ServiceDraft:
    """Its chart alone names the image, and the umbrella has to say which tag."""
    image = service.image.value if isinstance(service.image, Open) else service.image
    tag = service.value or f"{service.name}.image.tag"
    return replace(service, image=Open(image, f"from its own chart; write {tag} into values.yaml as well"))


def _service(name: str, image: Image, place: Place, application_git: str) -> ServiceDraft:
    version = semver.parse(image.tag)
    is_version = version is not None and not version.pre_release
    usual = (name, "image", "tag")
    return ServiceDraft(
        name,
        place.git or _beside(application_git, name),
        image.repository
        if _HOST.search(image.repository.split("/")[0])
        else Open(image.repository, "with its registry, as registry.example.com/shop/cart"),
        place.chart,
        place.paths,
        "" if image.path == usual else ".".join(image.path),
        "" if is_version else _pattern(image.tag),
        Open("semver", f"guessed, as its tag is {image.tag}: are its tags versions?") if is_version else "",
    )


def _beside(application_git: str, name: str) -> Open:
    """A guess: services' repositories often lie beside the application's."""
    folder, _, own = application_git.rstrip("/").rpartition("/")
    if not folder:
        return Open(f"https://git.example.com/{name}.git", "its repository, with its chart in chart/")
    return Open(
        f"{folder}/{name}{'.git' if own.endswith('.git') else ''}", "guessed: is this its repository?"
    )


def _pattern(tag: str) -> Value:
    """Empty for a tag that the default takes, or none."""
    build = _BUILD.match(tag)
    if not tag or (build and build["branch"]):
        return ""
    if build:
        return "{sha}"
    return Open("{branch}-{sha}", f"its tag is {tag}: how do tags name their commit?")


def _environments(seen: Seen, repository: str) -> Iterator[EnvironmentDraft]:
    files = _value_files(seen.files)
    here = _of_release(seen) if seen.released else ""
    names = ordered({*files, *([here] if here else [])}) or ["testing"]
    first = _named_at_end(repository, names)
    if first:
        names = [first, *(each for each in names if each != first)]
    unsure = _unsure(names, first)
    for at, name in enumerate(names):
        is_first = at == 0
        charts, charts_url = _charts(seen.name, name, repository if is_first else "")
        if is_first and name in unsure and isinstance(charts, str):
            charts = Open(charts, "guessed: do the charts of this environment come from here?")
        before = "" if is_first else names[at - 1]
        is_there = name == here and seen.released is not None
        usual = f"{seen.name}-{name}"
        yield EnvironmentDraft(
            name,
            charts,
            charts_url,
            Open(before, _AFTER) if before and unsure & {name, before} else before,
            "approval" if at and _position(name) == _LAST else "",
            seen.released.namespace
            if is_there and seen.released and seen.released.namespace != usual
            else "",
            seen.released.release
            if is_there and seen.released and seen.released.release != seen.name
            else "",
            files.get(name, ()),
        )


def _named_at_end(repository: str, names: Collection[str]) -> str:
    """The environment that a chart repository is called after (s3://charts/testing, s3://shop-charts-testing); empty for none."""
    ends = [
        each for each in names if re.search(rf"(^|[/._-]){re.escape(each)}\Z", repository.rstrip("/").lower())
    ]
    return max(ends, key=len, default="")


def _unsure(names: Sequence[str], first: str) -> set[str]:
    """Whose place nothing says: neither how it is called, nor the chart repository (`first`), nor that no other place is left."""
    unknown = {each for each in names if each != first and _position(each) == _ANY}
    return unknown if len(names) > (2 if first else 1) else set()


def _value_files(files: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Environments by their value files; those of the usual name need no mention."""
    found: dict[str, tuple[str, ...]] = {}
    for path in sorted(files):
        if usual := re.fullmatch(r"(?:values|secrets)/([a-z0-9][a-z0-9-]*)\.ya?ml", path):
            name = usual[1]
            found[name] = () if path.endswith(".yaml") or path.startswith("secrets/") else (path,)
        elif other := re.fullmatch(
            r"(?:values[-_.]([a-z0-9][a-z0-9-]*)|([a-z0-9][a-z0-9-]*)[-_.]values)\.ya?ml", path
        ):
            found.setdefault(other[1] or other[2], (path,))
    return found


def _of_release(seen: Seen) -> str:
    """The environment that a release is of: what its namespace is called behind the application's name."""
    assert seen.released
    name = seen.released.namespace.removeprefix(f"{seen.name}-").strip("-")
    return name if name and _is_name(name) else "production"


def _charts(application: str, environment: str, repository: str) -> tuple[Value, str]:
    """Where Headway writes, and the read address where that is another one. `repository`: where charts come from now."""
    usual = Open(f"s3://{application}-charts-{environment}", "a bucket or folder of its own, to write to")
    scheme = repository.partition("://")[0]
    if scheme == "s3" or repository.startswith("file:///"):
        return repository.rstrip("/"), ""
    return usual, repository.rstrip("/") if scheme in ("http", "https") else ""


def _is_name(name: str) -> bool:
    return re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,51}[a-z0-9])?", name) is not None

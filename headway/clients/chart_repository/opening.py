"""From an address to its chart repository, by scheme."""

import functools
import importlib
import pkgutil
from collections.abc import Mapping
from urllib.parse import urlsplit

from headway.clients.chart_repository import kinds
from headway.clients.chart_repository.kind import Kind, ReadableKind, WritableKind
from headway.clients.chart_repository.protocol import ReadableChartRepository, WritableChartRepository
from headway.errors import BadInput
from headway.model.credentials import RepositoryCredentials

_NONE = RepositoryCredentials()


def open_repository(url: str, credentials: RepositoryCredentials = _NONE) -> ReadableChartRepository:
    """The repository at an address, for reading; no request is made yet. BadInput where no kind has its scheme."""
    return _kind(url).open(url, credentials)


def open_public_repository(url: str) -> ReadableChartRepository:
    """One that whoever may commit has named: it is read as everybody may. BadInput for a kind that needs credentials, and for
    folders of this machine."""
    kind = _kind(url)
    if isinstance(kind, WritableKind) and not kind.is_public:
        raise BadInput(
            "a third party's chart is not read with Headway's credentials, nor from its folders",
            where=url,
            next_step='Name an address that is read over https; or commit the chart to charts/, and write repository: "".',
        )
    return kind.open(url, _NONE)


def open_writable_repository(url: str, credentials: RepositoryCredentials = _NONE) -> WritableChartRepository:
    """The same for publishing, too. BadInput also for a kind that is only read."""
    return _writable(url).open(url, credentials)


def check_writable(url: str) -> None:
    """Raises what opening it for publishing would raise."""
    _writable(url)


def _writable(url: str) -> WritableKind:
    match _kind(url):
        case WritableKind() as kind:
            return kind
        case ReadableKind():
            raise BadInput(
                "this chart repository can only be read",
                where=url,
                next_step=f"Write to {_examples(WritableKind)}.",
            )


def _kind(url: str) -> Kind:
    scheme, separator, _ = url.partition("://")
    kind = _by_scheme().get(scheme.lower()) if separator else None
    if kind is None or not _is_address(url):
        raise BadInput(
            "not the address of a chart repository",
            where=url,
            next_step=f"Use {_examples(ReadableKind, WritableKind)}.",
        )
    return kind


def _is_address(url: str) -> bool:
    try:
        urlsplit(url)
    except ValueError:
        return False
    return True


@functools.cache
def _by_scheme() -> Mapping[str, Kind]:
    modules = [
        importlib.import_module(f"{kinds.__name__}.{found.name}")
        for found in pkgutil.iter_modules(kinds.__path__)
    ]
    found: list[Kind] = [module.KIND for module in modules if hasattr(module, "KIND")]
    return {scheme: kind for kind in found for scheme in kind.schemes}


def _examples(*wanted: type[Kind]) -> str:
    every = dict.fromkeys(kind.example for kind in _by_scheme().values() if isinstance(kind, wanted))
    *most, last = sorted(every)
    return f"{', '.join(most)} or {last}" if most else last

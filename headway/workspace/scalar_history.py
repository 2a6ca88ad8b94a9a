"""Who wrote the tag of a service's image, or the version of its chart, as the application's history has it."""

from collections.abc import Callable, Iterable

from headway.clients.git import GitRepository
from headway.decide.supply.pins import Pin, Written, pin
from headway.errors import BadInput
from headway.formats import chart_yaml, image_values
from headway.formats.application_files import REQUIREMENTS
from headway.model.edits import Commit
from headway.model.service_images import DeclaredImage
from headway.workspace import application_source
from headway.workspace.application_source import COMMITS_CONSIDERED, ApplicationSource


def image_pin(source: ApplicationSource, key: str) -> Pin | None:
    path = source.files.path("values.yaml")
    image = source.application.images[key]
    return _pin(source.texts_of(path), lambda text: image_values.read(text, image, path))


def own_pin(source: ApplicationSource, image: DeclaredImage, environment: str) -> Pin | None:
    """Of a tag that an environment keeps."""
    path = source.files.path(source.application.tag_file(environment))
    return _pin(source.texts_of(path), lambda text: image_values.read(text, image, path))


def chart_image_pin(git: GitRepository, head: str, path: str, image: DeclaredImage) -> Pin | None:
    """Of an image whose tag stands in the service's own chart: `path` of that values.yaml in its repository."""
    history = git.file_history(head, path, COMMITS_CONSIDERED)
    return _pin(application_source.texts(history, path), lambda text: image_values.read(text, image, path))


def chart_pin(source: ApplicationSource, service: str) -> Pin | None:
    legacy = source.files.chart_yaml.in_requirements
    path = source.files.path(REQUIREMENTS if legacy else "Chart.yaml")

    def version(text: str) -> str:
        chart = chart_yaml.read(source.files.chart, path, text) if legacy else chart_yaml.read(text, path)
        return next((chart.dependencies[at].version for at in chart.positions(service)), "")

    return _pin(source.texts_of(path), version)


def _pin(history: Iterable[tuple[Commit, str]], read: Callable[[str], str]) -> Pin | None:
    def value(text: str) -> str:
        try:
            return read(text)
        except BadInput:
            return ""  # it was not there yet, or could not be read

    return pin(Written(value(text), commit.sha, commit.is_own) for commit, text in history)

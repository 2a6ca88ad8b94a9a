"""What a package was made of: images by digest, service charts, and all that people wrote, as the release record keeps it."""

from collections.abc import Mapping
from dataclasses import replace

from headway.decide.supply import own_scalars, own_tags, service_charts
from headway.errors import BadInput
from headway.formats import application_files, headway_yaml, image_record, utf8
from headway.formats.application_files import ApplicationFiles
from headway.model.application import Application
from headway.model.charts import Package
from headway.model.images import RecordedImage
from headway.model.quarantine import Input


def of(package: Package, files: Mapping[str, bytes], environment: str) -> tuple[str, ...]:
    """The inputs of a package in one environment, sorted. `files`: of the package, by path. Empty for a package whose inputs
    cannot be read, such as one without values.yaml."""
    try:
        application = headway_yaml.read_packaged(utf8.text(files[headway_yaml.FILE], headway_yaml.FILE))
        texts = application_files.read(files)
        found = own_scalars.inputs(texts, application, own_tags.standing(files, application, environment))
    except (BadInput, KeyError):
        return ()
    images = {each.reference: each for each in image_record.read(package.metadata)}
    inputs = [*(_by_digest(each, images) for each in found), _content(files, texts, application)]
    return tuple(sorted(each.recorded for each in inputs))


def _by_digest(each: Input, images: Mapping[str, RecordedImage]) -> Input:
    """As it is where it is named by its digest already."""
    is_by_tag = each.kind == "image" and "@" not in each.version
    recorded = images.get(f"{each.name}:{each.version}") if is_by_tag else None
    return replace(each, version=f"{each.version}@{recorded.digest}") if recorded else each


def _content(files: Mapping[str, bytes], texts: ApplicationFiles, application: Application) -> Input:
    """Without the services' vendored charts, which follow from the other inputs: Helm packages each as a folder of its name."""
    vendored = tuple(
        f"charts/{service_charts.chart_name(texts.chart_yaml, service)}/" for service in application.services
    )
    people = {path: data for path, data in files.items() if not path.startswith(vendored)}
    return own_scalars.content(people, texts, application)

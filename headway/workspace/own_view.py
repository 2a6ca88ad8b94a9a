"""What a package is to an environment that keeps tags of its own."""

from headway.decide.supply import own_tags
from headway.decide.supply.feeding import Offered
from headway.formats import chart_package, headway_yaml, utf8
from headway.model.application import Application
from headway.model.charts import ChartEntry
from headway.workspace import package_inputs


def of(entry: ChartEntry, data: bytes, application: Application, environment: str) -> Offered:
    """What the package is to that environment. Raises BadInput for a package that is no application's."""
    package, files = chart_package.unpack(data, entry.url)
    packaged = headway_yaml.read_packaged(utf8.text(files.get(headway_yaml.FILE, b""), headway_yaml.FILE))
    if environment not in packaged.environments:
        return Offered(entry, "", (), tuple(application.own_images(environment)))
    return Offered(
        entry,
        own_tags.seen_by(files, packaged, environment),
        package_inputs.of(package, files, environment),
        own_tags.missing(files, application, packaged, environment),
    )

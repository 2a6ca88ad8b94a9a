"""What a person says about one input: it must not be chosen any more, or it may be again. An edit of the quarantine."""

from collections.abc import Sequence
from typing import Literal

from headway.decide.release import advice
from headway.decide.supply.service_charts import chart_name
from headway.errors import BadInput
from headway.formats import quarantine, semver
from headway.formats.application_files import ApplicationFiles
from headway.model.application import Application
from headway.model.audit import Said
from headway.model.edits import Edit
from headway.model.quarantine import QuarantinedInput


def bar(files: ApplicationFiles, application: Application, reference: str, said: Said) -> Edit:
    """`reference` is image:tag of a service, or chart:version. Empty `files` where it is barred already. BadInput also for a
    chart's version that none can have."""
    kind, name, version = named(files, application, reference)
    if kind == "chart" and semver.coerce(version) is None:
        raise _no_version(application, reference, name, version)
    reason = f"{said.by}: {said.why}"
    line = QuarantinedInput(kind, name, version, environment="", digest="", reason=reason, since=said.at)
    text = quarantine.add(files.quarantine, [line])
    return _edit(files, text, f"Bar {kind} {name} {version}", _barred_already(application, reference), said)


def allow(files: ApplicationFiles, application: Application, reference: str, said: Said) -> Edit:
    """The other way round. Empty `files` where it is not barred."""
    kind, name, version = named(files, application, reference)
    text = quarantine.remove(files.quarantine, kind, name, version)
    is_tag = kind == "chart" and semver.coerce(version) is None
    nothing = f"{reference} is not barred{as_image(application, reference) if is_tag else ''}"
    return _edit(files, text, f"Allow {kind} {name} {version} again", nothing, said)


def _barred_already(application: Application, reference: str) -> str:
    told = advice.quarantine(application.application)
    return f"{reference} is barred already: {told} says by whom, since when and why"


def _edit(files: ApplicationFiles, text: str, subject: str, nothing: str, said: Said) -> Edit:
    if text == (files.quarantine or ""):
        return Edit({}, nothing)
    return Edit({quarantine.PATH: text.encode()}, subject, f"{said.by}: {said.why}")


def named(
    files: ApplicationFiles, application: Application, reference: str
) -> tuple[Literal["image", "chart"], str, str]:
    """Kind, name and version of what `reference` names; a chart by its name, or as its service is called. BadInput where no
    service has that image or chart."""
    by_tag, at, digest = reference.partition("@")
    name, _, version = by_tag.rpartition(":")
    version += f"{at}{digest}"
    images = list(dict.fromkeys(each.repository for each in application.images.values()))
    if name and version and name in images:
        return "image", name, version
    services = {service: chart_name(files.chart_yaml, service) for service in application.services}
    charts = list(dict.fromkeys(services.values()))
    chart = name if name in charts else services.get(name, "")
    if chart and version:
        return "chart", chart, version
    if name and version and "/" not in name:
        raise _no_chart(application, reference, charts, images)
    raise BadInput(
        f"{reference!r} is no image with its tag, and no chart with its version, of a service",
        where="headway.yaml services",
        next_step=f"Write one of these, with :TAG or :VERSION: {', '.join([*images, *charts])}.",
    )


def as_image(application: Application, reference: str) -> str:
    """The end of a sentence about a chart: how the image is written that people call so, without its registry. Empty where no
    service has one."""
    name, colon, tag = reference.partition(":")
    found: dict[str, str] = {}
    for key, image in application.images.items():
        if image.repository.rpartition("/")[2] == name:
            found.setdefault(f"{image.repository}{colon}{tag}", key)
    return "".join(f"; the image of {key} is written {image}" for image, key in found.items())


def _no_version(application: Application, reference: str, chart: str, version: str) -> BadInput:
    return BadInput(
        f"{version!r} is no version of a chart{as_image(application, reference)}",
        where=f"chart {chart}",
        next_step="A chart's version is one such as 1.2.3.",
    )


def _no_chart(
    application: Application, reference: str, charts: Sequence[str], images: Sequence[str]
) -> BadInput:
    name = reference.partition(":")[0]
    known = f"there {'are' if charts[1:] else 'is'} {' and '.join(charts)}" if charts else "there is none"
    return BadInput(
        f"no chart of a service is called {name!r}, {known}{as_image(application, reference)}",
        where="headway.yaml services",
        next_step=f"Write one of these, with :TAG or :VERSION: {', '.join([*images, *charts])}.",
    )

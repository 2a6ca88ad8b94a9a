"""The images that git says an application runs: those of its services, by the tags in its value files, and those of its tests."""

from collections.abc import Sequence

from headway.decide.supply import image_use, own_tags
from headway.decide.supply.image_use import Render, ServiceImage
from headway.formats import image_values
from headway.formats.application_files import ApplicationFiles
from headway.model.application import Application


def of_services(files: ApplicationFiles, application: Application) -> list[ServiceImage]:
    """One for the tag in values.yaml, and one for each environment that keeps a tag of its own."""
    path, umbrella = files.path("values.yaml"), files.chart_yaml
    own = {name: application.own_images(name) for name in application.environments}
    found = []
    for key, image in application.images_in_values.items():
        folders = frozenset(umbrella.dependencies[at].key for at in umbrella.positions(image.service))
        keeping = [name for name, images in own.items() if key in images]
        tag = image_values.read(files.values, image, path)
        shared = frozenset(own.keys() - {*keeping}) if keeping else None
        found.append(ServiceImage(key, f"{image.repository}:{tag}", folders, shared))
        for name in keeping:
            tag = own_tags.tag(files, application, name, key)
            found.append(ServiceImage(key, f"{image.repository}:{tag}", folders, frozenset([name])))
    return found


def places(files: ApplicationFiles, application: Application) -> dict[str, str]:
    """Where each image is named, by its reference: file and key."""
    services = {each.reference: _place(files, application, each) for each in of_services(files, application)}
    return services | {test.image: f"headway.yaml tests.{test.name}" for test in application.tests}


def without_effect(
    files: ApplicationFiles,
    application: Application,
    services: Sequence[ServiceImage],
    renders: Sequence[Render],
) -> list[str]:
    """Findings on services that run without the tag that Headway writes: no new image would ever reach them."""
    found = []
    for each in services:
        if unused := image_use.unused_in(each, renders):
            declared = application.images[each.key]
            found.append(
                f"{_place(files, application, each)}: no manifest of {', '.join(unused)} uses {each.reference}, so that a new "
                f"tag changes nothing there; let the chart of {declared.service} render its image from these values, or correct "
                f"`image:` or `value:` of {declared.place} in headway.yaml"
            )
    return found


def _place(files: ApplicationFiles, application: Application, image: ServiceImage) -> str:
    name, text = "values.yaml", files.values
    for each in image.environments or ():
        if image.key in application.own_images(each):
            name = application.tag_file(each)
            text = files.layers.get(name, "")
    path = files.path(name)
    return f"{path} {image_values.shown(text, application.images[image.key], path)}"

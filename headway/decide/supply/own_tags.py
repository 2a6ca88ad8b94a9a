"""Tags that an environment keeps for itself, in its last value file, above those of values.yaml."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import replace

from headway.errors import BadInput
from headway.formats import application_files, image_values, utf8, yaml_source
from headway.formats.application_files import ApplicationFiles
from headway.formats.content_digest import content_digest
from headway.model.application import Application
from headway.model.service_images import DeclaredImage

_BLOTTED = "(Headway's)"


def tag(files: ApplicationFiles, application: Application, environment: str, key: str) -> str:
    """Of an image that the environment keeps; empty for none yet. BadInput naming file and line where it does not stand there."""
    name = application.tag_file(environment)
    return image_values.read(
        _text(files, name, environment), application.own_images(environment)[key], files.path(name)
    )


def written(
    files: ApplicationFiles, application: Application, environment: str, key: str, value: str
) -> ApplicationFiles:
    """With another tag of such an image, every other byte as it is. Raises BadInput as `tag` does."""
    name = application.tag_file(environment)
    image = application.own_images(environment)[key]
    text = image_values.write(_text(files, name, environment), image, value, files.path(name))
    return replace(files, layers={**files.layers, name: text})


def _text(files: ApplicationFiles, name: str, environment: str) -> str:
    if name not in files.layers:
        raise BadInput(
            f"the file is missing, in which {environment} keeps its tags",
            where=files.path(name),
            next_step="Write it, with an empty tag of each image.",
        )
    return files.layers[name]


def standing(tree: Mapping[str, bytes], application: Application, environment: str) -> dict[str, str]:
    """Tags by key of the image, as the files of a package have them, whatever policy says; those that are empty too."""
    if environment not in application.environments:
        return {}
    name = application.tag_file(environment)
    text = utf8.text(tree.get(name, b""), name)
    return {image.key: image_values.read(text, image, name) for image in _standing(text, application, name)}


def texts(tree: Mapping[str, bytes], application: Application, environment: str) -> dict[str, str]:
    """Of the value file that holds such tags, by key of the image."""
    held = standing(tree, application, environment)
    name = application.tag_file(environment) if held else ""
    return dict.fromkeys(held, utf8.text(tree[name], name)) if held else {}


def blotted(tree: Mapping[str, bytes], application: Application) -> dict[str, bytes]:
    """The value files of environments without such tags, by path: of those that have any."""
    found = {}
    for environment in application.environments:
        name = application.tag_file(environment)
        text = utf8.text(tree.get(name, b""), name)
        if images := _standing(text, application, name):
            for image in images:
                text = image_values.write(text, replace(image, name=None), _BLOTTED, name)
            found[name] = text.encode()
    return found


def missing(
    tree: Mapping[str, bytes], application: Application, packaged: Application, environment: str
) -> tuple[str, ...]:
    """Keys of the images for which nothing is chosen there yet, in the files of a package that says of itself `packaged`."""
    held = standing(tree, packaged, environment)
    return tuple(key for key in application.own_images(environment) if not held.get(key))


def seen_by(tree: Mapping[str, bytes], application: Application, environment: str) -> str:
    """sha256:<hex> of what a package is to one environment: without its version, without what is other environments' alone, and
    without tags of values.yaml for which the environment has its own."""
    own = {*_files(application, environment)}
    others = {path for each in application.environments for path in _files(application, each)} - own
    files = application_files.read(tree)
    values = files.values
    for key in standing(tree, application, environment):
        with suppress(BadInput):
            values = image_values.write(values, application.images[key], _BLOTTED, "values.yaml")
    kept = {path: data for path, data in tree.items() if path not in others}
    chart = application_files.with_version(files, "0.0.0")
    return content_digest({**kept, "values.yaml": values.encode(), "Chart.yaml": chart.encode()})


def _files(application: Application, environment: str) -> Collection[str]:
    declared = application.environments[environment]
    return (*declared.value_files(environment).paths, *declared.secret_files(environment).paths)


def _standing(text: str, application: Application, name: str) -> list[DeclaredImage]:
    """Images whose tag stands in a value file, in all of its places."""
    found = []
    with suppress(BadInput):
        root = yaml_source.compose(text, name)
        for image in application.images_in_values.values():
            with suppress(BadInput):
                if root and all(
                    yaml_source.find(root, path) for path in image_values.places(text, image, name)
                ):
                    image_values.read(text, image, name)
                    found.append(image)
    return found

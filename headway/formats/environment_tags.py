"""What is wrong with `policy` and `policies` of environments, which keep tags of their own by them."""

import posixpath
from collections.abc import Iterator

import yaml

from headway.formats import near_names
from headway.formats.declaration import Finding, line_of
from headway.model.application import Application

_OF_ALL = ("values.yaml", "Chart.yaml", "requirements.yaml", "headway.yaml")


def findings(root: yaml.Node, application: Application, policy_file: str = "") -> Iterator[Finding]:
    """`policy_file`: where they stand, if that is a file of their own."""
    said_in = f"{policy_file}: " if policy_file else ""
    for name, environment in application.environments.items():
        if environment.keeps_tags:
            for key, what in _of(name, application):
                place = ("environments", name, key)
                yield line_of(root, place), f"{said_in}{'.'.join(place)}: {what}"


def _of(name: str, application: Application) -> Iterator[tuple[str, str]]:
    """Key below the environment, and a sentence."""
    environment = application.environments[name]
    first = "policy" if environment.image_policy else "policies"
    if name == application.first_environment:
        yield first, f"{name} has the tags of values.yaml: say it as services.<name>.policy"
        return
    known = {*application.services, *application.images}
    for key in environment.image_policies:
        service = application.services.get(key.partition(".")[0])
        if key not in known:
            there = f"there are {', '.join(sorted(known)) or 'none'}"
            meant = near_names.meant(key, known) or f"; {there}"
            yield "policies", f"there is no service {key!r}{meant}"
        elif service and service.tags_in == "chart":
            yield (
                "policies",
                f"{key} has its tag in its own chart (tags_in: chart), which is that of all environments",
            )
    yield from ((first, what) for what in _of_file(name, application))
    if environment.after is None:
        yield from ((first, what) for what in _of_source(name, application))
        if environment.soak:
            yield (
                "soak",
                f"{name} comes after no environment, in which a version could have been good for that long",
            )


def _of_file(name: str, application: Application) -> Iterator[str]:
    file = application.tag_file(name)
    if not file:
        yield f"{name} has no value file (values: []) to keep its tags in"
        return
    holds, same = f"{file}, its last value file, which holds its tags,", posixpath.normpath(file)
    if same in _OF_ALL:
        yield f"{holds} is that of all environments: write one of its own behind it"
        return
    for other, each in application.environments.items():
        paths = each.secret_files(other).paths
        paths += each.value_files(other).paths if other != name else ()
        if same in map(posixpath.normpath, paths):
            yield f"{holds} is also one of {other}" + (", as a secret" if other == name else "")
            return


def _of_source(name: str, application: Application) -> Iterator[str]:
    """Without `after` nothing was tested before: so each image must have a rule there."""
    shared = sorted(application.images.keys() - application.own_images(name).keys())
    if shared:
        yield (
            f"{name} comes after no environment, and has no policy for {', '.join(shared)}, whose tags would come untested: "
            "write `policy` for all, or `after`"
        )

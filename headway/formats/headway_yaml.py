"""Reads headway.yaml: everything that is wrong with it at once, each finding with its line and key."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any

import yaml

from headway.errors import BadInput
from headway.formats import (
    declaration,
    environment_sources,
    environment_tags,
    image_reference,
    needed_tests,
    policy_texts,
)
from headway.formats.declaration import Finding, line_of
from headway.formats.policy_texts import Written
from headway.model.application import WRITE_KEYS, Application
from headway.model.environment import POLICY_KEYS
from headway.model.policy import Policy, joined
from headway.model.service_images import is_single_image

FILE = "headway.yaml"


def read(text: str, file: str = FILE, policy: Policy | None = None) -> Application:
    """The application, with its `policy` where that lives elsewhere.

    Raises BadInput with one line `file:line: key: sentence` for each finding, in line order; also for a key of policy that
    stands here where policy lives elsewhere, and for an environment that it does not know.
    """
    return _read(text, file, policy, is_whole=True)


@lru_cache(maxsize=32)
def read_packaged(text: str, file: str = FILE) -> Application:
    """The same of a package, which holds content: policy may live elsewhere, and what is here of it counts for nothing.

    Remembered: a release reads that of each revision in its history, and what many environments have are the same packages.
    """
    return _read(text, file, None, is_whole=False)


def _read(text: str, file: str, policy: Policy | None, *, is_whole: bool) -> Application:
    root, data, findings = declaration.opened(text, file, "application, services and environments")
    declared = data.get("environments")
    if policy and isinstance(declared, dict):
        findings += [*_of_writing(root, data, policy), *_of_policy(root, declared, policy)]
        content = {key: value for key, value in data.items() if key not in WRITE_KEYS}
        written = policy.writing.model_dump(exclude_unset=True)
        data = {**content, **written, "environments": joined(declared, policy)}
    findings += [
        *(_whole(root, data) if is_whole and policy is None else ()),
        *declaration.constraints(root, data, ("services", "charts"), ("environments", "versions")),
        *_images(root, data),
        *policy_texts.findings(root, _policies(data, is_whole=is_whole and policy is None)),
        *_together(root, data),
        *_places(root, data),
    ]
    application, refused = declaration.validated(root, data, Application)
    findings += refused
    if application:
        findings += islice(needed_tests.findings(root, application), declaration.FINDINGS_LIMIT)
    if application and is_whole and application.environments:
        findings += environment_tags.findings(root, application, policy.file if policy else "")
        findings += _long_namespaces(root, application)
    if application is None or findings:
        raise declaration.bad_input(findings, file)
    return application


def _whole(root: yaml.Node, data: Any) -> Iterator[Finding]:
    """What is wrong with `environments` where policy stands here; said first where nothing of it does."""
    declared = data.get("environments")
    if isinstance(declared, dict) and declared and not any(map(_says_policy, declared.values())):
        what = "nothing of their policy is here; if it lives in a file of its own, name that"
        by = "by --policy, or by policy_path of the application's block"
        yield line_of(root, ("environments",)), f"environments: {what} {by}"
    yield from environment_sources.sources(root, data)


def _long_namespaces(root: yaml.Node, application: Application) -> Iterator[Finding]:
    for name in application.environments:
        if why := application.why_no_namespace(name):
            place = ("environments", name)
            yield line_of(root, place), f"{'.'.join(place)}: {why}; name one by namespace"


def _says_policy(environment: Any) -> bool:
    return not isinstance(environment, dict) or not POLICY_KEYS.isdisjoint(environment)


def _of_writing(root: yaml.Node, data: Any, policy: Policy) -> Iterator[Finding]:
    for key in WRITE_KEYS & data.keys():
        what = f"it is policy, which stands in {policy.file}: take it out here"
        yield line_of(root, (key,)), f"{key}: {what}"


def _of_policy(root: yaml.Node, declared: Mapping[str, Any], policy: Policy) -> Iterator[Finding]:
    """What only whoever keeps the policy may say."""
    for name, each in declared.items():
        place = ("environments", name)
        if name not in policy.environments:
            yield line_of(root, place), f"environments.{name}: {policy.file} does not name it; write it there"
        for key in POLICY_KEYS & each.keys() if isinstance(each, dict) else ():
            what = f"it is policy, which stands in {policy.file}: take it out here"
            yield line_of(root, (*place, key)), f"environments.{name}.{key}: {what}"
    named = {name: each for name, each in policy.environments.items() if name in declared}
    for name in {*list(policy.environments)[:1], *(each.after for each in named.values() if each.after)}:
        if name not in declared:
            what = f"{name} is missing, which {policy.file} has before others"
            yield line_of(root, ("environments",)), f"environments: {what}"


def _images(root: yaml.Node, data: Any) -> Iterator[Finding]:
    tests = data.get("tests")
    listed = enumerate(tests) if isinstance(tests, list) else ()
    of_tests = ((("tests", str(at)), each) for at, each in listed if isinstance(each, dict))
    for read, members in ((image_reference.locate, _declared(data)), (image_reference.parse, of_tests)):
        for path, each in members:
            image = each.get("image")
            if not isinstance(image, str) or image.startswith("-"):
                continue
            if path[0] == "services" and is_single_image(image):
                continue
            try:
                read(image)
            except BadInput as error:
                place = (*path, "image")
                yield line_of(root, place), f"{'.'.join(place)}: {image!r} is {error.what}"


def _policies(data: Any, *, is_whole: bool) -> Iterator[Written]:
    yield from (((*path, "policy"), each.get("policy")) for path, each in _declared(data))
    if is_whole:
        yield from policy_texts.of_environments(data)


def _declared(data: Any) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Services, and more images of each, as they are written, by path."""
    services = data.get("services")
    for name, service in services.items() if isinstance(services, dict) else ():
        if not isinstance(service, dict):
            continue
        yield ("services", str(name)), service
        more = service.get("images")
        for key, image in more.items() if isinstance(more, dict) else ():
            if isinstance(image, dict):
                yield ("services", str(name), "images", str(key)), image


def _together(root: yaml.Node, data: Any) -> Iterator[Finding]:
    """Each group names two services or more, and each service is in one group at most."""
    services, groups = data.get("services") or {}, data.get("together")
    if not isinstance(services, dict) or not isinstance(groups, list):
        return
    taken: dict[str, int] = {}
    for at, group in enumerate(groups):
        key, line = f"together.{at}", line_of(root, ("together", str(at)))
        if not isinstance(group, list):
            continue
        if len(group) < 2:
            yield line, f"{key}: name two services or more, which come in together"
        for name in group:
            if not isinstance(name, str):
                continue
            if name not in services:
                known = ", ".join(map(str, services)) or "none"
                yield line, f"{key}: there is no service {name!r}; there are {known}"
            elif name in taken:
                yield line, f"{key}: {name} is in together.{taken[name]} already"
            else:
                taken[name] = at


def _places(root: yaml.Node, data: Any) -> Iterator[Finding]:
    """No two environments are one release: by the names that they write, or have by default."""
    application, environments = data.get("application"), data.get("environments")
    if not isinstance(environments, dict):
        return
    taken: dict[tuple[str, ...], str] = {}
    for name, each in environments.items():
        if not isinstance(each, dict):
            continue
        usual = {
            "cluster": f"{application}-{name}",
            "namespace": f"{application}-{name}",
            "release": application,
        }
        place = tuple(str(each.get(key) or default) for key, default in usual.items())
        if place in taken:
            line = line_of(root, ("environments", name))
            yield line, f"environments.{name}: its cluster, namespace and release are those of {taken[place]}"
        taken.setdefault(place, name)

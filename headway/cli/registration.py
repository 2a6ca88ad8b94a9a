"""Registers an application with Prefect, but only one whose headway.yaml can be read."""

from pathlib import Path
from typing import TYPE_CHECKING

from headway.cli import files
from headway.cli.where import Credentials
from headway.decide.review import read_addresses
from headway.decide.supply import chart_names, folder_dependencies, image_policies, service_charts
from headway.errors import BadInput
from headway.formats import chart_yaml, headway_yaml, headway_yaml_draft, image_values
from headway.formats.chart_yaml import ChartYaml
from headway.model.application import Application
from headway.model.charts import Dependency

if TYPE_CHECKING:
    from prefect.blocks.core import Block

    from blocks import Application as ApplicationBlock
    from headway.cli.blocks_of_prefect import PolicyOptions
    from headway.cli.new_blocks import Wanted
    from headway.clients.git import GitCredentials

FILE = "headway.yaml"


def check(path: Path, policy: Path | None = None) -> bool:
    """Reads a headway.yaml, and the chart it leads to where that is there; prints what it declares.

    `policy`: the file that policy lives in, where that is not headway.yaml. Raises BadInput with all findings, one a line.
    """
    file = path / FILE if path.is_dir() else path
    application = files.application(file, policy)
    found = headway_yaml_draft.open_points(files.text(file), str(file))
    found += _unknown_kinds(application, str(file), str(policy or file))
    chart = file.parent / application.chart
    if (chart / "Chart.yaml").is_file():
        found += _chart_findings(application, chart)
    if found:
        raise BadInput("\n".join(found))
    print(summary(application))
    return True


def _unknown_kinds(application: Application, file: str, policy: str) -> list[str]:
    """Image policies and chart repositories that there is no module for."""
    from headway.clients.chart_repository import check_writable

    found: list[str] = []
    for image in application.images.values():
        try:
            image_policies.of(image.policy, f"{file} {image.place}.policy.kind")
        except BadInput as error:
            found.append(str(error))
    for name, environment in application.environments.items():
        try:
            check_writable(environment.charts)
        except BadInput as error:
            found.append(f"{policy} environments.{name}.charts: {error}")
    return found


def _chart_findings(application: Application, chart: Path) -> list[str]:
    file, requirements = chart / "Chart.yaml", chart / "requirements.yaml"
    text, more = files.text(file), files.text(requirements) if requirements.is_file() else None
    read = chart_yaml.read(text, str(file), more)
    clashes = [f"{file}: {each}. {chart_names.REMEDY}" for each in chart_names.clashes(read)]
    shared = [f"{file}: {each}" for each in chart_names.shared_by_services(application, read)]
    undeclared = [each for service in application.services for each in _undeclared(read, service, str(file))]
    addresses = read_addresses.disagreements(application, text, more, f"{chart}/")
    own = {at for service in application.services for at in read.positions(service)}
    others = [each for at, each in enumerate(read.dependencies) if at not in own]
    folders = [finding for each in others for finding in _folder(each, str(file))]
    return [
        *map(str, addresses),
        *undeclared,
        *folders,
        *clashes,
        *shared,
        *_missing_keys(application, chart / "values.yaml"),
        *_missing_files(application, chart),
    ]


def _missing_keys(application: Application, values: Path) -> list[str]:
    """Of the umbrella's values.yaml, where it is there: what headway.yaml names itself, or by a marker."""
    found: list[str] = []
    if not values.is_file():
        return found
    text = files.text(values)
    for image in application.images_in_values.values():
        try:
            image_values.check(text, image, str(values))
        except BadInput as error:
            found.append(f"{error} (headway.yaml {image.place})")
    return found


def _folder(dependency: Dependency, file: str) -> list[str]:
    try:
        folder_dependencies.refuse(dependency.name, dependency.repository, file)
    except BadInput as error:
        return [str(error)]
    return []


def _undeclared(chart: ChartYaml, service: str, file: str) -> list[str]:
    try:
        service_charts.positions(chart, service, file)
    except BadInput as error:
        return [str(error)]
    return []


def _missing_files(application: Application, chart: Path) -> list[str]:
    """Value and sops files that an environment names; those that it has by default may be missing."""
    return [
        f"{chart / path}: headway.yaml names it for {name}, but it is missing"
        for name, environment in application.environments.items()
        for files in (environment.value_files(name), environment.secret_files(name))
        for path in (files.paths if files.required else ())
        if not (chart / path).is_file()
    ]


def add(
    url: str,
    branch: str | None,
    *,
    credentials: Credentials,
    policy: "PolicyOptions",
    wanted: "Wanted",
    dry_run: bool,
) -> bool:
    """Saves the blocks that are wanted, and the Application block under the name that headway.yaml at the branch's head declares.

    Raises BadInput for a headway.yaml, policy, kubeconfig or secret that does not hold, Refused when the name belongs to another
    repository, Unreachable when nobody answers: nothing is saved then.
    """
    from headway.cli import blocks_of_prefect as saved
    from headway.cli import new_blocks
    from headway.cli.prefect_api import prefect_server

    former = saved.registered(url)
    new = {
        "git_credentials": (wanted.git(), credentials.git),
        "registry_credentials": (wanted.registry(), credentials.registry),
        "s3_credentials": (wanted.s3(), credentials.s3),
        "forge_credentials": (wanted.forge_of(url), credentials.forge),
    }
    git, registry, s3, forge = (None if made else named for made, named in new.values())
    block = saved.application(url, branch, git=git, registry=registry, s3=s3, forge=forge, policy=policy)
    for field, (made, _) in new.items():
        if made:
            setattr(block, field, made)
    reader = block.git_credentials
    if former and "git_credentials" not in block.model_fields_set:
        reader = former.git_credentials
    if former and "branch" not in block.model_fields_set:
        block.branch = former.branch
    name = headway_yaml.read_packaged(
        _at_head(url, block.branch, reader.credentials() if reader else None), FILE
    ).application
    block = saved.with_former(block, name)
    declared = declared_by(block)
    made_blocks: dict[str, tuple[Block, str]] = {
        f"{made.get_block_type_slug()}/{named or name}": (made, _shown(made))
        for made, named in new.values()
        if made
    }
    for cluster, found in wanted.clusters_of(declared).items():
        made_blocks[f"{found[0].get_block_type_slug()}/{cluster}"] = found
    if dry_run:
        print(
            "\n".join(
                [
                    *new_blocks.describe(made_blocks),
                    f"would save headway-application/{name}: {url} {block.branch}",
                ]
            )
        )
    else:
        with prefect_server():
            new_blocks.save(made_blocks)
        saved.save(block, name)
    print(summary(declared))
    return True


def _shown(block: "Block") -> str:
    """What is not secret of a credentials block."""
    from blocks import ForgeCredentials, S3Credentials

    if isinstance(block, ForgeCredentials):
        return f"a token of {block.kind} at {block.url}"
    if isinstance(block, S3Credentials):
        key = f"access key {block.access_key}" if block.access_key else "the worker's own keys"
        return f"{key} at {block.endpoint_url or 'AWS'}, {block.region}"
    host = f" at {host}" if (host := getattr(block, "host", "")) else ""
    if getattr(block, "docker_config", None):
        return "a docker config, for the registries that it names"
    if getattr(block, "aws", False):
        return f"a password of AWS{host}"
    return f"user {getattr(block, 'username', '')}{host}"


def summary(application: Application) -> str:
    services = ", ".join(application.services) or "none"
    environments = " -> ".join(application.environments)
    return f"{application.application}: services {services}; environments {environments}"


def declared_by(block: "ApplicationBlock") -> Application:
    """With its policy, wherever that lives."""
    from blocks.opening import access, connect
    from headway.workspace.workspace import Workspace

    return Workspace(access(block), connect).application


def _at_head(url: str, branch: str, credentials: "GitCredentials | None") -> str:
    from headway.clients.git import GitRepository
    from headway.workspace.systems import Access

    repository = GitRepository(url, branch, Access(url).cache / "git", credentials)
    data = repository.read(repository.head(), FILE)
    if data is None:
        raise BadInput(
            "the file is missing", where=f"{url} {branch}:{FILE}", next_step="Write one, and commit it."
        )
    return data.decode("utf-8", "replace")

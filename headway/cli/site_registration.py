"""Registers a site with Prefect, but only one whose chart is offered where it is said to be."""

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from headway.cli import files, secret_input
from headway.cli.where import Credentials
from headway.decide.release import advice
from headway.errors import BadInput, Refused
from headway.model.site import Site as Declared

if TYPE_CHECKING:
    from blocks import Site
    from headway.cli.limits import Limits
    from headway.cli.new_blocks import Wanted

MODES = "headway add GIT-URL; or, for a site, headway add --charts URL --chart NAME --environment NAME."


@dataclass(frozen=True, slots=True)
class SiteOptions:
    """As a person says it; what they leave out stays as it was."""

    charts: str | None = None
    chart: str | None = None
    environment: str | None = None
    name: str | None = None
    values: str | None = None
    versions: str | None = None
    namespace: str | None = None
    gate: str | None = None
    drift: str | None = None
    timeout: str | None = None
    release: str | None = None
    charts_user: str | None = None
    charts_password_from: str | None = None
    keyring: str | None = None
    """A file of public keys; empty: packages need not be signed any more."""
    cosign_key: str | None = None
    """The same of cosign."""

    @property
    def is_given(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))


def add_site(
    said: SiteOptions, limits: "Limits", *, credentials: Credentials, wanted: "Wanted", dry_run: bool
) -> bool:
    """Saves the Site block, called --name or else as its chart, and the blocks that are wanted beside it.

    Raises BadInput for what does not hold and for a chart that is not offered there, Refused where an application bears that name
    or a block is another's, Unreachable when nobody answers: nothing is saved then.
    """
    from blocks import Application, Site
    from blocks.opening import access_of_site, connect
    from headway.cli import blocks_of_prefect as saved
    from headway.cli.registration import save_together
    from headway.workspace import site_values
    from headway.workspace.site import SiteWorkspace

    name = said.name or said.chart or ""
    if wanted.is_of_git:
        raise BadInput("a site has no git host", where="headway add", next_step=MODES)
    if limits.of_git:
        raise BadInput(
            "a site has no headway.yaml that would have to be kept within limits",
            where="headway add",
            next_step=f"Take them out; or say which: {MODES}",
        )
    new = {
        "registry_credentials": (wanted.registry(), credentials.registry),
        "s3_credentials": (wanted.s3(), credentials.s3),
    }
    registry, s3 = (None if made else named for made, named in new.values())
    former = saved.load(Site, name) if name else None
    block = _block(said, former, registry=registry, s3=s3)
    if saved.find(Application, name):
        raise Refused(
            "an application is registered under that name",
            where=name,
            next_step="Call the site otherwise: --name NAME.",
        )
    for field, (made, _) in new.items():
        if made:
            setattr(block, field, made)
    for field, value in limits.key().items():
        setattr(block, field, value)
    site = block.declared(name)
    workspace = SiteWorkspace(access_of_site(block), site, connect)
    offered = workspace.chart_repository(site.environment).entries(site.chart)
    if not offered:
        raise BadInput(
            f"it offers no chart {site.chart!r}", where=block.charts, next_step="Correct --charts or --chart."
        )
    if site.values and not site.values.startswith(site_values.IN_CLUSTER):
        # Whose ConfigMap it is says a cluster that may be registered only now.
        workspace.own_values()
    where = f"headway-site/{name}: {site.chart} of {block.charts} to {site.environment}"
    save_together(
        name,
        new,
        wanted.clusters_of(site.application),
        lambda: _save(block, name, where),
        said=where,
        dry_run=dry_run,
    )
    print(f"newest there: {offered[0].version}")
    if left := _left(name, former, site):
        print(left)
    return True


def _left(name: str, former: "Site | None", now: Declared) -> str:
    """Where it was released until now, if that is another place, and how it goes from the board; empty where it is not."""
    if former is None:
        return ""
    before = former.declared(name)
    was, will = (
        (
            each.application.cluster(each.environment),
            each.application.namespace(each.environment),
            each.application.release(each.environment),
        )
        for each in (before, now)
    )
    if was == will:
        return ""
    cluster, namespace, release = was
    ref = before.application.release_ref(before.environment)
    return (
        f"what was released as {release} in namespace {namespace} of {cluster} stays, and stays on the board; "
        f"{advice.leave(ref, release, namespace)} takes it off, once the new one runs"
    )


def _block(said: SiteOptions, former: "Site | None", *, registry: str | None, s3: str | None) -> "Site":
    """With the saved credentials blocks of these names: None leaves a field as it was, an empty name takes them away."""
    from pydantic import SecretStr

    from blocks import RegistryCredentials, S3Credentials, Site
    from headway.cli import blocks_of_prefect as saved

    if not former and not (said.charts and said.chart and said.environment):
        raise BadInput(
            "a site wants a chart repository, a chart and the name of its environment",
            where="headway add",
            next_step=MODES,
        )
    if said.keyring:
        said = replace(said, keyring=files.text(Path(said.keyring)))
    if said.cosign_key:
        said = replace(said, cosign_key=files.text(Path(said.cosign_key)))
    said_of = {each.name for each in fields(said)} - {"name", "charts_user", "charts_password_from"}
    given = {key: value for key in said_of if (value := getattr(said, key)) is not None}
    kept = {key: getattr(former, key) for key in Site.model_fields} if former else {}
    block = Site(**{**kept, **given})
    if said.charts_user is not None:
        block.charts_username = said.charts_user
        password = said.charts_user and secret_input.read(
            said.charts_password_from,
            "HEADWAY_CHARTS_PASSWORD",
            "password of the chart repository",
            "--charts-password-from",
        )
        block.charts_password = SecretStr(password) if password else None
    if registry is not None:
        block.registry_credentials = saved.named(RegistryCredentials, registry)
    if s3 is not None:
        block.s3_credentials = saved.named(S3Credentials, s3)
    return block


def _save(block: "Site", name: str, where: str) -> None:
    from blocks import Site
    from headway.cli import blocks_of_prefect as saved

    saved.write(block, name, overwrite=saved.find(Site, name) is not None)
    print(f"saved {where}")

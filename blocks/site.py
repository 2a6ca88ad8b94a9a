"""The block of a site: all that Headway is told of a place without git and without a right to write to its chart repository."""

from typing import Literal

from prefect.blocks.core import Block
from pydantic import Field, SecretStr, ValidationError

from blocks.credentials import RegistryCredentials, S3Credentials
from blocks.described_once import DescribedOnce
from headway.errors import BadInput
from headway.formats import chart_identity, chart_version, cosign
from headway.model import site
from headway.model.application import Application
from headway.model.site import SiteEnvironment


class Site(DescribedOnce, Block):
    """One chart of a chart repository, released to one environment. Its name is the application's."""

    _block_type_name = "Headway site"
    _block_type_slug = "headway-site"
    _description = "A place with nothing but a chart repository and a cluster: the newest version of one chart is released there."

    charts: str = Field(
        title="Chart repository",
        description="Where the chart is offered: https, s3, oci or file. It is only read.",
    )
    charts_username: str = Field(
        default="",
        description="For a chart repository behind a web server that asks for it; empty: it asks for none.",
    )
    charts_password: SecretStr | None = Field(
        default=None, description="Shown to scheme, host and port of that address alone."
    )
    chart: str = Field(description="Name of the chart there.")
    environment: str = Field(
        description="What the place is called. A package that knows an environment of that name brings its values.",
    )
    cluster: str = Field(
        default="",
        description="Name of the Cluster block; empty: <name of this block>-<environment>.",
    )
    namespace: str = Field(default="", description="Empty: <name of this block>-<environment>.")
    release: str = Field(default="", description="Helm's release; empty: the name of this block.")
    versions: str = Field(
        default="",
        description="Constraint on the versions that are released, such as ~1.4; empty: the newest, no pre-release.",
    )
    values: str = Field(
        default="",
        description="Where values and secrets of its own lie, as YAML files: file:///folder, s3://bucket/folder, or cluster:NAME "
        "for a ConfigMap and a Secret of that name in its namespace. Empty: it has none.",
    )
    gate: Literal["automatic", "approval"] = Field(
        default="automatic", description="Whether a person approves each release."
    )
    drift: Literal["report", "correct"] = Field(
        default="report", description="What is done about live objects that differ from the release."
    )
    frozen: bool = Field(default=False, description="Nothing is released while this is set.")
    timeout: str = Field(default="5m", description="How long one release may take, such as 10m.")
    keyring: str = Field(
        default="",
        description="Public keys (gpg --armor --export), one of which must have signed each package by helm package --sign. "
        "Empty: none need be signed.",
    )
    cosign_key: str = Field(
        default="",
        title="cosign key",
        description="Public keys (cosign public-key), with one of which cosign must have signed each package. Empty: none "
        "need be signed so.",
    )
    s3_credentials: S3Credentials | None = Field(
        default=None,
        title="S3 credentials",
        description="For an s3:// chart repository, and for values of its own.",
    )
    registry_credentials: RegistryCredentials | None = Field(
        default=None,
        description="For the registry of its images, or of an oci:// chart repository. A site needs none: what no registry "
        "tells is left unknown.",
    )
    sops_age_key: SecretStr | None = Field(
        default=None,
        title="sops age key",
        description="age identities (AGE-SECRET-KEY-...) that open the sops files of this site, in the place of the worker's.",
    )

    def declared(self, name: str) -> site.Site:
        """As the block of that name says it. Raises BadInput, naming each field that is wrong."""
        environment = {
            "charts": self.charts,
            "cluster": self.cluster or None,
            "namespace": self.namespace or None,
            "release": self.release or None,
            "versions": self.versions or None,
            "gate": self.gate,
            "drift": self.drift,
            "frozen": self.frozen,
            "timeout": self.timeout,
            "blame": "once",
        }
        where = f"{self._block_type_slug}/{name}"
        chart_identity.check_name(self.chart, where, "chart")
        if "@" in self.charts.partition("://")[2].partition("/")[0]:
            raise BadInput(
                "charts: the address holds a user, which would be shown wherever it is named",
                where=where,
                next_step="Name them apart: headway add --charts-user NAME --charts-password-from FILE.",
            )
        if self.versions:
            chart_version.check_constraint(self.versions)
        try:
            known = SiteEnvironment.model_validate(environment)
            application = Application(application=name, environments={self.environment: known})
        except ValidationError as error:
            found = "; ".join(
                f"{'.'.join(map(str, each['loc']))}: {each['msg'].removeprefix('Value error, ')}"
                for each in error.errors()
            )
            raise BadInput(found, where=where, next_step="Correct the block.") from error
        if why := application.why_no_namespace(self.environment):
            raise BadInput(why, where=where, next_step="Name one: headway add --namespace NAME.")
        if self.cosign_key:
            cosign.public_keys(self.cosign_key, f"{where} cosign_key")
        return site.Site(application, self.chart, self.values, self.keyring, self.cosign_key)

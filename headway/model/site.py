"""A site: a place that has nothing but a chart repository and a cluster; what to release there is an operator's word alone."""

from dataclasses import dataclass

from headway.model.application import Application
from headway.model.environment import Environment
from headway.model.strict import Operand


class SiteEnvironment(Environment):
    """Of a site: its chart repository is only read, so that its address is of any kind."""

    charts: Operand = ""


@dataclass(frozen=True, slots=True)
class Site:
    """What an operator says of it, in the place of headway.yaml."""

    application: Application
    """Its one environment alone; no services."""
    chart: str
    """Name of the chart in the repository."""
    values: str = ""
    """Where its own values and secrets lie: file:///folder, s3://bucket/prefix, or cluster:NAME; empty: it has none."""
    keyring: str = ""
    """Public keys (OpenPGP, armored), one of which must have signed each package; empty: none need be signed."""
    cosign_key: str = ""
    """Public keys (PEM), with one of which cosign must have signed each package; empty: none need be signed so."""

    @property
    def environment(self) -> str:
        return self.application.first_environment

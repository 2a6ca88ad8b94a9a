"""An environment as headway.yaml, or a file of policy, declares it."""

from dataclasses import dataclass
from typing import Literal

from pydantic import Field, model_validator

from headway.model.field_types import ApprovalKey, Duration, Name, RelativePath, WrittenRepository
from headway.model.image_policy import ImagePolicy
from headway.model.strict import Operand, Strict


@dataclass(frozen=True, slots=True)
class DeclaredFiles:
    """Files of an environment by path in the umbrella chart; those that headway.yaml names must be there."""

    paths: tuple[str, ...]
    required: bool


class EnvironmentPolicy(Strict):
    """What decides whether, when and where a version is released; it may live apart from the application's repository.

    Fed by the branch (the first environment) or by promotion (`after`).
    """

    charts: WrittenRepository = ""
    """Where Headway writes: s3://bucket[/prefix] or file:///folder. Empty only as a package holds it."""
    charts_url: Operand | None = None
    """Read address of the same repository for plain Helm. Of the first environment: what Chart.yaml names for services."""
    after: Name | None = None
    gate: Literal["automatic", "approval"] = "automatic"
    removal: Literal["ask", "allow"] = "ask"
    """Whether a person approves a release that takes away a workload, a claim or a definition, also without a gate."""
    cluster: str | None = None
    """Name of the Cluster block; `<application>-<environment>` where None."""
    namespace: Name | None = None
    release: Name | None = None
    soak: Duration | None = None
    """How long the version must have been good upstream before it is promoted."""
    charts_constraint: str | None = Field(default=None, alias="versions")
    supersede_after: Duration = Field(default="5m", alias="settle")
    """How long a newer version must have been offered before it takes the place of one that waits for approval."""
    crds: Literal["apply", "skip"] = "apply"
    """Whether what stands in a chart's crds/ is brought in before each release, or left to somebody else."""
    frozen: bool = False
    blame: Literal["once", "twice"] | None = None
    """How often a failure must be seen before a version is rejected; twice in the first environment, once elsewhere."""
    approval_key: ApprovalKey | None = None
    """Public key of the release view, `ed25519:<base64>`: no answer at the gate counts but those that it signed."""
    approvers: tuple[str, ...] = ()
    """Who may answer there, by the names under which they sign in; whoever the view lets approve, where none is named."""
    drift: Literal["report", "correct"] = "report"
    """Whether live objects that differ from the release are only told of, or brought back by the same content."""
    image_policy: ImagePolicy | None = Field(default=None, alias="policy")
    """How tags of its own are chosen, which stand in its last value file. None: it has none, and runs those of values.yaml.
    `branch` is the service's where it is left out."""
    image_policies: dict[str, ImagePolicy] = Field(default_factory=dict, alias="policies")
    """The same of single services, or of images by key, in the place of `image_policy`."""

    @model_validator(mode="after")
    def _approvers_sign(self) -> "EnvironmentPolicy":
        if self.approvers and self.approval_key is None:
            raise ValueError("approvers: without approval_key anybody could answer under such a name")
        return self

    @property
    def keeps_tags(self) -> bool:
        return self.image_policy is not None or bool(self.image_policies)


POLICY_KEYS = frozenset(field.alias or name for name, field in EnvironmentPolicy.model_fields.items())
"""Of an environment, as people write them."""


class Environment(EnvironmentPolicy):
    """One place where the application runs: its policy, and what its versions are given there."""

    values: tuple[RelativePath, ...] | None = None
    """Value files after values.yaml, in order; `values/<environment>.yaml` where None, if present."""
    secrets: tuple[RelativePath, ...] | None = None
    """sops files; `secrets/<environment>.yaml` where None, if present."""
    timeout: Duration = "5m"

    def value_files(self, name: str) -> DeclaredFiles:
        """Value files after values.yaml, in order, of the environment of that name."""
        return _declared(self.values, f"values/{name}.yaml")

    def secret_files(self, name: str) -> DeclaredFiles:
        """sops files, in order, of the environment of that name."""
        return _declared(self.secrets, f"secrets/{name}.yaml")


CONTENT_KEYS = (
    frozenset(field.alias or name for name, field in Environment.model_fields.items()) - POLICY_KEYS
)
"""Of an environment, as people write them: what its versions are given."""


def _declared(named: tuple[str, ...] | None, usual: str) -> DeclaredFiles:
    """An empty list names none, which is not the same as naming nothing."""
    return DeclaredFiles((usual,), required=False) if named is None else DeclaredFiles(named, required=True)

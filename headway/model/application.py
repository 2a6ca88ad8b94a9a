"""`headway.yaml`: what a team declares about its application. The schema is the documentation of the file."""

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from headway.model import service_images
from headway.model.image_policy import ImagePolicy
from headway.model.release_ref import ReleaseRef
from headway.model.service_images import AnotherImage, DeclaredImage, ImageKeys
from headway.model.strict import Operand, Strict, no_option

_NAME = re.compile(r"^[a-z0-9]([-a-z0-9]{0,51}[a-z0-9])?\Z")
_DURATION = re.compile(r"^([0-9]+h)?([0-9]+m)?([0-9]+s)?\Z", re.ASCII)
_PUBLIC_KEY = re.compile(r"^ed25519:[A-Za-z0-9+/]{43}=\Z")
WRITTEN = ("s3://", "file://", "oci://")
"""How addresses begin that Headway's own kinds of chart repository write to."""
_UNIT_SECONDS = {"h": 3600, "m": 60, "s": 1}


def _dns_label(value: str) -> str:
    if not _NAME.match(value):
        raise ValueError(
            f"{value!r} is not a name of at most 53 lower-case letters, digits and '-' (Helm's limit for a release name)"
        )
    return value


def _inside(value: str) -> str:
    if no_option(value).startswith("/") or ".." in value.split("/"):
        raise ValueError(f"{value!r} leaves the repository")
    return value


def _written(value: str) -> str:
    scheme, separator, _ = no_option(value).partition("://")
    if not separator or not _can_be_split(value):
        raise ValueError(f"{value!r} is not an address such as s3://bucket/prefix or file:///folder")
    if scheme in ("http", "https"):
        raise ValueError(
            "over http a chart repository can only be read; write to s3://, oci:// or file://, and give this as charts_url"
        )
    return value


def _can_be_split(url: str) -> bool:
    try:
        urlsplit(url)
    except ValueError:
        return False
    return True


def _duration(value: str) -> str:
    if not value or not _DURATION.match(value):
        raise ValueError(f"{value!r} is not a duration such as 90s, 5m or 1h30m")
    return value


def _approval_key(value: str) -> str:
    if not _PUBLIC_KEY.match(value):
        raise ValueError(
            f"{value!r} is not what `headway view --new-key FILE` prints: ed25519: and 44 characters of base64"
        )
    return value


Name = Annotated[str, AfterValidator(_dns_label)]
RelativePath = Annotated[str, AfterValidator(_inside)]
WrittenRepository = Annotated[str, AfterValidator(_written)]
Duration = Annotated[str, AfterValidator(_duration)]
ApprovalKey = Annotated[str, AfterValidator(_approval_key)]


class Service(ImageKeys):
    """One microservice: a dependency of the umbrella chart, its git repository, its images.

    The tag stands at `value`, at `<service>.image.tag` where that is None.
    """

    git: Operand
    chart: RelativePath = "chart"
    """Folder of the service's own chart inside `git`."""
    paths: Annotated[tuple[RelativePath, ...], Field(min_length=1)] = (".",)
    """Folders of `git` whose commits count as the service's code, in a repository of several services."""
    policy: ImagePolicy = ImagePolicy()
    images: dict[Name, AnotherImage] = Field(default_factory=dict)
    """More images, built from the same branch, by names of their own; a tag stands at `<service>.<name>.image.tag` by default."""
    tags_in: Literal["application", "chart"] = "application"
    """Whose values.yaml holds the tags: the umbrella's, or that of the service's own chart."""
    charts: str | None = None
    """Constraint on the service chart's versions, such as ">=1 <2"."""
    version: Literal["patch", "manual"] = "patch"

    @property
    def has_folders(self) -> bool:
        """Whether commits of its repository may have nothing to do with it."""
        return self.paths != (".",)

    def declared(self, name: str) -> tuple[DeclaredImage, ...]:
        """Its images, where it is called so; its own `image` first."""
        branch, in_chart = {"branch": self.policy.branch}, self.tags_in == "chart"
        more = {
            f"{name}.{key}": (each, (each.policy or self.policy).model_copy(update=branch))
            for key, each in self.images.items()
        }
        return tuple(
            service_images.declared(key, name, image, policy, in_chart=in_chart)
            for key, (image, policy) in {name: (self, self.policy), **more}.items()
        )


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
    """How its own tags are chosen, which stand in its last value file; those of values.yaml count where None. `branch` is the
    service's where it is left out."""
    image_policies: dict[str, ImagePolicy] = Field(default_factory=dict, alias="policies")
    """The same of single services, or of images by key, in the place of `image_policy`."""

    @model_validator(mode="after")
    def _names_are_known(self) -> "EnvironmentPolicy":
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

    def value_files(self, name: str) -> "DeclaredFiles":
        """Value files after values.yaml, in order, of the environment of that name."""
        return _declared(self.values, f"values/{name}.yaml")

    def secret_files(self, name: str) -> "DeclaredFiles":
        """sops files, in order, of the environment of that name."""
        return _declared(self.secrets, f"secrets/{name}.yaml")


CONTENT_KEYS = (
    frozenset(field.alias or name for name, field in Environment.model_fields.items()) - POLICY_KEYS
)
"""Of an environment, as people write them: what its versions are given."""


CHART_TESTS = "chart-tests"
"""What a test needs that begins once the charts' own have passed."""


class ClusterTest(Strict):
    """A Job that must succeed in the namespace of the release before a version counts as good."""

    name: Name
    image: Operand
    command: tuple[str, ...] = ()
    timeout: Duration = "5m"
    needs: tuple[Name, ...] = ()
    """Tests that must have passed before this one begins, CHART_TESTS among them; those without run side by side."""
    run_as_user: int | None = Field(default=None, ge=1)
    """With it the pod meets the restricted pod security standard."""
    resources: dict[Literal["requests", "limits"], dict[str, str]] = Field(default_factory=dict)
    pull_secrets: tuple[str, ...] = ()
    """Names of image pull secrets in the release's namespace."""


class WritePolicy(Strict):
    """How Headway's edits reach the application's branch; it lives where the policy of environments does."""

    write: Literal["push", "contents-api", "pull-request"] = "push"
    """By a push to the branch, by the git host's API to the branch, or by a pull request that is kept up to date."""
    merge: Literal["by-people", "when-checks-pass"] = "by-people"
    """Who merges that pull request."""

    @field_validator("merge")
    @classmethod
    def _there_is_something_to_merge(cls, merge: str, others: ValidationInfo) -> str:
        if merge != "by-people" and others.data.get("write") != "pull-request":
            raise ValueError(f"{merge!r} is about a pull request, and goes with write: pull-request")
        return merge


WRITE_KEYS = frozenset(WritePolicy.model_fields)


class Application(WritePolicy):
    """The whole of headway.yaml. Keys of `services` are the names of the umbrella's dependencies."""

    application: Name
    chart: RelativePath = "."
    version: Literal["patch", "manual"] = "patch"
    revert: Literal["own", "all", "never"] = "own"
    pin: Literal["record", "digest"] = "record"
    """How a version holds its services' images: by what its package records, or also by the digest in what is rendered."""
    services: dict[Name, Service] = Field(default_factory=dict)
    together: tuple[tuple[Name, ...], ...] = ()
    """Services whose new inputs come in together or not at all, also where a rejected set is narrowed."""
    environments: dict[Name, Environment]
    tests: tuple[ClusterTest, ...] = ()
    test_order: Literal["side-by-side", "in-turn"] = "side-by-side"
    """Of the charts' own tests and of `tests`; in-turn is Helm's order, one after the other."""

    @model_validator(mode="before")
    @classmethod
    def _lists_are_tuples(cls, data: Any) -> Any:
        return lists_as_tuples(data)

    @property
    def first_environment(self) -> str:
        return next(iter(self.environments))

    @cached_property
    def images(self) -> dict[str, DeclaredImage]:
        """Of all services, by key."""
        found = (each for name, service in self.services.items() for each in service.declared(name))
        return {each.key: each for each in found}

    def __copy__(self) -> Self:
        """What a copy changes may be the services, so that it finds their images anew."""
        copied = super().__copy__()
        copied.__dict__.pop("images", None)
        return copied

    @property
    def images_in_values(self) -> dict[str, DeclaredImage]:
        """Those whose tags stand in the umbrella's values.yaml."""
        return {key: each for key, each in self.images.items() if not each.in_chart}

    def own_images(self, environment: str) -> dict[str, DeclaredImage]:
        """Those whose tags the environment keeps itself, by key, each with the policy that it has there."""
        said = self.environments[environment]
        found = {}
        for key, image in self.images_in_values.items():
            policy = (
                said.image_policies.get(key) or said.image_policies.get(image.service) or said.image_policy
            )
            if policy and "branch" not in policy.model_fields_set:
                policy = policy.model_copy(update={"branch": image.policy.branch})
            if policy:
                found[key] = replace(image, policy=policy, name=None)
        return found

    def tag_file(self, environment: str) -> str:
        """The value file that holds the tags of its own, by path in the chart; empty where it has no value file."""
        paths = self.environments[environment].value_files(environment).paths
        return paths[-1] if paths else ""

    @property
    def tag_files(self) -> tuple[str, ...]:
        """Of all environments that keep tags."""
        return tuple(self.tag_file(name) for name, each in self.environments.items() if each.keeps_tags)

    def is_fed_by_branch(self, environment: str) -> bool:
        """Its versions come from git, and not by promotion."""
        return self.environments[environment].after is None

    def way(self, environment: str) -> tuple[str, ...]:
        """Environments that a version passes to come there, the first one first, `environment` last."""
        before = self.environments[environment].after
        return (*(self.way(before) if before else ()), environment)

    def namespace(self, environment: str) -> str:
        return self.environments[environment].namespace or f"{self.application}-{environment}"

    def release(self, environment: str) -> str:
        return self.environments[environment].release or self.application

    def cluster(self, environment: str) -> str:
        return self.environments[environment].cluster or f"{self.application}-{environment}"

    def release_ref(self, environment: str) -> ReleaseRef:
        return ReleaseRef(self.application, environment, self.release(environment))


APPLICATION_KEYS = frozenset(Application.model_fields) - WRITE_KEYS - {"environments"}
"""Of headway.yaml, at its top: the application's own, wherever policy lives."""


def _declared(named: tuple[str, ...] | None, usual: str) -> DeclaredFiles:
    """An empty list names none, which is not the same as naming nothing."""
    return DeclaredFiles((usual,), required=False) if named is None else DeclaredFiles(named, required=True)


def lists_as_tuples(data: Any) -> Any:
    if isinstance(data, list):
        return tuple(lists_as_tuples(item) for item in data)
    if isinstance(data, dict):
        return {key: lists_as_tuples(value) for key, value in data.items()}
    return data


def seconds(duration: str) -> float:
    """Seconds of a duration as headway.yaml writes it ("1h30m")."""
    parts = re.findall(r"([0-9]+)([hms])", duration)
    return sum((int(number) * _UNIT_SECONDS[unit] for number, unit in parts), 0.0)

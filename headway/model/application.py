"""`headway.yaml`: what a team declares about its application. The schema is the documentation of the file."""

from dataclasses import replace
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from headway.model import service_images
from headway.model.environment import Environment
from headway.model.field_types import Duration, Name, RelativePath
from headway.model.image_policy import ImagePolicy
from headway.model.release_ref import ReleaseRef
from headway.model.service_images import AnotherImage, DeclaredImage, ImageKeys
from headway.model.strict import Operand, Strict, lists_as_tuples


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


NAMESPACE_LIMIT = 63
"""A label of DNS: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names"""

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

    def why_no_namespace(self, environment: str) -> str:
        """Two names that are each short enough may join to one that Kubernetes does not take. Empty where it does."""
        joined = self.namespace(environment)
        return (
            f"its namespace would be {joined}, of more than {NAMESPACE_LIMIT} letters"
            if len(joined) > NAMESPACE_LIMIT
            else ""
        )

    def release(self, environment: str) -> str:
        return self.environments[environment].release or self.application

    def cluster(self, environment: str) -> str:
        return self.environments[environment].cluster or f"{self.application}-{environment}"

    def release_ref(self, environment: str) -> ReleaseRef:
        return ReleaseRef(self.application, environment, self.release(environment))


APPLICATION_KEYS = frozenset(Application.model_fields) - WRITE_KEYS - {"environments"}
"""Of headway.yaml, at its top: the application's own, wherever policy lives."""

"""Builds the images of a copy with their own hack/build, pushes them, and deletes them from the registry."""

from dataclasses import dataclass

from sandbox.failure import SandboxError
from sandbox.seed.commands import git, go_environment, program, run
from sandbox.seed.layout import IMAGES, Layout


@dataclass(frozen=True, slots=True)
class PushedImage:
    """What a CI announces after a push."""

    repository: str
    tag: str
    commit: str
    """Full SHA of the service's commit."""

    @property
    def reference(self) -> str:
        return f"{self.repository}:{self.tag}"


def push_image(layout: Layout, service: str, *, tag: str = "", build: str = "local") -> PushedImage:
    """Tests, builds and pushes the image of the checked-out commit, as `{branch}-{short SHA}` or `tag`."""
    checkout = layout.checkout(service)
    environment = {
        **go_environment(),
        "REGISTRY": layout.image_folder,
        "CRANE": program(layout.address.bin, "crane"),
        "BUILD_ID": build,
        "TAG": tag,
        "BRANCH": "",
        "OUTPUT": "",
        "BUILT": str(layout.built),
    }
    reference = run([str(checkout / "hack" / "build")], cwd=checkout, environment=environment)
    repository, _, pushed = reference.rpartition(":")
    return PushedImage(repository, pushed, git("rev-parse", "HEAD", cwd=checkout))


def delete(layout: Layout) -> None:
    """Deletes every image of this copy; the registry must allow deletion."""
    for image in IMAGES:
        _delete_tags(program(layout.address.bin, "crane"), layout.image(image))


def _delete_tags(crane: str, repository: str) -> None:
    try:
        tags = run([crane, "ls", repository]).split()
    except SandboxError as error:
        if "NAME_UNKNOWN" in str(error):
            return
        raise
    for digest in {run([crane, "digest", f"{repository}:{tag}"]) for tag in tags}:
        run([crane, "delete", f"{repository}@{digest}"])

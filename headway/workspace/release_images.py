"""The images of what would be brought into an environment, compared with what they were when it was published."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from headway.clients.helm.storage import StoredRevision
from headway.decide.release.rollback_target import ToPackage, ToRevision
from headway.decide.supply import image_digests
from headway.decide.supply.image_digests import Difference
from headway.errors import HeadwayError
from headway.formats import image_record, manifests
from headway.model.images import RecordedImage
from headway.model.record import Good
from headway.workspace.release_content import ReleaseContent

Ask = Callable[[Iterable[str]], dict[str, str | None]]
"""What images are now; see headway.workspace.image_digests."""


@dataclass(frozen=True, slots=True)
class ReleaseImages:
    environment: str
    ask: Ask

    def of(self, content: ReleaseContent) -> tuple[Difference, ...]:
        """Of a package that would come in."""
        return self._compare(self._recorded(content))

    def of_target(
        self,
        target: ToRevision | ToPackage,
        history: Sequence[StoredRevision],
        content_of: Callable[[Good], ReleaseContent],
    ) -> tuple[Difference, ...]:
        """Of what going back there would bring: not of images that what was applied last uses too, nor of tests.

        The record is read from Helm's history; only where that has lost it from the package, by `content_of`.
        """
        there = _images(history[0], tests=True) if history else frozenset()
        if isinstance(target, ToRevision):
            stored = next((each for each in history if each.revision == target.revision), None)
            recorded = image_record.read(stored.chart_yaml) if stored else ()
            brought = (_images(stored) if stored else frozenset()) - there
            return self._compare([each for each in recorded if each.reference in brought])
        try:
            content = content_of(target.good)
        except HeadwayError:
            # Whoever goes back there is told so.
            return ()
        left_out = there | content.test_images
        return self._compare([each for each in self._recorded(content) if each.reference not in left_out])

    def _recorded(self, content: ReleaseContent) -> list[RecordedImage]:
        every = image_record.read(content.package.metadata)
        return [each for each in every if each.used_in(self.environment)]

    def _compare(self, recorded: Sequence[RecordedImage]) -> tuple[Difference, ...]:
        return image_digests.compare(recorded, self.ask(each.reference for each in recorded))


def _images(stored: StoredRevision, *, tests: bool = False) -> frozenset[str]:
    """That a revision uses."""
    resources = manifests.split(stored.manifest, stored.hooks)
    return frozenset(manifests.images(resources, tests=tests).values())

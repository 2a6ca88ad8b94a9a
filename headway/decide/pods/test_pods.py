"""What keeps the pods of one test from their end, look by look: what ends the wait, what is told, and what it was in vain for.

By the rules of pod_failures, as a rollout's pods: what no waiting mends ends the test at once, what may still be mended is
waited for as long as the test may take. Only being ready is nothing that a test needs.
"""

from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from headway.decide.pods import needed_objects
from headway.decide.pods.needed_objects import NOTHING_BROUGHT, IsThere, nobody_can_tell
from headway.decide.pods.pod_failures import ImageExists, Pod, PodFailure, What, failures


@dataclass(slots=True)
class TestPods:
    """Of one test; `title` is what people call it."""

    title: str
    image_exists: ImageExists
    is_there: IsThere = nobody_can_tell
    _found: dict[str, PodFailure] = field(default_factory=dict)
    _told: set[tuple[str, What]] = field(default_factory=set)

    __test__ = False

    def see(self, pod: Pod, now: datetime) -> str:
        """One pod as it is now. What is to be told of it: empty where nothing is new."""
        name = str(pod["metadata"]["name"])
        missing = partial(needed_objects.missing, is_there=self.is_there, brings=NOTHING_BROUGHT, now=now)
        seen = failures([pod], now=now, image_exists=self.image_exists, lacks=missing)
        found = next((each for each in seen if each.what != "ready"), None)
        before = self._found.pop(name, None)
        if found is None:
            return ""
        self._found[name] = before if before and _says_more(before, found) else found
        if found.about in self._told:
            return ""
        self._told.add(found.about)
        return "" if found.final else f"{self.title} waits: {found.sentence}"

    def gone(self, pod: Pod) -> None:
        self._found.pop(str(pod["metadata"]["name"]), None)

    @property
    def hopeless(self) -> PodFailure | None:
        """What no waiting mends."""
        return next((each for each in self._found.values() if each.final), None)

    @property
    def trouble(self) -> PodFailure | None:
        """What was waited for in vain; None where its pods run, or are being started."""
        return next(iter(self._found.values()), None)


def _says_more(before: PodFailure, found: PodFailure) -> bool:
    """Between two pulls the kubelet says only that it pauses: why, it said before."""
    same = (before.container, before.what) == (found.container, found.what)
    return same and not found.final and found.cause == "unknown" != before.cause

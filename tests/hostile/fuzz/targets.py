"""All targets by name: of readers, then of writers."""

from tests.hostile.fuzz import hints, readers, writers
from tests.hostile.fuzz.promise import Target

TARGETS: dict[str, Target] = {**readers.TARGETS, **writers.TARGETS, **hints.TARGETS}

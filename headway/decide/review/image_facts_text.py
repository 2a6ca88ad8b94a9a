"""What registries say of images, as people read it."""

from collections.abc import Iterator, Mapping

from headway.decide.review.history_table import short
from headway.model.images import ImageFacts


def rows(facts: Mapping[str, ImageFacts]) -> list[tuple[str, str]]:
    """Without titles: what it is, and what is said of it."""
    return [row for name, said in facts.items() for row in _of(name.rpartition("/")[2], said)]


def _of(image: str, said: ImageFacts) -> Iterator[tuple[str, str]]:
    if said.created:
        yield f"{image} built", said.created
    for name, value in sorted(said.labels.items()):
        yield f"{image} label", f"{name}={' '.join(value.split())}"
    for each in said.referrers:
        more = ", ".join(
            f"{name}={' '.join(value.split())}" for name, value in sorted(each.annotations.items())
        )
        about = " ".join(filter(None, (each.artifact_type or "of an unknown kind", short(each.digest))))
        yield f"{image} attached", f"{about} ({more})" if more else about

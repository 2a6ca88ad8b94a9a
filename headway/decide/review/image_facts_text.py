"""What registries say of images, as people read it."""

from collections.abc import Iterator, Mapping

from headway.decide.review.history_table import short
from headway.model.images import ImageFacts, Referrer


def rows(facts: Mapping[str, ImageFacts]) -> list[tuple[str, str]]:
    """Without titles: what it is, and what is said of it."""
    return [row for name, said in facts.items() for row in _of(name.rpartition("/")[2], said)]


def _of(image: str, said: ImageFacts) -> Iterator[tuple[str, str]]:
    if said.created:
        yield f"{image} built", said.created
    for name, value in sorted(said.labels.items()):
        yield f"{image} label", f"{name}={' '.join(value.split())}"
    for each in said.referrers:
        yield f"{image} attached", attachment(each)


def attachment(each: Referrer) -> str:
    """Such as "SBOM (SPDX): 124 packages (application/spdx+json, 42 KiB, 0123456789ab)"."""
    about = [each.artifact_type or "of an unknown kind", size(each.size), short(each.digest)]
    more = [f"{name}={' '.join(value.split())}" for name, value in sorted(each.annotations.items())]
    if each.kind:
        return f"{each.kind}: {each.says} ({', '.join(filter(None, about))})"
    told = " ".join(filter(None, about))
    return f"{told} ({', '.join(more)})" if more else told


def size(count: int) -> str:
    """Empty where it is not known."""
    if not count:
        return ""
    return f"{count} bytes" if count < 1024 else f"{count / 1024:.0f} KiB"

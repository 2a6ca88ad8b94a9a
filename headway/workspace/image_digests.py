"""What registries say that images are now: of all at the same time, and without waiting twice for one that is away."""

from collections.abc import Callable, Iterable

from headway.clients import side_by_side
from headway.errors import HeadwayError, Unreachable
from headway.formats import image_reference

AT_ONCE = 8


def ask(digest: Callable[[str], str | None], images: Iterable[str]) -> dict[str, str | None]:
    """By image, as manifests name them, what `digest` gives: sha256:<hex>, or None where its registry has no such image.

    What cannot be asked, for whatever reason, is left out.
    """
    away: set[str] = set()

    def one(image: str) -> tuple[str, str | None] | None:
        try:
            host = image_reference.locate(image_reference.parse(image).repository).host
            if host in away:
                return None
            try:
                return image, digest(image)
            except Unreachable:
                away.add(host)
                return None
        except HeadwayError:
            return None

    wanted = list(dict.fromkeys(images))
    if not wanted:
        return {}
    return dict(answer for answer in side_by_side.each(one, wanted, AT_ONCE) if answer)

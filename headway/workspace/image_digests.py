"""What registries say that images are now: of all at the same time, and without waiting twice for one that is away."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from headway.clients.registry import Registry
from headway.errors import HeadwayError, Unreachable
from headway.formats import image_reference

AT_ONCE = 8


def ask(registry: Registry, images: Iterable[str]) -> dict[str, str | None]:
    """By image, as manifests name them: sha256:<hex>, or None where its registry has no such image.

    What cannot be asked, for whatever reason, is left out.
    """
    away: set[str] = set()

    def one(image: str) -> tuple[str, str | None] | None:
        try:
            reference = image_reference.parse(image)
            host = image_reference.locate(reference.repository).host
            if host in away:
                return None
            try:
                return image, registry.digest(reference.repository, reference.asked_by)
            except Unreachable:
                away.add(host)
                return None
        except HeadwayError:
            return None

    wanted = list(dict.fromkeys(images))
    if not wanted:
        return {}
    with ThreadPoolExecutor(min(AT_ONCE, len(wanted))) as pool:
        return dict(answer for answer in pool.map(one, wanted) if answer)

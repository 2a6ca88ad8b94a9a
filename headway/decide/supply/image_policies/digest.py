"""digest: what a tag that moves names now, pinned as <tag>@<digest>, so that each move is a commit, a test and a way back."""

from dataclasses import dataclass

from headway.decide.supply.image_policies import commits, ordered
from headway.decide.supply.image_policies.policy import (
    ImageChoice,
    ImagesWanted,
    Ruling,
    SeenTags,
    Wanted,
)
from headway.model.image_policy import DIGEST
from headway.model.image_policy import ImagePolicy as Declared


@dataclass(frozen=True, slots=True)
class DigestOfTag:
    """Follows `tag` wherever whoever pushes moves it, also to what is older: a digest has no order."""

    declared: Declared

    def select(self, seen: SeenTags) -> ImageChoice | Wanted:
        tag = self.declared.tag or ""
        if tag not in seen.tags:
            return ordered.stays(seen, f"there is no tag {tag} in the registry")
        if tag not in seen.images:
            return ImagesWanted((tag,))
        image = seen.images[tag]
        if not image.digest:
            why = f"{tag} is in the registry's list, but not in the registry"
            return ordered.stays(seen, why, {tag: ordered.GONE})
        pinned = f"{tag}@{image.digest}"
        if pinned in seen.quarantined:
            return ordered.stays(seen, f"what {tag} names now is under quarantine")
        if pinned == seen.current:
            return ordered.stays(seen, f"{tag} names it still")
        if seen.pin and pinned in seen.pin.left:
            return ordered.stays(seen, f"{seen.current} was {seen.pin.why}")
        return ordered.moved(seen, pinned, f"{tag} names {image.digest[:19]} now")

    def rulings(self, seen: SeenTags) -> tuple[Ruling, ...]:
        wanted = self.declared.tag or ""
        found = [
            Ruling(
                tag,
                commits.of_label(seen, tag),
                "" if tag == wanted else f"the policy follows {wanted} alone",
            )
            for tag in seen.tags
        ]
        return tuple(sorted(found, key=lambda each: (bool(each.dropped_by), each.tag)))


KIND, POLICY = DIGEST, DigestOfTag

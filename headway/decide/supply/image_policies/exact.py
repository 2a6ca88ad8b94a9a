"""exact: one tag and no other, whatever is newer; the only kind that goes back by itself."""

from dataclasses import dataclass

from headway.decide.supply.image_policies import commits, ordered
from headway.decide.supply.image_policies.policy import ImageChoice, Ruling, SeenTags, Wanted
from headway.model.image_policy import EXACT
from headway.model.image_policy import ImagePolicy as Declared


@dataclass(frozen=True, slots=True)
class ExactTag:
    """What a person writes into values.yaml does not stand against it: headway.yaml says which tag it is."""

    declared: Declared

    def select(self, seen: SeenTags) -> ImageChoice | Wanted:
        tag = self.declared.tag or ""
        if tag in seen.quarantined:
            stays = f"; {seen.current}, which is in use, stays" if seen.current else ""
            return ordered.stays(seen, f"{tag}, which headway.yaml names, is under quarantine{stays}")
        if tag == seen.current:
            return ordered.stays(seen, f"{tag} is the one that headway.yaml names")
        if tag not in seen.tags:
            return ordered.stays(seen, f"there is no tag {tag} in the registry")
        return ordered.moved(seen, tag, f"{tag} is the one that headway.yaml names")

    def rulings(self, seen: SeenTags) -> tuple[Ruling, ...]:
        found = [Ruling(tag, commits.of_label(seen, tag), self._rule(seen, tag)) for tag in seen.tags]
        return tuple(sorted(found, key=lambda each: (bool(each.dropped_by), each.tag)))

    def _rule(self, seen: SeenTags, tag: str) -> str:
        if tag != self.declared.tag:
            return f"headway.yaml names {self.declared.tag} alone"
        return "it is under quarantine" if tag in seen.quarantined else ""


KIND, POLICY = EXACT, ExactTag

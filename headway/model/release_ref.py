"""Which release is spoken of: an application in one environment may have several."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class ReleaseRef:
    """`application` and `environment` as headway.yaml names them, `release` as Helm does."""

    application: str
    environment: str
    release: str

    def __str__(self) -> str:
        """For people, such as "shop in testing"; the release is named where it is called otherwise."""
        place = f"{self.application} in {self.environment}"
        return place if self.release == self.application else f"{place} (release {self.release})"

"""How an action on a release ended. One that failed after it changed the cluster is an outcome, not an error."""

from dataclasses import dataclass

from headway.decide.pods.pod_failures import PodFailure
from headway.decide.release.failure_phrases import classify
from headway.model.record import Cause


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an action ended. `failure` is empty where it succeeded."""

    revision: int
    """The revision that Helm wrote for it."""
    status: str
    """Helm's: deployed | failed."""
    failure: str
    trouble: PodFailure | None
    """The pod that is to blame, where one is: helm was ended early for it, or waited for it in vain."""
    seconds: float

    @property
    def succeeded(self) -> bool:
        return not self.failure

    @property
    def cause(self) -> Cause:
        """Whether the version or its surroundings look guilty, of an action that failed."""
        return self.trouble.cause if self.trouble else classify(self.failure)[0]

"""A Job whose ttl is shorter than the rollout: Helm waits for it in vain, and a person is told why."""

import pytest

from headway.decide.release.gone_jobs import explained

GONE = "resource Job/shop/migrate not ready. status: NotFound, message: Resource not found"
SLOW = "resource Deployment/shop/cart not ready. status: InProgress, message: Available: 0/1"
LATE = "context deadline exceeded"


@pytest.mark.parametrize(
    ("said", "more"),
    [
        pytest.param(
            f"{GONE}\n{LATE}",
            "; Helm waits for Job migrate, which is gone: its ttlSecondsAfterFinished must be longer than a rollout takes, "
            "or it be a hook",
            id="a Job is gone",
        ),
        pytest.param(
            f"{GONE}\n{GONE.replace('migrate', 'seed')}\n{LATE}",
            "; Helm waits for Job migrate, seed, which is gone: its ttlSecondsAfterFinished must be longer than a rollout "
            "takes, or it be a hook",
            id="two are gone",
        ),
        pytest.param(GONE.replace("NotFound", "InProgress"), "", id="a Job still runs"),
        pytest.param(f"{SLOW}\n{LATE}", "", id="only a Deployment is not ready"),
    ],
)
def test_what_is_said(said: str, more: str) -> None:
    assert explained(said) == said + more

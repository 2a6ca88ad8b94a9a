"""What bars a version before it is released is seen twice."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from flows import release_tasks
from flows.release_tasks import Planner, TaskedRelease
from headway.decide.release.actions import Upgrade
from headway.decide.release.observation import ReleaseFingerprint

CANDIDATE = ReleaseFingerprint("sha256:2", "values", "2.0.0")
IMMUTABLE = ("Deployment web: spec.selector: field is immutable",)


def plan(*refused: str) -> SimpleNamespace:
    return SimpleNamespace(refused=refused, removals=(), keys=("plan", "plan"))


@pytest.mark.parametrize(
    ("plans", "planned", "refused"),
    {
        "nothing is refused": ([plan()], 1, ()),
        "it is refused twice": ([plan(*IMMUTABLE), plan(*IMMUTABLE)], 2, IMMUTABLE),
        "it is refused once": ([plan(*IMMUTABLE), plan()], 2, ()),
    }.values(),
    ids=["nothing is refused", "it is refused twice", "it is refused once"],
)
def test_a_plan_that_is_refused_is_made_once_more(
    plans: list[SimpleNamespace], planned: int, refused: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[SimpleNamespace] = []
    carried_out: list[Any] = []

    def diff_release(*_: object) -> SimpleNamespace:
        made.append(plans[len(made)])
        return SimpleNamespace(plan=made[-1])

    def upgrade_release(_: object, __: object, ___: object, diff: Any, ____: str) -> None:
        carried_out.append(diff.plan)

    monkeypatch.setattr(release_tasks, "diff_release", diff_release)
    monkeypatch.setattr(release_tasks, "upgrade_release", upgrade_release)
    environment = SimpleNamespace(gate="none", removal="allow")
    context = cast("Any", SimpleNamespace(environment=environment))
    observation = SimpleNamespace(desired=SimpleNamespace(digest="sha256:2"), values_digest="v", record=None)
    seen = cast("Any", SimpleNamespace(observation=observation, content=object(), history=()))
    release = TaskedRelease(
        cast("Any", SimpleNamespace(context=context)), Planner(context), adopt=False, by="a look"
    )
    change = cast("Callable[..., object]", release.upgrade)
    change(seen, Upgrade(CANDIDATE), "it is new")
    assert (len(made), [each.refused for each in carried_out]) == (planned, [refused])

"""What runs are called, from when they are created: until one begins, Prefect would show a name that it makes up."""

from collections.abc import Mapping
from typing import Any

from headway.model.run_parameters import MANY, environments

DELIVER = "Deliver {application}"
RELEASE = "Release {application} to {environment}"
RELEASE_MANY = "Release {application} to {several}"
ROLL_BACK = "Roll {application} in {environment} back"
FREEZE = "Freeze {application} in {environment}"
LIFT = "Lift {what} of {application} in {environment}"
RUN_TESTS = "Test {application} in {environment}"
PLAN_PULL_REQUESTS = "Plan pull requests of {application}"
WATCH = "Watch all applications"
HANDED_OVER = "Handed over"
"""The state in which a run ends that left the work to another, which is at it."""
DRY_RUN = "Dry run"
"""The state in which a dry run ends, and a task of one that would write."""
_OF_FLOWS = {
    "deliver": DELIVER,
    "release": RELEASE,
    "release-many": RELEASE_MANY,
    "roll-back": ROLL_BACK,
    "freeze": FREEZE,
    "lift": LIFT,
    "run-tests": RUN_TESTS,
    "plan-pull-requests": PLAN_PULL_REQUESTS,
}
_NAMED = 2
"""Of many environments."""


def of(deployment: str, parameters: Mapping[str, Any]) -> str | None:
    """Of a run of `<flow>/<deployment>`; None where its flow has no such name, or its parameters do not say enough."""
    try:
        return _OF_FLOWS[deployment.partition("/")[0]].format_map(_words(parameters))
    except KeyError:
        return None


def _words(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """With what stands for many environments: the first ones, and how many more there are."""
    if MANY not in parameters:
        return parameters
    names = environments(parameters)
    named = names if len(names) <= _NAMED + 1 else (*names[:_NAMED], f"{len(names) - _NAMED} more")
    *first, last = named or ("none",)
    return {**parameters, "several": f"{', '.join(first)} and {last}" if first else last}

"""What runs are called, from when they are created: until one begins, Prefect would show a name that it makes up."""

from collections.abc import Mapping
from typing import Any

DELIVER = "Deliver {application}"
RELEASE = "Release {application} to {environment}"
ROLL_BACK = "Roll {application} in {environment} back"
FREEZE = "Freeze {application} in {environment}"
LIFT = "Lift {what} of {application} in {environment}"
RUN_TESTS = "Test {application} in {environment}"
PLAN_PULL_REQUESTS = "Plan pull requests of {application}"
WATCH = "Watch all applications"
HANDED_OVER = "Handed over"
"""The state in which a run ends that left the work to another, which is at it."""
_OF_FLOWS = {
    "deliver": DELIVER,
    "release": RELEASE,
    "roll-back": ROLL_BACK,
    "freeze": FREEZE,
    "lift": LIFT,
    "run-tests": RUN_TESTS,
    "plan-pull-requests": PLAN_PULL_REQUESTS,
}


def of(deployment: str, parameters: Mapping[str, Any]) -> str | None:
    """Of a run of `<flow>/<deployment>`; None where its flow has no such name, or its parameters do not say enough."""
    try:
        return _OF_FLOWS[deployment.partition("/")[0]].format_map(parameters)
    except KeyError:
        return None

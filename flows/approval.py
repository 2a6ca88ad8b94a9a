"""The gate: a run that waits for a person, with the plan in the Resume form.

The pause is keyed by the plan's digest, which Prefect remembers for the run: approval of an unchanged plan returns the
answer at once, and a changed plan asks again. So what was approved is what is applied, with no bookkeeping of ours.
"""

from prefect import suspend_flow_run
from prefect.input import RunInput
from pydantic import Field

from headway.decide.review.plan import Plan
from headway.decide.review.plan_markdown import markdown

PATIENCE_SECONDS = 7 * 24 * 3600
"""How long a run waits for its approval before it fails; the next look asks again."""


class Approval(RunInput):
    """What a person answers. The name is what they say of themselves: Prefect does not check it."""

    approved: bool = Field(description="Release this version now?")
    approver: str = Field(description="Your name, for the record.")
    comment: str = Field(default="", description="Why, if you like.")


def ask(plan: Plan, why: str) -> Approval:
    """Suspend this run until a person answers; on resume the flow runs again and gets the answer here."""
    return suspend_flow_run(
        wait_for_input=Approval.with_initial_data(description=markdown(plan, why)),
        key=plan.key,
        timeout=PATIENCE_SECONDS,
    )

"""The gate: a run that waits for a person, with the plan in the Resume form.

The answer is written into the release record as soon as the run goes on: so it holds whatever becomes of the run, and the
release is made by whichever run comes next. What is carried out is the plan that was shown, or the person is asked again and
told what has changed.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from prefect import suspend_flow_run
from prefect.client.schemas.objects import State
from prefect.input import RunInput
from prefect.logging import get_run_logger
from prefect.states import Cancelled, Completed, Failed
from pydantic import Field

from flows import questions, release_runs, run_values
from flows.contexts import tell
from flows.questions import Question
from flows.release_tasks import Planner
from headway.decide.release import approval, approvers, standing_orders
from headway.decide.release.actions import Install, Upgrade
from headway.decide.release.decision import choose
from headway.decide.release.state import name
from headway.decide.review import plan_values
from headway.decide.review.plan import PACKAGE, Plan
from headway.decide.review.plan_changes import changes
from headway.decide.review.plan_markdown import markdown
from headway.errors import Retryable
from headway.model.audit import HEADWAY, Said
from headway.model.events import ReleaseWaits
from headway.model.record import Approval, Asked, ReleaseRecord
from headway.workspace.release_context import Look, ReleaseContext, Seen
from tasks.best_effort import best_effort

ONLY_THERE = "Only an answer that is given in the release view counts."
NO_FORM = "the run was resumed without its form, or with one that is not filled in"
PAUSES_SECONDS = (1, 5, 20, 60)
"""Between tries to write an answer down: a person's word is not lost for a cluster that is away for a moment."""


class Answer(RunInput):
    """What a person answers. The name is what they say of themselves: Prefect does not check it."""

    approved: bool = Field(description="Release this version now?")
    approver: str = Field(description="Your name, for the record.")
    comment: str = Field(default="", description="Why, if you like.")
    signature: str = Field(default="", description="Leave it empty: the release view fills it in.")


def heed(context: ReleaseContext) -> State | None:
    """Write down what a person has answered in this run. None: go on; else the state of a run that was rejected."""
    question = questions.of_this_run()
    if question is None:
        return None
    said = questions.response(context.run, question.plan)
    if said is None or approval.is_written(context.store.read()[0], context.run, question.plan):
        return None
    try:
        answer = Answer(**said)
    except ValueError:
        return _does_not_count(question, NO_FORM)
    return _write_down(context, question, answer)


def _told_where(context: ReleaseContext, why: str) -> str:
    """What would be done and why, and where a person's answer counts."""
    return f"{why} {ONLY_THERE}".strip() if context.environment.approval_key else why


def ask(context: ReleaseContext, planner: Planner) -> State | None:
    """Have what is to be released approved, if anything is, and nobody has approved it yet: this run is suspended until a
    person answers, and begins anew then; runs that ask about another version are superseded. None: go on; else the state that
    this run ends in: it was answered with no, or another run waits for the same version."""
    since: tuple[str, ...] = ()
    while True:
        seen = context.observe(Look.GATE)
        decision = choose(name(seen.observation), seen.observation)
        if not isinstance(decision.action, Install | Upgrade):
            return None
        diff = planner.diff(seen, decision.why)
        asked, plan = planner.asks(diff), diff.plan
        if not asked.asks:
            return None
        record = seen.observation.record
        if approval.covers(record, decision.action.fingerprint, plan.keys):
            return None
        if record is None or record.approval is None:
            break
        since = _lapsed(context, seen, record.approval, plan)
    others, about = release_runs.others_that_wait(context), release_runs.package(seen)
    if another := next((run for run in others if run.form and run.package == about), None):
        return Completed(
            name="Waiting", message=f"{another.name!r} waits for approval of {plan.after} already."
        )
    question = questions.keep(context, seen, plan)
    run_values.keep("plan", plan_values.values(plan))
    # Of two that wait a person would answer one, and the other would go on asking about what nobody wants any more.
    release_runs.supersede(tuple(others), f"{plan.after} is wanted by now.")
    if record:
        _tell_record(context, question)
    tell(context, ReleaseWaits, plan.after, f"{decision.why} A person is asked because {asked.why}.")
    form = Answer.with_initial_data(
        description=markdown(plan, _told_where(context, decision.why), since, asked.why, cut=True)
    )
    try:
        answer = suspend_flow_run(
            wait_for_input=form, key=plan.key, timeout=int(approval.PATIENCE.total_seconds())
        )
    except ValueError:
        # Prefect lets anybody go on with a run, also without its form, and reads what is not there.
        return _does_not_count(question, NO_FORM)
    return _write_down(context, question, answer)


def _tell_record(context: ReleaseContext, question: Question) -> None:
    """So that whoever reads the cluster alone is told which version waits, though a newer one is offered by then."""
    asked = Asked(
        version=question.version, chart_digest=question.digest, at=datetime.now(UTC), run=context.run
    )
    with best_effort("word in the release record of what is asked"):
        context.update_record(lambda record: standing_orders.asked(record, asked))


def asks_no_more(context: ReleaseContext, *runs: str) -> None:
    """That these have ended without an answer, where the record says that one of them waits. Raises what the record raises."""
    record, _ = context.store.read()
    if record and record.asked and record.asked.run in runs:
        run = record.asked.run
        context.update_record(lambda record: standing_orders.unasked(record, run))


def _lapsed(context: ReleaseContext, seen: Seen, given: Approval, plan: Plan) -> tuple[str, ...]:
    """What has changed since it was given, written down and told: it is good for nothing any more."""
    if plan.parts[PACKAGE] != given.chart_digest:
        changed: tuple[str, ...] = (
            f"{given.version} is not to be released any more: {seen.observation.why_desired}",
        )
    else:
        asked = questions.of_run(given.run, given.plan)
        changed = changes(asked.parts if asked else {}, plan.parts)
    said = Said(HEADWAY, f"since then: {'; '.join(changed)}", datetime.now(UTC), context.run)
    context.update_record(lambda record: standing_orders.lapsed(record, said))
    get_run_logger().warning("%s approved %s; since then: %s", given.by, given.version, "; ".join(changed))
    return (f"{given.by} approved {given.version} at {given.at:%Y-%m-%dT%H:%M:%SZ}", *changed)


def _refused(context: ReleaseContext, question: Question, answer: Answer) -> State | None:
    """Where the answer does not count: nothing of it is written down, and the next look asks again."""
    policy = context.environment
    said = {"approved": answer.approved, "approver": answer.approver, "comment": answer.comment}
    why = approvers.refusal(
        policy.approval_key, policy.approvers, context.run, question.plan, said, answer.signature
    )
    return _does_not_count(question, why) if why else None


def _does_not_count(question: Question, why: str) -> State:
    state: State = Failed(
        name=release_runs.ANSWER_REFUSED,
        message=f"The answer to {question.version} does not count: {why}. The next look asks again.",
    )
    return state


def _write_down(context: ReleaseContext, question: Question, answer: Answer) -> State | None:
    if refused := _refused(context, question, answer):
        return refused
    given = Approval(
        by=answer.approver,
        why=answer.comment,
        at=datetime.now(UTC),
        version=question.version,
        chart_digest=question.digest,
        plan=question.plan,
        run=context.run,
    )
    if answer.approved:
        get_run_logger().info("Approved by %s: %s", answer.approver, answer.comment or "no comment")
        _patiently(context, lambda record: standing_orders.approved(record, given))
        return None
    rejected: State = Cancelled(
        name=release_runs.REJECTED,
        message=f"{question.version} was rejected by {answer.approver}: {answer.comment}",
    )
    try:
        _patiently(context, lambda record: standing_orders.declined(record, given))
    except Retryable as error:
        get_run_logger().error("It is not in the record of the release: %s", error)
    return rejected


def _patiently(context: ReleaseContext, transition: Callable[[ReleaseRecord], ReleaseRecord]) -> None:
    for pause in PAUSES_SECONDS:
        try:
            context.update_record(transition)
        except Retryable as error:
            get_run_logger().warning("The answer cannot be written down: %s Again in %s s.", error, pause)
            time.sleep(pause)
        else:
            return
    context.update_record(transition)

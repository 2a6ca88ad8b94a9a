"""What a run has asked a person, and the answer: kept by Prefect with the run, as the input of its form is."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from prefect import get_client, runtime
from prefect.input.run_input import keyset_from_paused_state
from prefect.states import Suspended

from flows import run_inputs
from flows.release_runs import PACKAGE, SHOWN, tags
from headway.decide.review.plan import Plan
from headway.model import run_tags
from headway.workspace.release_context import ReleaseContext, Seen


@dataclass(frozen=True, slots=True)
class Question:
    """May this plan be carried out?"""

    plan: str
    """Its key."""
    version: str
    digest: str
    """Of the package."""
    parts: Mapping[str, str]
    """See Plan.parts."""


def keep(context: ReleaseContext, seen: Seen, plan: Plan) -> Question:
    """With the run that asks. It is tagged with what it asks about: who started it may not have known, or the world has
    changed."""
    desired = seen.observation.desired
    question = Question(plan.key, plan.after, desired.digest if desired else "", plan.parts)
    if runtime.flow_run.id:
        run = UUID(runtime.flow_run.id)
        others = [tag for tag in runtime.flow_run.tags if not tag.startswith((PACKAGE, SHOWN, run_tags.PLAN))]
        about = tags(context, seen)
        shown = about[-1].replace(PACKAGE, SHOWN)
        with get_client(sync_client=True) as client:
            if run_inputs.read(client, run, _place(plan.key)) is None:
                client.create_flow_run_input(run, _place(plan.key), json.dumps(asdict(question)))
            client.update_flow_run(run, tags={*others, *about, shown, f"{run_tags.PLAN}{plan.key}"})
    return question


def of_this_run() -> Question | None:
    """What it has asked last; None where it has asked nobody yet."""
    plan = run_tags.plan_among(runtime.flow_run.tags or ())
    return of_run(str(runtime.flow_run.id), plan) if plan else None


def of_run(run: str, plan: str) -> Question | None:
    """What a run has asked about the plan of that key; None where Prefect does not know it any more."""
    with get_client(sync_client=True) as client:
        found = run_inputs.read(client, UUID(run), _place(plan))
    return Question(**json.loads(found)) if found else None


def response(run: str, plan: str) -> dict[str, Any] | None:
    """What a person has filled into the form for that plan."""
    key = keyset_from_paused_state(Suspended(pause_key=plan))["response"]
    with get_client(sync_client=True) as client:
        found = run_inputs.read(client, UUID(run), key)
    return json.loads(found) if found else None


def _place(plan: str) -> str:
    return f"headway-question-{plan}"

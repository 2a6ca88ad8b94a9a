"""Buttons: each has a page that says what would happen and asks why, and starts the run that the command line starts.

Who pressed is whoever signed in: no form has a field for it. What it takes is checked here, whatever a page showed.
"""

import re
import secrets

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from headway.decide.review.board import in_order
from headway.errors import NoServer
from headway.formats import signed_answer
from headway.model.audit import WHY_LIMIT
from headway.view import actions, pages
from headway.view.access import Known
from headway.view.actions import ACTIONS, ANSWER, ANSWER_RIGHT, Action, Scene
from headway.view.base import Form, View, about, release_of
from headway.view.known_runs import KnownRuns
from headway.view.looks import Seen
from headway.view.told import CannotBeDone

PLAN = "plan"
FORM_SECONDS = 3600.0


def show_action(view: View, request: Request, known: Known) -> Response:
    name = request.path_params["action"]
    if name == ANSWER:
        return _show_answer(view, request, known)
    action = _action(name)
    found = release_of(view, request, known, action.right, or_absent=action.of_absent)
    _runs(view, known)
    scene = scene_of(view, known, found)
    outlook = actions.outlook(name, scene)
    offered = [each.value for each in outlook.choices]
    asked = request.query_params.get("choice", "")
    chosen = asked if asked in offered else next(iter(offered), "")
    return pages.page(
        "action.html",
        **_about(view, known, found),
        action=action,
        outlook=outlook,
        chosen=chosen,
        plans=action.plans(scene, chosen) if outlook.possible else [],
        here=view.path(found, name),
        others=[
            (each.value or "the newest other one", view.path(found, name, choice=each.value))
            for each in outlook.choices
            if each.value != chosen
        ],
        once=f"{view.now().timestamp():.0f}-{secrets.token_urlsafe(16)}",
        limit=WHY_LIMIT,
    )


def press(view: View, request: Request, known: Known, form: Form) -> Response:
    name = request.path_params["action"]
    if name == ANSWER:
        return _answer(view, request, known, form)
    action = _action(name)
    found = release_of(view, request, known, action.right, or_absent=action.of_absent)
    runs = _runs(view, known)
    ref = found.status.ref
    parameters: dict[str, object] = {
        "application": ref.application,
        "environment": ref.environment,
        "by": known.visitor.name,
    }
    only_plan = action.dry_run and form.get("only") == PLAN
    if reason := _reason(form, required=action.reason_required and not only_plan):
        parameters["reason"] = reason
    scene, chosen = scene_of(view, known, found), form.get("choice", "")
    if why := scene.why_not(name):
        raise _not_now(action, why)
    if action.field and (chosen or action.must_choose):
        parameters[action.field] = _offered(action, scene, chosen)
    title = f"{action.title}: started"
    if only_plan:
        title = f"{action.title}: its plan is being made"
        parameters |= {"dry_run": True, "reason": reason or "to see what it would change"}
    # A page that is gone back to may be pressed for something else.
    pressed = f"{known.visitor.name} {name} {'plan ' if only_plan else ''}{chosen} {_once(view, form)}"
    started = runs.start(action.deployment, parameters, once=pressed)
    view.forget()
    about = _about(view, known, found)
    if only_plan:
        about["back"] = view.path(found, name, choice=chosen)
    return pages.page("started.html", **about, title=title, started=started, watch=not only_plan)


def _once(view: View, form: Form) -> str:
    """What makes one run of what is pressed twice. CannotBeDone for a page of long ago: what is meant there may be meant anew."""
    said = form.get("once", "")
    if not said:
        return secrets.token_urlsafe(16)
    opened = re.match(r"([0-9]{1,12})-[A-Za-z0-9_-]+\Z", said)
    if opened is None or not abs(view.now().timestamp() - int(opened[1])) < FORM_SECONDS:
        raise CannotBeDone(
            "this page was opened more than an hour ago; nothing was done",
            where="form",
            next_step="Open it again, and press there.",
        )
    return said


def _offered(action: Action, scene: Scene, chosen: str) -> str:
    """CannotBeDone for what cannot be chosen here and now, whatever a page showed."""
    outlook = action.outlook(scene)
    if not outlook.possible:
        raise _not_now(action, " ".join(outlook.sentences))
    if chosen not in {each.value for each in outlook.choices}:
        what = (
            f"{chosen[:100]} is nothing that can be chosen here any more" if chosen else "nothing was chosen"
        )
        raise CannotBeDone(what, where=action.title, next_step="Open its page again, and choose there.")
    return chosen


def _not_now(action: Action, why: str) -> CannotBeDone:
    return CannotBeDone(why, where=action.title, next_step="Look at the release again.")


def _show_answer(view: View, request: Request, known: Known) -> Response:
    found = release_of(view, request, known, ANSWER_RIGHT, or_absent=True)
    ref = found.status.ref
    waiting = _runs(view, known).waiting(ref.application, ref.environment)
    return pages.page("answer.html", **_about(view, known, found), waiting=waiting, limit=WHY_LIMIT)


def _answer(view: View, request: Request, known: Known, form: Form) -> Response:
    """For the plan that was shown, and for no other that may wait by now."""
    found = release_of(view, request, known, ANSWER_RIGHT, or_absent=True)
    runs, ref = _runs(view, known), found.status.ref
    if form.get("answer") not in ("approve", "reject"):
        raise CannotBeDone(
            "neither yes nor no was said", where="answer", next_step="Press one of the buttons."
        )
    waiting = runs.waits_now(ref.application, ref.environment)
    if waiting is None or (waiting.id, waiting.key) != (form.get("run"), form.get("plan")):
        raise CannotBeDone(
            "what you were shown does not wait any more; nothing was answered",
            where=str(ref),
            next_step="Look at the plan that waits now, if one does.",
        )
    said: dict[str, object] = {
        "approved": form["answer"] == "approve",
        "approver": known.visitor.name,
        "comment": _reason(form, required=form["answer"] == "reject"),
    }
    if view.signing_key:
        said["signature"] = signed_answer.sign(view.signing_key, waiting.id, waiting.key, said)
    runs.answer(waiting, said)
    view.forget()
    title = "Approved" if said["approved"] else "Rejected"
    return pages.page("started.html", **_about(view, known, found), title=title, started=waiting, watch=True)


def _action(name: str) -> Action:
    if name not in ACTIONS:
        raise HTTPException(404)
    return ACTIONS[name]


def scene_of(view: View, known: Known, found: Seen) -> Scene:
    """With the environment before, as the board orders them, and its release where who asks may see it; and what Prefect says."""
    ref = found.status.ref
    is_registered = view.runs.is_registered(ref.application) if view.runs else None
    waits = view.runs.is_waiting(ref.application, ref.environment) if view.runs else None
    others = {
        each.status.ref.environment: each
        for each in view.looks.sight().releases
        if each.status.ref.application == ref.application
    }
    order = in_order({*others, ref.environment}, view.settings.environments)
    at = order.index(ref.environment)
    before = order[at - 1] if at else ""
    if not before or not known.visitor.may("read", ref.application, before):
        return Scene(
            view,
            found,
            "the environment before" if before else "",
            is_registered=is_registered,
            waits=waits,
        )
    # Of several that say they are it, none is taken for the other.
    feeds = None if view.is_ambiguous(others[before]) else others[before]
    return Scene(view, found, before, feeds, is_registered, waits)


def _runs(view: View, known: Known) -> KnownRuns:
    """HTTPException 403 where nobody signs in: then nobody could be held to it."""
    if known.session is None:
        raise HTTPException(
            403, "Nobody signs in here, so that nothing can be done: see docs/release-view.md."
        )
    if view.runs is None:
        raise NoServer
    return view.runs


def _reason(form: Form, *, required: bool) -> str:
    """One line."""
    said = " ".join(form.get("reason", "").split())
    if required and not said:
        raise CannotBeDone(
            "no reason was given", where="why", next_step="Somebody will wonder later: go back and say why."
        )
    if len(said) > WHY_LIMIT:
        raise CannotBeDone(f"it holds more than {WHY_LIMIT} characters", where="why")
    return said


def _about(view: View, known: Known, found: Seen) -> dict[str, object]:
    shown = {**about(view, known, found), "status": found.status}
    return shown if found.cluster else {**shown, "back": "/"}

"""Buttons: each has a page that says what would happen and asks why, and starts the run that the command line starts.

Who pressed is whoever signed in: no form has a field for it. What it takes is checked here, whatever a page showed.
"""

import secrets
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from headway.decide.review.board import in_order
from headway.errors import BadInput
from headway.formats import signed_answer
from headway.model.audit import WHY_LIMIT
from headway.view import pages
from headway.view.access import Known
from headway.view.actions import ACTIONS, ANSWER, ANSWER_RIGHT, Action, Scene
from headway.view.base import Form, View, frame, release_of, release_path
from headway.view.known_runs import KnownRuns
from headway.view.looks import Seen
from headway.view.told import NoServer

PLAN = "plan"


def show_action(view: View, request: Request, known: Known) -> Response:
    name = request.path_params["action"]
    if name == ANSWER:
        return _show_answer(view, request, known)
    action = _action(name)
    found = release_of(view, request, known, action.right, or_absent=action.of_absent)
    _runs(view, known)
    scene = _scene(view, known, found)
    outlook = action.outlook(scene)
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
        here=_page(request, found, name),
        others=[
            (each.value or "the newest other one", _page(request, found, name, each.value))
            for each in outlook.choices
            if each.value != chosen
        ],
        once=secrets.token_urlsafe(16),
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
    chosen = form.get("choice", "")
    if action.field and (chosen or action.must_choose):
        parameters[action.field] = _offered(action, _scene(view, known, found), chosen)
    title = f"{action.title}: started"
    if only_plan:
        title = f"{action.title}: its plan is being made"
        parameters |= {"dry_run": True, "reason": reason or "to see what it would change"}
    # A page that is gone back to may be pressed for something else.
    pressed = f"{known.visitor.name} {name} {'plan ' if only_plan else ''}{chosen} {form.get('once', '')}"
    once = pressed if form.get("once") else secrets.token_urlsafe(16)
    started = runs.start(action.deployment, parameters, once=once)
    view.forget()
    about = _about(view, known, found)
    if only_plan:
        about["back"] = _page(request, found, name, chosen)
    return pages.page("started.html", **about, title=title, started=started, watch=not only_plan)


def _offered(action: Action, scene: Scene, chosen: str) -> str:
    """BadInput for what cannot be chosen here and now, whatever a page showed."""
    outlook = action.outlook(scene)
    if not outlook.possible:
        raise BadInput(
            " ".join(outlook.sentences), where=action.title, next_step="Look at the release again."
        )
    if chosen not in {each.value for each in outlook.choices}:
        what = (
            f"{chosen[:100]} is nothing that can be chosen here any more" if chosen else "nothing was chosen"
        )
        raise BadInput(what, where=action.title, next_step="Open its page again, and choose there.")
    return chosen


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
        raise BadInput("neither yes nor no was said", where="answer", next_step="Press one of the buttons.")
    waiting = runs.waits_now(ref.application, ref.environment)
    if waiting is None or (waiting.id, waiting.key) != (form.get("run"), form.get("plan")):
        raise BadInput(
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


def _scene(view: View, known: Known, found: Seen) -> Scene:
    """With the environment before, as the board orders them, and its release where who asks may see it."""
    ref = found.status.ref
    others = {
        each.status.ref.environment: each
        for each in reversed(view.looks.sight().releases)
        if each.status.ref.application == ref.application
    }
    order = in_order({*others, ref.environment}, view.settings.environments)
    at = order.index(ref.environment)
    before = order[at - 1] if at else ""
    if not before or not known.visitor.may("read", ref.application, before):
        return Scene(view, found, "the environment before" if before else "")
    return Scene(view, found, before, others[before])


def _page(request: Request, found: Seen, action: str, choice: str = "") -> str:
    """Of an action, with one thing chosen already."""
    ref = found.status.ref
    query = {"release": request.query_params.get("release", ""), "choice": choice}
    said = urlencode({name: value for name, value in query.items() if value})
    return release_path(ref.application, ref.environment, action) + (f"?{said}" if said else "")


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
        raise BadInput(
            "no reason was given", where="why", next_step="Somebody will wonder later: go back and say why."
        )
    if len(said) > WHY_LIMIT:
        raise BadInput(f"it holds more than {WHY_LIMIT} characters", where="why")
    return said


def _about(view: View, known: Known, found: Seen) -> dict[str, object]:
    ref = found.status.ref
    return {
        **frame(view, known),
        "status": found.status,
        "ref": ref,
        "back": release_path(ref.application, ref.environment) if found.cluster else "/",
    }

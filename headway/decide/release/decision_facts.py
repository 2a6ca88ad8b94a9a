"""What fills the sentences of decision.py: versions, reasons and times, and the commands that people are told."""

from headway.decide.release import advice, corrections, retries, rollback_target
from headway.decide.release.actions import Action, RollBack, Wait
from headway.decide.release.failure_cause import LIMIT
from headway.decide.release.observation import Observation
from headway.decide.supply import image_digests


def of(o: Observation, action: Action) -> dict[str, object]:
    until = action.until if isinstance(action, Wait) else None
    tried = retries.retried(o)
    failed = tried or o.suspect or o.newest_attempt
    return {
        "wanted": o.wanted.version if o.wanted else "nothing",
        "running": o.running.version if o.running else "nothing",
        "newest": o.newest.revision if o.newest else "none",
        "failed": failed.version if failed else "it",
        "suspect": o.suspect.version if o.suspect else "nothing",
        "reason": (failed.reason if failed else "") or "cut off",
        "because": f" ({failed.reason})" if failed and failed.reason else "",
        "tries": tried.tries + 1 if tried else 1,
        "limit": LIMIT,
        "until": f"{until:%Y-%m-%dT%H:%M:%SZ}" if until else "",
        "target": rollback_target.sentence(action.target) if isinstance(action, RollBack) else "",
        "hold": f"{o.hold.by} holds {o.hold.version}: {o.hold.why}." if o.hold else "",
        "lift_hold": f"{advice.lift(o.ref, 'hold')} ends it, or something newer than {o.hold.not_above}."
        if o.hold
        else "",
        "freeze": _frozen(o),
        "adopt": _how_to_adopt(o),
        "restored": o.restored.version if o.restored else "nothing",
        "why": o.why_desired,
        "trouble": o.trouble,
        "drift": ", ".join(o.drift),
        "lost": "; ".join(o.drift_loses),
        "corrections": corrections.LIMIT,
        "somebody": ", ".join(o.drift_by) or "somebody",
        "release": advice.release(o.ref),
        "moved": o.target_images_trouble or o.desired_images_trouble,
        "put_back": image_digests.NEXT_STEP,
    }


def _how_to_adopt(o: Observation) -> str:
    adopted = f"{advice.adopt(o.ref)} makes it Headway's."
    return adopted if o.newest == o.deployed else f"Once helm has brought it up, {adopted}"


def _frozen(o: Observation) -> str:
    freeze = o.record.freeze if o.record else None
    if freeze is None:
        return f"{_closed(o)}."
    ends = f"{advice.lift(o.ref, 'freeze')} ends it"
    goes_on = f"{advice.release(o.ref)} goes on; " if freeze.cancelled_run else ""
    return f"Frozen by {freeze.by}: {freeze.why}. {goes_on}{ends}."


def _closed(o: Observation) -> str:
    by_policy = f"Frozen by policy: {o.policy_freeze}" if o.policy_freeze else ""
    return ". ".join(filter(None, (by_policy, f"Frozen: {o.index_trouble}" if o.index_trouble else "")))

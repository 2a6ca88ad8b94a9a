"""Whose answer at the gate counts: where policy names a key, that of the release view alone, and of whom it names.

Without a key anybody who reaches Prefect may answer, under any name: then nothing is checked, and nothing pretended.
"""

from collections.abc import Mapping, Sequence

from headway.formats import signed_answer


def refusal(
    key: str | None, approvers: Sequence[str], run: str, plan: str, said: Mapping[str, object], signature: str
) -> str:
    """Why an answer does not count; empty where it does. `said`: approved, approver and comment."""
    if key is None:
        return ""
    if not signed_answer.is_signed(key, run, plan, said, signature):
        return "it was not given in the release view that policy names"
    if approvers and said["approver"] not in approvers:
        return f"policy does not name {said['approver']} among those who may approve here"
    return ""

"""`revert: all`: files that people changed since last good go back too, but never what they said about policy."""

import posixpath
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from headway.decide.supply.application_inverse import Failure
from headway.formats import headway_yaml, quarantine
from headway.model.edits import Edit


@dataclass(frozen=True, slots=True)
class PeoplesChanges:
    put_back: Mapping[str, bytes | None]
    """Files as last good had them, by path; None for one that it had not."""
    notes: tuple[str, ...]
    """A line for the commit's message on each file that differs."""


def can_be_written(path: str) -> bool:
    """Whether a commit of Headway's takes a file of that name, which git itself takes whatever it is."""
    return path.isprintable() and not path.startswith("-")


def of_version(
    good: Mapping[str, bytes],
    failed: Mapping[str, bytes],
    now: Mapping[str, bytes],
    policy: str = "",
    tag_files: Collection[str] = (),
    unwritable: Collection[str] = (),
) -> PeoplesChanges:
    """Of the files that differ between last good and the version that failed, those that are still as that one had them.

    headway.yaml stays as it is now, and so does the file `policy` where that lives beside it: a gate or a freeze that was
    added meanwhile is no part of the content. So does the quarantine, what other environments keep their tags in, and what is
    `unwritable`.
    """
    put_back: dict[str, bytes | None] = {}
    notes = []
    for path in sorted({*good, *failed}):
        if good.get(path) == failed.get(path) or path == quarantine.PATH:
            continue
        if path == policy or posixpath.basename(path) == headway_yaml.FILE:
            notes.append(f"- {path}: left as it is, since it holds policy")
        elif path in tag_files:
            notes.append(f"- {path}: left as it is, since an environment keeps its own tags there")
        elif now.get(path) == failed.get(path):
            put_back[path] = good.get(path)
            notes.append(f"- {path}: as last good had it")
        elif now.get(path) != good.get(path):
            notes.append(f"- {path}: changed since, left as it is")
    notes += [f"- {path!r}: left as it is, since Headway writes no such name" for path in sorted(unwritable)]
    return PeoplesChanges(put_back, tuple(notes))


def joined(edit: Edit, peoples: PeoplesChanges, failure: Failure) -> Edit:
    """One commit of both. `edit` takes Headway's own edits back, in the files as `peoples` leaves them."""
    if not peoples.put_back:
        return edit
    subject, body = edit.subject, edit.body
    if not edit.files:
        subject = f"Take {failure.version} back: it failed in {failure.environment}"
        body = f"{failure.version} failed in {failure.environment}: {failure.reason}\n"
    files = {**peoples.put_back, **edit.files}
    return replace(edit, files=files, subject=subject, body="\n".join([body, *peoples.notes]))

"""What a pull request of Headway's says: what changes and why, where it was tested, and what merging and closing it mean."""

from collections.abc import Iterator
from dataclasses import dataclass

from headway.decide.supply.proposing import BY_A_PERSON
from headway.formats.markdown import fenced
from headway.formats.visible import visible
from headway.model.application import Application
from headway.model.edits import Edit
from headway.model.report import StageName

TITLE_LIMIT = 200
"""Characters; GitHub has 256, GitLab 255."""
BODY_LIMIT = 20_000
TAKES_BACK = StageName.WITHDRAW
"""The stage whose edits go back to what was in use."""
_CLOSING = (
    "**Closing** it is a no to just this: Headway then waits for something else to propose. It keeps branch and text up to date, "
    "and closes them where nothing is left. Once somebody else has committed to the branch, it leaves it alone."
)
_CLOSING_A_DECISION = "**Closing** it undoes the decision: nothing makes this edit again of itself."


@dataclass(frozen=True, slots=True)
class ProposalText:
    title: str
    text: str


def of(edit: Edit, application: Application, stage: str, mark: str) -> ProposalText:
    """`mark`: a line by which it is known again. What others wrote stands in a code block: no forge reads names there."""
    body = visible(edit.body or edit.subject)[:BODY_LIMIT]
    lines = [
        mark,
        "",
        *fenced(map(no_command, body.strip().splitlines())),
        f"**Tested:** {_tested(application, stage)}",
        *_links(edit, application),
        "",
        f"**Merging** {_merging(application, stage)} {_CLOSING_A_DECISION if stage in BY_A_PERSON else _CLOSING}",
    ]
    title = " ".join(visible(edit.subject).split())
    return ProposalText(title[:TITLE_LIMIT], "\n".join(lines))


def no_command(line: str) -> str:
    """GitLab takes a line that begins with a slash for one, also in a code block that another fence seems to end."""
    return f" {line}" if line.startswith(("/", "`", "~")) else line


def _tested(application: Application, stage: str) -> str:
    first, *later = application.environments
    follow = (
        f"; {', '.join(later)} {'follows' if len(later) == 1 else 'follow'} by promotion" if later else ""
    )
    if stage in BY_A_PERSON:
        return "nothing of it runs: it says what may be chosen, and the next delivery heeds it."
    if stage == TAKES_BACK:
        return f"the version that this takes back has failed in `{first}`, which has gone back already."
    return (
        f"not by Headway yet. What is merged is published as a version, released to `{first}` and tested there"
        f"{follow}."
    )


def _merging(application: Application, stage: str) -> str:
    if stage not in BY_A_PERSON and application.merge == "when-checks-pass":
        return "is Headway's (`merge: when-checks-pass`), as soon as all checks of its commit have passed."
    return "is yours: nothing builds on it before. Keep the trailers of the commit where you squash it."


def _links(edit: Edit, application: Application) -> Iterator[str]:
    """The commits that the images were built of."""
    for taken in edit.images:
        for image in application.images.values():
            git = application.services[image.service].git
            is_of = taken.reference.startswith(f"{image.repository}:")
            if is_of and taken.commit and git.startswith(("https://", "http://")):
                page = f"{git.removesuffix('.git')}/commit/{taken.commit}"
                yield f"- `{taken.reference}` was built of [{taken.commit[:12]}]({page})"
                break

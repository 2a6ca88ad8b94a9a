"""How a build writes its branch into an image's tag: a tag holds fewer characters than a branch may, and each CI has its own way.

A tag is [A-Za-z0-9_][A-Za-z0-9_.-]{0,127} (the OCI distribution specification). The commit in the tag is what orders builds, and
must be one of the branch: so every usual spelling is taken, and none needs to be said.
"""

import re

LONGEST = 120
"""Characters of a branch in a tag as hack/build writes it, which leaves room for a dash and a short SHA."""
_SLUG = 63
"""Characters of GitLab's CI_COMMIT_REF_SLUG."""


def spellings(branch: str) -> str:
    """A regular expression without groups that matches the branch as GitHub's, GitLab's and Codefresh's pipelines write it.

    A character that a tag does not hold is a dash (hack/build, GitLab) or an underscore (Codefresh); GitLab's slug has small
    letters and digits alone, at most 63 characters, and no dash at its ends.
    """
    first, rest = branch[:1], branch[1:LONGEST]
    plain = ("_" if first in (".", "-") else _in_tag(first)) + "".join(map(_in_tag, rest))
    slug = re.sub(r"[^0-9a-z]", "-", branch.lower())[:_SLUG].strip("-")
    return f"(?:{'|'.join([plain, *([re.escape(slug)] if slug else [])])})"


def _in_tag(character: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9_.-]", character):
        return re.escape(character)
    size = len(character.encode())
    # sed and cut see bytes in the locale C, letters in others.
    return "[-_]" if size == 1 else f"[-_]{{1,{size}}}"

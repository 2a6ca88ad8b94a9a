"""The commit that an image's tag or label names."""

import re

_COMMIT_IN_TAG = re.compile(r"(?:\A|[-_.])([0-9a-f]{7,40})\Z", re.ASCII)
"""The end of a tag such as main-1a2b3c4, the default of `image.pattern`. Digits alone are one only in the usual lengths: others
are dates and numbers of builds."""
_USUAL = (7, 40)
_SHA = re.compile("[0-9a-f]{7,64}")


def commit_in_tag(tag: str) -> str:
    """Empty where the tag names none."""
    found = _COMMIT_IN_TAG.search(tag)
    return found[1] if found and (len(found[1]) in _USUAL or not found[1].isdigit()) else ""


def commit_in_label(revision: str) -> str:
    """In full or its start, as the label has it; empty for what is no SHA."""
    return revision.lower() if _SHA.fullmatch(revision.lower()) else ""

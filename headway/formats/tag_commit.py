"""The commit that an image's tag names."""

import re

_COMMIT_IN_TAG = re.compile(r"(?:\A|[-_.])([0-9a-f]{7,40})\Z", re.ASCII)
"""The end of a tag such as main-1a2b3c4, the default of `image.pattern`. Digits alone are one only in the usual lengths: others
are dates and numbers of builds."""
_USUAL = (7, 40)


def commit_in_tag(tag: str) -> str:
    """Empty where the tag names none."""
    found = _COMMIT_IN_TAG.search(tag)
    return found[1] if found and (len(found[1]) in _USUAL or not found[1].isdigit()) else ""

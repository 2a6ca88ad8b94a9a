"""What is kept of a text that programs and API servers wrote, wherever it goes from there: a record, a commit, a file of git."""

LIMIT = 2048
_END = 512


def shortened(text: str) -> str:
    """At most LIMIT characters: of a longer one its beginning, and its end, where programs say what it came to."""
    if len(text) <= LIMIT:
        return text
    left_out = f" [... {len(text) - LIMIT} characters and more left out ...] "
    return f"{text[: LIMIT - _END - len(left_out)]}{left_out}{text[-_END:]}"

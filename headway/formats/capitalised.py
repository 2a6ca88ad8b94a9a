"""Sentences of what begins with a small letter, since it also stands within others."""


def capitalised(text: str) -> str:
    """With a capital at its beginning, and all else as it is."""
    return f"{text[:1].upper()}{text[1:]}"

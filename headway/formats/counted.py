"""How many of something, as people read it: 1 tag, 2 tags."""


def counted(count: int, noun: str) -> str:
    """`noun`: in the singular, with what stands before it, such as "matching tag"."""
    if count == 1:
        return f"1 {noun}"
    return f"{count} {noun[:-1]}ies" if noun.endswith("y") else f"{count} {noun}s"

"""What the step of a story finds untrue."""


class UntrueError(Exception):
    """A real system does not show what the story tells."""


def hold(condition: object, otherwise: str) -> None:
    """Raises UntrueError with the sentence unless the condition holds."""
    if not condition:
        raise UntrueError(otherwise)

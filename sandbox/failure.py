"""The one error that the sandbox's commands end with: what is wrong, and what to do next."""


class SandboxError(Exception):
    """A sentence for the person at the terminal, and the next step if there is one."""

    def __init__(self, what: str, then: str = "") -> None:
        super().__init__(f"{what}\n  -> {then}" if then else what)

"""What is wrong is noted and the reading goes on, so that everything is named at once."""

from collections.abc import Callable

from headway.errors import BadInput


class Noted:
    """BadInput that is raised within is given to `note`, and ends the block alone."""

    def __init__(self, note: Callable[[BadInput], object]) -> None:
        self._note = note

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        if not isinstance(error, BadInput):
            return False
        self._note(error)
        return True

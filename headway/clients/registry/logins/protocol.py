"""What every way to open registries can be asked."""

from typing import Protocol

from headway.formats.docker_config import Login


class Logins(Protocol):
    """Safe among threads. Asked only when a registry has asked."""

    def of(self, host: str, path: str) -> Login | None:
        """What opens this repository; None where nothing was given for this very registry.

        `host`: where it answers. Raises BadInput for what an operator gave and cannot be used, Unreachable or TimedOut where
        somebody else was to be asked who gives no answer.
        """
        ...

    def refused(self, host: str, path: str) -> None:
        """The registry did not take it: what was got elsewhere is got anew the next time."""
        ...

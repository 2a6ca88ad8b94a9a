"""Which hosts are this machine: they alone are asked in the clear."""

_NAMES = ("127.0.0.1", "localhost", "::1", "[::1]")


def is_loopback(host: str) -> bool:
    """With or without a port."""
    return (host.rpartition(":")[0] or host) in _NAMES or host in _NAMES

"""Where a server of a command listens: known before anything is said of it."""

import socket

from headway.errors import BadInput


def listening(host: str, port: int) -> socket.socket:
    """With port 0 the system chooses one. BadInput where it may not listen there."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family)
    except OSError as error:
        raise BadInput(
            f"it cannot listen there: {error.strerror or error}",
            where=f"{host} port {port}",
            next_step="Another program may listen there already: name another --port, or 0 for any that is free.",
        ) from error


def shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host

"""The Prefect server as commands see it, its errors turned into ours in this one place."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.events.worker import EventsWorker
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError
from prefect.settings import PREFECT_API_URL

from headway.errors import BadInput, NoServer, Unreachable

ANSWER_SECONDS = 60.0
"""Within which a question is answered, with all that Prefect's client repeats of it."""
_BUSY = frozenset({408, 429, 502, 503})
"""After these, Prefect's client waits for as long as the server says."""
_ENDS = "headway.ends"


def _is_worth_reading(record: logging.LogRecord) -> bool:
    return not str(record.msg).startswith("Still processing items")


# What Prefect's client has to send yet as a command ends, such as that a block was read, is sent; nobody needs to hear of it.
logging.getLogger(EventsWorker.__name__).addFilter(_is_worth_reading)


@contextmanager
def prefect_server(*, within: float | None = None) -> Iterator[SyncPrefectClient]:
    """A client. Raises NoServer where none is named, as Prefect would start one that ends with the command; Unreachable when
    nobody answers, BadInput for what the server refuses.

    `within`: so many seconds all questions together are answered, for whoever keeps others waiting; nothing is repeated then.
    """
    if not PREFECT_API_URL.value():
        raise NoServer
    limits = _Limits(within)
    settings = {"event_hooks": {"request": [limits.asked], "response": [limits.answered]}}
    try:
        with get_client(httpx_settings=settings, sync_client=True) as client:
            yield client
    except ObjectNotFound as error:
        raise BadInput(
            f"not found: {error}", where="Prefect server", next_step="Deploy first: deployments.yaml."
        ) from error
    except PrefectHTTPStatusError as error:
        said = f"{error.response.status_code} {error.response.text}"
        kind = Unreachable if error.response.status_code >= 500 else BadInput
        raise kind(said, where="Prefect server") from error
    except (httpx.HTTPError, RuntimeError) as error:
        raise Unreachable(
            f"no answer: {error}", where="Prefect server", next_step="Is PREFECT_API_URL right?"
        ) from error


class _Limits:
    """Hooks of each request and answer: those of Prefect's own repetitions, too."""

    def __init__(self, within: float | None) -> None:
        self._ends = None if within is None else time.monotonic() + within

    def asked(self, request: httpx.Request) -> None:
        ends = self._ends or request.extensions.setdefault(_ENDS, time.monotonic() + ANSWER_SECONDS)
        left = ends - time.monotonic()
        if left <= 0:
            raise Unreachable("it takes long to answer", where="Prefect server", next_step="Try again.")
        timeouts = request.extensions.get("timeout", {})
        request.extensions["timeout"] = {
            each: min(left, timeouts.get(each) or left) for each in ("connect", "read", "write", "pool")
        }

    def answered(self, response: httpx.Response) -> None:
        if self._ends and response.status_code in _BUSY:
            raise Unreachable(
                f"it answered {response.status_code}", where="Prefect server", next_step="Try again."
            )

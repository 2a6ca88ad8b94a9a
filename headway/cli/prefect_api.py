"""The Prefect server as commands see it, its errors turned into ours in this one place."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError

from headway.errors import BadInput, Unreachable


@contextmanager
def prefect_server() -> Iterator[SyncPrefectClient]:
    """A client. Raises Unreachable when nobody answers, BadInput for what the server refuses."""
    try:
        with get_client(sync_client=True) as client:
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

"""All saved blocks of a kind: a Prefect server gives a page of them at a time, and knows no kind that nobody has saved yet.

By the kind's slug, since its class takes long to import.
"""

from collections.abc import Sequence

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import BlockDocument
from prefect.exceptions import PrefectHTTPStatusError

PAGE = 100


def every(client: SyncPrefectClient, slug: str, *, secrets: bool = False) -> list[BlockDocument]:
    """By name; without their secrets unless they are wanted."""
    found: list[BlockDocument] = []
    while True:
        try:
            page = client.read_block_documents_by_type(
                slug, offset=len(found), limit=PAGE, include_secrets=secrets
            )
        except PrefectHTTPStatusError as error:
            if error.response.status_code == 404:
                return []
            raise
        found += page
        if len(page) < PAGE:
            return sorted(found, key=lambda each: each.name or "")


def named(client: SyncPrefectClient, slug: str, names: Sequence[str]) -> list[BlockDocument]:
    """Those of these names, with their secrets."""
    found: list[BlockDocument] = []
    for begins in range(0, len(names), PAGE):
        wanted = {"name": {"any_": names[begins : begins + PAGE]}}
        kind = {"slug": {"any_": [slug]}}
        body = {"block_documents": wanted, "block_types": kind, "include_secrets": True, "limit": PAGE}
        answer = client.request("POST", "/block_documents/filter", json=body)
        found += [BlockDocument.model_validate(each) for each in answer.json()]
    return found

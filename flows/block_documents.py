"""All saved blocks of a kind: a Prefect server gives a page of them at a time.

By the kind's slug, since its class takes long to import. By the filter of blocks: the address of a kind's blocks
(`/block_types/slug/.../block_documents`) takes an offset and a limit, and heeds neither.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import BlockDocument

PAGE = 100


def every(client: SyncPrefectClient, slug: str, *, secrets: bool = False) -> list[BlockDocument]:
    """By name; without their secrets unless they are wanted."""
    found: list[BlockDocument] = []
    while True:
        page = _page(client, slug, {"include_secrets": secrets, "offset": len(found)})
        found += page
        if len(page) < PAGE:
            return sorted(found, key=lambda each: each.name or "")


def named(client: SyncPrefectClient, slug: str, names: Sequence[str]) -> list[BlockDocument]:
    """Those of these names, with their secrets."""
    found: list[BlockDocument] = []
    for begins in range(0, len(names), PAGE):
        wanted = {"name": {"any_": names[begins : begins + PAGE]}}
        found += _page(client, slug, {"block_documents": wanted, "include_secrets": True})
    return found


def _page(client: SyncPrefectClient, slug: str, asked: Mapping[str, Any]) -> list[BlockDocument]:
    body = {"block_types": {"slug": {"any_": [slug]}}, "limit": PAGE, **asked}
    answer = client.request("POST", "/block_documents/filter", json=body)
    return [BlockDocument.model_validate(each) for each in answer.json()]

"""All saved blocks of a kind: a Prefect server gives a page of them at a time, and knows no kind that nobody has saved yet."""

from prefect.blocks.core import Block
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import BlockDocument
from prefect.exceptions import PrefectHTTPStatusError

PAGE = 100


def documents(client: SyncPrefectClient, kind: type[Block]) -> list[BlockDocument]:
    """Without their secrets, by name."""
    found: list[BlockDocument] = []
    while True:
        try:
            page = client.read_block_documents_by_type(
                kind.get_block_type_slug(), offset=len(found), limit=PAGE, include_secrets=False
            )
        except PrefectHTTPStatusError as error:
            if error.response.status_code == 404:
                return []
            raise
        found += page
        if len(page) < PAGE:
            return sorted(found, key=lambda each: each.name or "")

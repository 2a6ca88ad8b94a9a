"""The clusters of an application's environments, whose blocks are asked for by one question where there are several."""

from collections.abc import Iterator
from contextlib import contextmanager

from prefect import get_client
from prefect.client.schemas.objects import BlockDocument

from blocks import looking
from flows import block_documents
from headway.decide.release import together
from headway.workspace.workspace import Workspace


@contextmanager
def looked_at_together(workspace: Workspace) -> Iterator[None]:
    """See looking.together. Within it no block but those clusters' is read."""
    application = workspace.application
    names = sorted({application.cluster(each) for each in application.environments})
    places = len(application.environments)

    def saved(slug: str) -> list[BlockDocument]:
        with get_client(sync_client=True) as client:
            return block_documents.named(client, slug, names)

    with looking.together(saved if len(names) >= together.FROM else None, places=places):
        yield

"""What the repository of a registered application declares, for `headway add` and for lists of blocks alike."""

from blocks import Application as ApplicationBlock
from blocks.opening import access, connect
from headway.model.application import Application
from headway.workspace.workspace import Workspace


def declared_by(block: ApplicationBlock) -> Application:
    """With its policy, wherever that lives."""
    return Workspace(access(block), connect).application

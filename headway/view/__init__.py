"""The release view: what runs where, in a browser, and the buttons that the command line has as commands.

One small ASGI application, rendered on the server: every page can be read without script. It knows neither Prefect nor git: what
starts and answers runs is given to it (see `runs`), so that it shows what runs also while they are away.

    looks      what runs where, read from clusters; many viewers cost one look
    people     who somebody is, and what they may do where
    pages      templates, into which text of others goes as text
    application puts them together
"""

from headway.view.application import app
from headway.view.looks import Looks, NamedCluster
from headway.view.settings import Settings

__all__ = ["Looks", "NamedCluster", "Settings", "app"]

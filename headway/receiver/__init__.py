"""The receiver of hints: what registries, git hosts, buckets and CI send becomes "look now" for the applications concerned.

A small ASGI application that may be reached by anybody, and so holds nothing but the secrets of its senders: it reads no
repository, opens no address that a payload names, and knows neither git nor clusters. How Prefect is told is given to it.

    settings     who sends, how that is proved, and whose the things are
    proofs       whether a request is a sender's
    kept         what is accepted and not yet told, on disk
    queues       senders that are not posted by, but taken from
    telling      many hints, one look
    application  puts them together
"""

from headway.receiver.application import app
from headway.receiver.settings import Live, Settings

__all__ = ["Live", "Settings", "app"]

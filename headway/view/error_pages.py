"""Pages for whoever nobody knows yet, or where no page could be made."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from headway.errors import HeadwayError
from headway.view import pages, told


async def refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    title = {403: "Not allowed", 404: "There is no such page"}.get(error.status_code, "This cannot be done")
    said = error.detail if error.status_code != 404 else "Nothing is here, or nothing that you may see."
    return pages.page("refused.html", error.status_code, title=title, sentence=said)


async def not_now(_: Request, error: Exception) -> Response:
    """Before it is known who asks: nothing is told but a sentence of ours."""
    assert isinstance(error, HeadwayError)
    said = told.answer(error)
    return pages.page("refused.html", said.code, title=said.title, sentence=said.sentence)


async def broken(_: Request, __: Exception) -> Response:
    """What went wrong stands in the log: it may quote what is not for everybody."""
    sentence = "That is a fault of the release view. The log of headway view says more."
    return pages.page("refused.html", 500, title="This page could not be made", sentence=sentence)

"""What a form sends: a few fields of text, within the limits of our own forms."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

from headway.errors import HeadwayError
from headway.view.told import CannotBeDone

BYTES_LIMIT = 64 * 2**10
FIELDS_LIMIT = 30
_KIND = "application/x-www-form-urlencoded"


async def read(request: Request) -> Mapping[str, str]:
    """The last of each field. Raises CannotBeDone for anything but a form within limits."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _KIND:
        raise CannotBeDone(f"this is no form: it is sent as {_KIND}", where="form")
    data = b""
    async for chunk in request.stream():
        data += chunk
        if len(data) > BYTES_LIMIT:
            raise CannotBeDone(f"it holds more than {BYTES_LIMIT} bytes", where="form")
    try:
        pairs = parse_qsl(data.decode(), keep_blank_values=True, errors="strict", max_num_fields=FIELDS_LIMIT)
    except ValueError as error:
        raise CannotBeDone("it cannot be read", where="form") from error
    return dict(pairs)


async def sent(request: Request) -> Mapping[str, str]:
    """As `read`, for a page: HTTPException 400."""
    try:
        return await read(request)
    except HeadwayError as error:
        raise HTTPException(400, str(error)) from error


def refuse_strangers(url: str | None, request: Request) -> None:
    """Refuse forms that a page elsewhere has sent: a browser says which page did
    (https://fetch.spec.whatwg.org/#origin-header). `url`: where people reach the view."""
    origin = request.headers.get("origin", "")
    if origin != (url or f"http://{request.headers.get('host', '')}"):
        raise HTTPException(403, "This form was not sent by a page of this release view. Nothing was done.")

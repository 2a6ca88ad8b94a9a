"""What is kept of one revision of a release beside the packages, as JSON: never needed to decide, and written by whoever may
write packages, so that it is read as what a stranger wrote.
"""

import json
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from headway.errors import BadInput
from headway.formats import json_limits
from headway.model.moment import in_utc
from headway.model.release_history import HistoryEntry

SCHEMA = 1
TEXT_LIMIT = 2000
"""Letters of a reason, which quotes what a cluster said."""
_ENTRY: TypeAdapter[HistoryEntry] = TypeAdapter(HistoryEntry)
_TIMES = ("started_at", "deployed_at", "upgraded_at", "ended_at", "tested_at", "committed_at")
_OF_THE_MOMENT = ("in_helm", "archived")
"""What is no part of a revision, but of the look at it."""


def serialise(entry: HistoryEntry) -> bytes:
    entry = replace(entry, reason=entry.reason[:TEXT_LIMIT], description=entry.description[:TEXT_LIMIT])
    data = _ENTRY.dump_python(entry, mode="json")
    for name in _OF_THE_MOMENT:
        del data[name]
    return json.dumps({"schema": SCHEMA, **data}, separators=(",", ":")).encode() + b"\n"


def read(data: bytes, where: str) -> HistoryEntry:
    """BadInput for anything else; fields that a newer Headway knows are passed over."""
    try:
        document = json_limits.load(data)
        schema = document.pop("schema")
        if schema != SCHEMA:
            raise BadInput(
                f"it has schema {schema!r}, this Headway reads {SCHEMA}",
                where=where,
                next_step="Update Headway.",
            )
        entry = _ENTRY.validate_python(document | dict.fromkeys(_OF_THE_MOMENT, False), strict=False)
        times: dict[str, Any] = {
            name: in_utc(time) for name in _TIMES if (time := getattr(entry, name)) is not None
        }
        return replace(entry, **times)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise BadInput(f"no release that Headway kept: {place}: {first['msg']}", where=where) from error
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise BadInput("no release that Headway kept", where=where) from error

"""The release record as JSON, in the key record.json of its ConfigMap."""

import json
from typing import Any

from pydantic import ValidationError

from headway.errors import BadInput
from headway.formats import json_limits
from headway.model.record import ReleaseRecord

SCHEMA = 1


def serialise(record: ReleaseRecord) -> str:
    # Left out where nobody is asked: a Headway of before, which refuses what it does not know, reads the record then.
    data = record.model_dump(mode="json", by_alias=True, exclude=None if record.asked else {"asked"})
    return json.dumps({"schema": SCHEMA, **data}, indent=1, sort_keys=False) + "\n"


def read(text: str, where: str = "release record") -> ReleaseRecord:
    """Raises BadInput where it is damaged or a newer Headway wrote it: guessing could cost last good."""
    repair = "Restore it, or delete the ConfigMap and adopt the release: headway release APPLICATION ENVIRONMENT --adopt"
    try:
        data: dict[str, Any] = json_limits.load(text)
        schema = data.pop("schema")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput("is not a JSON object with a schema", where=where, next_step=repair) from error
    if schema != SCHEMA:
        raise BadInput(
            f"has schema {schema!r}, this Headway reads {SCHEMA}", where=where, next_step="Update Headway"
        )
    try:
        return ReleaseRecord.model_validate(data)
    except ValidationError as error:
        problems = error.errors()
        place = ".".join(str(part) for part in problems[0]["loc"])
        if all(each["type"] == "extra_forbidden" for each in problems):
            raise BadInput(
                f"{place} is unknown to this Headway: a newer one wrote it",
                where=where,
                next_step="Update this Headway, and start anew what runs of it",
            ) from error
        raise BadInput(f"{place}: {problems[0]['msg']}", where=where, next_step=repair) from error

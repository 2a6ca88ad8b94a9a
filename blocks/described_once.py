"""A block's JSON schema, made once. Prefect makes it anew for each field of each block that it saves, to learn which are secret,
and each time those of the blocks that it refers to: two seconds of processor time for an application."""

import pickle
from typing import Any

_made: dict[tuple[type, str], bytes] = {}


class DescribedOnce:
    """Stands before Prefect's Block among the bases of a block, whose fields stay as they are once the class is complete."""

    @classmethod
    def model_json_schema(cls, *of: Any, **how: Any) -> dict[str, Any]:
        """A copy, which its caller may change."""
        asked = (cls, repr((of, how)))
        if asked not in _made:
            schema: dict[str, Any] = super().model_json_schema(*of, **how)  # type: ignore[misc]
            if not cls.__dict__.get("__pydantic_complete__"):
                return schema
            _made[asked] = pickle.dumps(schema)
        copy: dict[str, Any] = pickle.loads(_made[asked])
        return copy

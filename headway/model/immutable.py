"""Base of models that are kept as JSON: nobody changes them in place, and an unknown field is an error."""

from pydantic import BaseModel, ConfigDict


class Immutable(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

"""What is persisted as JSON: values that nobody changes in place, and whose unknown fields are an error."""

from pydantic import BaseModel, ConfigDict


class Immutable(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

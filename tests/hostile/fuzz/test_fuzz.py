"""The same inputs in every run, so that what fails once fails again; `python -m tests.hostile.fuzz` draws others."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.hostile.fuzz.promise import Target
from tests.hostile.fuzz.targets import TARGETS

EXAMPLES = 40
"""Of each target."""
MORE: Mapping[str, int] = {"headway.yaml": 120, "values as Go reads them": 120, "edits": 120, "packages": 120}

pytestmark = pytest.mark.story


@pytest.mark.parametrize("name", TARGETS)
def test_whatever_comes_ends_in_a_value_or_in_an_error_of_ours(name: str) -> None:
    target: Target = TARGETS[name]

    @settings(
        max_examples=MORE.get(name, EXAMPLES),
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(drawn=target.drawn)
    def held(drawn: Any) -> None:
        target.held(drawn)

    held()

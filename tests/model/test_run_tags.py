from typing import Any

import pytest

from headway.model import run_tags


@pytest.mark.parametrize(
    ("parameters", "tags"),
    [
        pytest.param(
            {"application": "shop", "environment": "it", "by": None},
            ["application:shop", "environment:it"],
            id="an environment",
        ),
        pytest.param(
            {"application": "shop", "environments": ["eu", "us"]},
            ["application:shop", "environment:eu", "environment:us"],
            id="several",
        ),
        pytest.param(
            {"application": "shop", "hint": None}, ["application:shop"], id="an application as a whole"
        ),
        pytest.param({}, [], id="all applications"),
    ],
)
def test_what_people_filter_by(parameters: dict[str, Any], tags: list[str]) -> None:
    assert run_tags.of(parameters) == tags

from typing import Any

import pytest

from headway.model import run_names


@pytest.mark.parametrize(
    ("deployment", "parameters", "name"),
    [
        ("release/release", {"application": "shop", "environment": "it", "by": None}, "Release shop to it"),
        (
            "lift/lift",
            {"application": "shop", "environment": "it", "what": "hold"},
            "Lift hold of shop in it",
        ),
        ("lift/lift", {"application": "shop"}, None),
        ("watch/watch", {}, None),
    ],
)
def test_what_a_run_is_called_before_it_begins(
    deployment: str, parameters: dict[str, Any], name: str | None
) -> None:
    assert run_names.of(deployment, parameters) == name

"""Versions and constraints as Masterminds/semver reads them.

Headway is stricter in one thing: to be compared, a version has three numbers without leading zeros. Helm makes 1.2.0 of
`1.2`, and 1.2.3 of `01.2.3`; such a version is above nothing here, and no constraint admits it. An empty constraint is `*`, as
where Helm looks a version up in an index.
"""

import random

import pytest

from headway.errors import BadInput
from headway.formats import chart_identity, chart_version
from sandbox.address import Address
from tests.oracles import versions
from tests.oracles.asked import answers, cases, told

pytestmark = pytest.mark.sandbox


def _admits(constraint: str, version: str) -> bool | str:
    try:
        return chart_version.allows(constraint, version)
    except BadInput:
        return "error"


def test_constraints_admit_what_they_admit_for_helm(sandbox: Address) -> None:
    def case(chance: random.Random) -> dict[str, str]:
        version = versions.version(chance)
        while chart_version.parse(version) is None:
            version = versions.version(chance)
        return {"constraint": versions.constraint(chance), "version": version}

    asked = cases(case)
    said = answers(
        sandbox, "constraint", [each | {"constraint": each["constraint"] or "*"} for each in asked]
    )
    assert not (
        differing := [
            (each, ours, go)
            for each, go in zip(asked, said, strict=True)
            if (ours := _admits(each["constraint"], each["version"])) != go.get("admits", "error")
        ]
    ), told(differing)
    assert sum("error" in each for each in said) < len(said) / 2
    assert sum(each.get("admits", False) for each in said) > len(said) / 10


def test_versions_are_ordered_as_by_helm(sandbox: Address) -> None:
    asked = cases(lambda chance: {"version": versions.version(chance), "other": versions.version(chance)})
    said = answers(sandbox, "version", asked)
    differing: list[object] = []
    for each, go in zip(asked, said, strict=True):
        version, other = each["version"], each["other"]
        is_version = chart_version.parse(version) is not None
        if is_version != go.get("strict", False):
            differing.append((version, is_version, go))
        elif is_version and chart_version.parse(other) is not None:
            ours = chart_version.is_above(version, other) - chart_version.is_above(other, version)
            if ours != go["compared"]:
                differing.append((each, ours, go))
    assert not differing, told(differing)


def _is_version_of_a_chart(version: str) -> bool:
    try:
        chart_identity.check_version(version, "")
    except BadInput:
        return False
    return True


def test_a_chart_may_have_the_versions_that_helm_loads(sandbox: Address) -> None:
    asked = cases(lambda chance: {"version": versions.version(chance), "name": "a"})
    said = answers(sandbox, "chart", asked)
    assert not (
        differing := [
            (each["version"], ours, go)
            for each, go in zip(asked, said, strict=True)
            if (ours := _is_version_of_a_chart(each["version"])) == ("error" in go)
        ]
    ), told(differing)

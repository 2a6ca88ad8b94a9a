"""What a worker may not do, out of what an API server says that it may; and that the table is the Role of examples/rbac."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from headway.decide.review import rights
from headway.decide.review.rights import RIGHTS, Right

ROLE = Path(__file__).resolve().parents[2] / "examples" / "rbac" / "namespace.yaml"
WANTED = (Right("", "pods", "get"), Right("", "pods/log", "get"), Right("batch", "jobs", "create"))


def rule(groups: str, resources: str, verbs: str, **more: Any) -> dict[str, Any]:
    return {
        "apiGroups": groups.split(","),
        "resources": resources.split(","),
        "verbs": verbs.split(","),
        **more,
    }


def test_the_table_is_the_role_that_is_handed_out() -> None:
    role, _ = yaml.safe_load_all(ROLE.read_text())
    granted = {
        (group, resource, verb)
        for each in role["rules"]
        for group in each["apiGroups"]
        for resource in each["resources"]
        for verb in each["verbs"]
    }
    assert {(each.group, each.resource, each.verb) for each in RIGHTS} == granted
    assert rights.lacking(role["rules"]) == ()


@pytest.mark.parametrize(
    ("rules", "lacking"),
    [
        pytest.param([], WANTED, id="nothing is granted"),
        pytest.param([rule("*", "*", "*")], (), id="everything is"),
        pytest.param([rule(",batch", "pods,pods/log,jobs", "get,create")], (), id="each by its name"),
        pytest.param(
            [rule("", "pods", "get"), rule("batch", "jobs", "create")], WANTED[1:2], id="a log is not its pod"
        ),
        pytest.param(
            [rule("", "pods/*,pods", "get"), rule("batch", "*", "*")], (), id="everything below a pod"
        ),
        pytest.param(
            [rule("", "pods,pods/log", "list"), rule("batch", "jobs", "*")], WANTED[:2], id="another verb"
        ),
        pytest.param([rule("apps", "*", "*")], WANTED, id="another group"),
        pytest.param([rule("*", "*", "*", resourceNames=["one"])], WANTED, id="for one name alone"),
    ],
)
def test_what_no_rule_grants_is_lacking(rules: list[dict[str, Any]], lacking: tuple[Right, ...]) -> None:
    assert rights.lacking(rules, WANTED) == lacking

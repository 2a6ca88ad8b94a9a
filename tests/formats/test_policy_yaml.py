"""Policy apart from headway.yaml: what each of the two files may say, and what both say together."""

import pytest

from headway.errors import BadInput
from headway.formats import headway_yaml, policy_yaml
from headway.model.environment import CONTENT_KEYS, POLICY_KEYS

WHERE = "https://git.example.com/policy shop.yaml"
POLICY = """\
environments:
  testing: {charts: s3://shop-charts-testing}
  production:
    charts: s3://shop-charts-production
    after: testing
    gate: approval
    frozen: true
"""
DECLARED = """\
application: shop
environments:
  production: {values: [values/all.yaml], timeout: 10m}
  testing: {}
"""


def test_both_together_are_one_application_in_the_order_of_policy() -> None:
    application = headway_yaml.read(DECLARED, policy=policy_yaml.read(POLICY, WHERE))
    production = application.environments["production"]
    assert application.first_environment == "testing"
    assert (production.gate, production.frozen, production.after) == ("approval", True, "testing")
    assert (production.values, production.timeout) == (("values/all.yaml",), "10m")


def test_an_environment_that_headway_yaml_does_not_name_yet_is_not_delivered() -> None:
    declared = "application: shop\nenvironments: {testing: {}}\n"
    assert [*headway_yaml.read(declared, policy=policy_yaml.read(POLICY, WHERE)).environments] == ["testing"]


def test_a_package_holds_content_with_its_policy_or_without() -> None:
    assert headway_yaml.read_packaged(DECLARED).environments["production"].timeout == "10m"
    whole = DECLARED.replace("testing: {}", "testing: {charts: s3://x, gate: approval}")
    assert headway_yaml.read_packaged(whole).environments["testing"].charts == "s3://x"


def test_what_is_no_policy_stays_with_the_application() -> None:
    assert {"values", "secrets", "timeout"} == CONTENT_KEYS


def test_how_edits_reach_the_branch_is_policy() -> None:
    apart = f"write: pull-request\nmerge: when-checks-pass\n{POLICY}"
    application = headway_yaml.read(DECLARED, policy=policy_yaml.read(apart, WHERE))
    assert (application.write, application.merge) == ("pull-request", "when-checks-pass")
    application = headway_yaml.read(DECLARED, policy=policy_yaml.read(POLICY, WHERE))
    assert (application.write, application.merge) == ("push", "by-people")
    for line in ("write: push", "merge: when-checks-pass"):
        for policy in (apart, POLICY):
            with pytest.raises(BadInput) as raised:
                headway_yaml.read(f"{line}\n{DECLARED}", policy=policy_yaml.read(policy, WHERE))
            key = line.partition(":")[0]
            assert f"1: {key}: it is policy, which stands in {WHERE}: take it out here" in str(raised.value)


OF_POLICY = {
    "who merges what nobody proposes": (
        ("environments:\n", "merge: when-checks-pass\nenvironments:\n"),
        "1: merge: 'when-checks-pass' is about a pull request, and goes with write: pull-request",
    ),
    "a misspelt key": (("gate:", "gates:"), "6: environments.production.gates: unknown key"),
    "another word": (
        ("approval", "aproval"),
        "6: environments.production.gate: must be 'automatic' or 'approval'",
    ),
    "content": (
        ("after: testing", "after: testing\n    values: [a.yaml]"),
        "6: environments.production.values: it is no policy: write it in headway.yaml",
    ),
    "what is the application's own": (
        ("environments:\n", "application: shop\nenvironments:\n"),
        "1: application: it is no policy: write it in headway.yaml",
    ),
    "what is nobody's": (("environments:\n", "environs: {}\nenvironments:\n"), "1: environs: unknown key"),
    "a key of the top in an environment": (
        ("after: testing", "after: testing\n    chart: s3://shop"),
        "6: environments.production.chart: unknown key",
    ),
    "a key twice": (
        ("frozen: true", "frozen: true\n    frozen: false"),
        "8: environments.production.frozen: stands twice, first in line 7",
    ),
    "no source": (
        ("    after: testing\n", ""),
        "3: environments.production: no source: only the first is fed by the branch; say which one it comes after",
    ),
    "an own range that is none": (
        ("after: testing", 'policy: {kind: semver, range: ">> 1"}'),
        "5: environments.production.policy.range: ",
    ),
    "no charts": (("charts: s3://shop-charts-testing", ""), "2: environments.testing.charts: is missing"),
    "a constraint that Helm would not understand": (
        ("frozen: true", 'versions: ">> 1"'),
        "7: environments.production.versions: ",
    ),
    "no environment": ((POLICY, "environments: {}"), "1: environments: there is none; name at least one"),
    "no environments": ((POLICY, "{}"), "1: environments: is missing"),
    "no mapping": ((POLICY, "frozen"), "1: this is not a mapping with environments"),
    "not YAML": ((POLICY, "environments: ["), "2: this is not the YAML of one document"),
}


@pytest.mark.parametrize(("change", "finding"), OF_POLICY.values(), ids=OF_POLICY.keys())
def test_what_is_wrong_with_a_policy(change: tuple[str, str], finding: str) -> None:
    with pytest.raises(BadInput) as raised:
        policy_yaml.read(POLICY.replace(*change), WHERE)
    assert str(raised.value).startswith(f"{WHERE}:{finding}")


OF_HEADWAY_YAML = {
    **{
        f"{key} where policy is elsewhere": (
            ("testing: {}", f"testing: {{{key}: x}}"),
            f"4: environments.testing.{key}: it is policy, which stands in {WHERE}: take it out here",
        )
        for key in sorted(POLICY_KEYS)
    },
    "an environment that policy does not know": (
        ("testing: {}", "testing: {}\n  live: {}"),
        f"5: environments.live: {WHERE} does not name it; write it there",
    ),
    "one that others come after is gone": (
        ("  testing: {}\n", ""),
        f"2: environments: testing is missing, which {WHERE} has before others",
    ),
    "nothing under a name": (("testing: {}", "testing:"), "4: environments.testing: must be a mapping"),
}


@pytest.mark.parametrize(("change", "finding"), OF_HEADWAY_YAML.values(), ids=OF_HEADWAY_YAML.keys())
def test_what_is_wrong_with_headway_yaml_where_policy_is_elsewhere(
    change: tuple[str, str], finding: str
) -> None:
    with pytest.raises(BadInput) as raised:
        headway_yaml.read(DECLARED.replace(*change), policy=policy_yaml.read(POLICY, WHERE))
    assert str(raised.value) == f"headway.yaml:{finding}"


def test_where_nobody_says_where_policy_is_the_first_finding_says_how_to() -> None:
    with pytest.raises(BadInput) as raised:
        headway_yaml.read(DECLARED)
    first, *rest = str(raised.value).splitlines()
    assert first == (
        "headway.yaml:2: environments: nothing of their policy is here; if it lives in a file of its own, "
        "name that by --policy, or by policy_path of the application's block"
    )
    assert rest[0] == "headway.yaml:3: environments.production.charts: is missing"


def test_two_environments_in_one_place_are_found_also_where_policy_says_so() -> None:
    same = "cluster: c, namespace: n"
    text = POLICY.replace("testing}", f"testing, {same}}}").replace(
        "    frozen: true", f"    {same.replace(', ', chr(10) + '    ')}"
    )
    with pytest.raises(BadInput, match="its cluster, namespace and release are those of testing"):
        headway_yaml.read(DECLARED, policy=policy_yaml.read(text, WHERE))

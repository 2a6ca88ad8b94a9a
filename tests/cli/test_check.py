"""What `headway check` refuses of the chart beside a headway.yaml."""

import os
from pathlib import Path

import pytest

from headway.cli import checking
from headway.clients.chart_repository import check_writable
from headway.decide.supply import image_policies
from headway.errors import BadInput
from headway.model import field_types, image_policy


def test_two_aliases_in_two_versions_are_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "headway.yaml").write_text("application: shop\nenvironments: {testing: {charts: s3://t}}\n")
    chart = "apiVersion: v2\nname: shop\nversion: 0.1.0\ndependencies:\n"
    aliases = "- {name: pod, alias: a, version: 1.0.0}\n- {name: pod, alias: b, version: 1.1.0}\n"
    (tmp_path / "Chart.yaml").write_text(chart + aliases)
    with pytest.raises(
        BadInput, match=r"Chart\.yaml:4: .*the chart pod in two versions.* under a chart name of its own"
    ):
        checking.check(tmp_path)
    (tmp_path / "Chart.yaml").write_text(chart + aliases.replace("1.1.0", "1.0.0"))
    assert checking.check(tmp_path)


def test_a_service_that_is_no_dependency_is_named(tmp_path: Path) -> None:
    services = "services:\n  cart: {git: https://x/cart.git, image: x/cart}\n"
    (tmp_path / "headway.yaml").write_text(
        f"application: shop\n{services}environments: {{testing: {{charts: s3://t}}}}\n"
    )
    chart = "apiVersion: v2\nname: shop\nversion: 0.1.0\n"
    (tmp_path / "Chart.yaml").write_text(chart)
    with pytest.raises(
        BadInput, match=r"Chart\.yaml:1: no dependency has the name or alias 'cart'\. Add it to dep"
    ):
        checking.check(tmp_path)
    (tmp_path / "Chart.yaml").write_text(
        f"{chart}dependencies: [{{name: cart, version: 0.1.0, repository: s3://t}}]\n"
    )
    assert checking.check(tmp_path)


def test_a_dependency_that_is_a_folder_is_refused_as_it_is_when_published(tmp_path: Path) -> None:
    (tmp_path / "headway.yaml").write_text("application: shop\nenvironments: {testing: {charts: s3://t}}\n")
    chart = "apiVersion: v2\nname: shop\nversion: 0.1.0\ndependencies: [{name: pod, version: 1.0.0, repository: 'FILE://../pod'}]\n"
    (tmp_path / "Chart.yaml").write_text(chart)
    with pytest.raises(
        BadInput, match=r"Chart\.yaml:4: dependency pod is a folder \(FILE://\.\./pod\)\. Publish it"
    ):
        checking.check(tmp_path)
    (tmp_path / "Chart.yaml").write_text(chart.replace("FILE://../pod", ""))
    assert checking.check(tmp_path)


def test_a_service_may_be_published_in_a_folder(tmp_path: Path) -> None:
    services = "services: {cart: {git: https://x/cart.git, image: x/cart}}\n"
    (tmp_path / "headway.yaml").write_text(
        f"application: shop\n{services}environments: {{testing: {{charts: 'file:///srv/charts'}}}}\n"
    )
    (tmp_path / "Chart.yaml").write_text(
        "apiVersion: v2\nname: shop\nversion: 0.1.0\n"
        "dependencies: [{name: cart, version: 1.0.0, repository: 'file:///srv/charts'}]\n"
    )
    assert checking.check(tmp_path)


@pytest.mark.parametrize("chart", [".", "deploy"])
def test_value_files_that_are_named_and_not_there(chart: str, tmp_path: Path) -> None:
    named = "values: [values/all.yaml], secrets: [secrets/all.yaml]"
    environments = f"{{testing: {{charts: s3://t}}, live: {{charts: s3://l, after: testing, {named}}}}}"
    (tmp_path / "headway.yaml").write_text(
        f"application: shop\nchart: {chart}\nenvironments: {environments}\n"
    )
    folder = tmp_path / chart
    (folder / "values").mkdir(parents=True)
    (folder / "secrets").mkdir()
    (folder / "values" / "all.yaml").touch()
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: shop\nversion: 0.1.0\n")
    with pytest.raises(BadInput) as raised:
        checking.check(tmp_path)
    place = f"{tmp_path}/headway.yaml:3: environments.live.secrets"
    assert str(raised.value) == f"{place}: {folder}/secrets/all.yaml is missing"
    (folder / "secrets" / "all.yaml").touch()
    assert checking.check(tmp_path)


def test_secrets_that_are_not_encrypted_are_found_before_they_are_committed(tmp_path: Path) -> None:
    (tmp_path / "headway.yaml").write_text("application: shop\nenvironments: {testing: {charts: s3://t}}\n")
    (tmp_path / "Chart.yaml").write_text("apiVersion: v2\nname: shop\nversion: 0.1.0\n")
    (tmp_path / "secrets").mkdir()
    secrets = tmp_path / "secrets" / "testing.yaml"
    secrets.write_text("password: open\n")
    with pytest.raises(BadInput) as raised:
        checking.check(tmp_path)
    assert (
        str(raised.value)
        == f"{secrets}: is not encrypted by sops: sops encrypt --age RECIPIENT --in-place {secrets}"
    )
    secrets.write_text("password: ENC[AES256_GCM,type:str]\nopen: yes\nsops: {mac: m}\n")
    assert checking.check(tmp_path)


def test_a_policy_apart_from_headway_yaml_is_read_with_it(tmp_path: Path) -> None:
    (tmp_path / "headway.yaml").write_text("application: shop\nenvironments: {testing: {gate: approval}}\n")
    policy = tmp_path / "policy.yaml"
    policy.write_text("environments: {testing: {charts: s4://t}}\n")
    with pytest.raises(
        BadInput, match=r"headway\.yaml:2: .*gate: it is policy, which stands in .*policy\.yaml"
    ):
        checking.check(tmp_path, policy)
    (tmp_path / "headway.yaml").write_text("application: shop\nenvironments: {testing: {}}\n")
    with pytest.raises(
        BadInput,
        match=r"policy\.yaml:1: environments\.testing\.charts: s4://t: not the address of a chart repository",
    ):
        checking.check(tmp_path, policy)
    policy.write_text("environments: {testing: {charts: s3://t}}\n")
    assert checking.check(tmp_path, policy)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        pytest.param("value: cart.tga", r"values\.yaml:2: there is no cart\.tga", id="a key of its own"),
        pytest.param("value: cart.tag, value_digest: cart.digest", r"there is no cart\.digest", id="digest"),
        pytest.param(
            "marker: 'flux-system:web'",
            "no value is marked as the tag or the image of flux-system:web",
            id="marker",
        ),
        pytest.param("value: cart.tag", "", id="there"),
        pytest.param("marker: 'flux-system:cart'", "", id="marked"),
        pytest.param("charts: '>=1'", "", id="by default, and not written yet"),
    ],
)
def test_keys_of_values_that_headway_yaml_names(keys: str, said: str, tmp_path: Path) -> None:
    services = f"services:\n  cart: {{git: https://x/cart.git, image: x/cart, {keys}}}\n"
    (tmp_path / "headway.yaml").write_text(
        f"application: shop\n{services}environments: {{testing: {{charts: s3://t}}}}\n"
    )
    dependency = "{name: cart, version: 0.1.0, repository: s3://t}"
    (tmp_path / "Chart.yaml").write_text(
        f"apiVersion: v2\nname: shop\nversion: 0.1.0\ndependencies: [{dependency}]\n"
    )
    (tmp_path / "values.yaml").write_text('cart:\n  tag: "" # {"$imagepolicy": "flux-system:cart:tag"}\n')
    if not said:
        assert checking.check(tmp_path)
        return
    with pytest.raises(BadInput, match=f"{said}.*headway\\.yaml services\\.cart"):
        checking.check(tmp_path)


def test_all_that_is_wrong_is_named_at_once_each_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "headway.yaml").write_text(
        """\
application: shop
services:
  cart:
    git: https://x/cart.git
    image: x/cart
    policy: {kind: semvar}
    images:
      assets: {image: x/assets, policy: {kind: digset}}
  till:
    git: https://x/till.git
    image: x/till
    policy:
      kind: semver
      order: numeric
      tag: v1
      rnage: "*"
environments:
  testing: {charts: s3://t, gaet: approval}
  live:
    charts: s4://l
    after: testing
    approvers: [ada]  # fill in: who may
  late: {charts: "https://x/charts", after: live}
"""
    )
    with pytest.raises(BadInput) as raised:
        checking.check(tmp_path)
    known = "Known: calver, commit-order, digest, exact, newest-build, regex, semver."
    addresses = (
        "Use file:///folder, https://host/charts, oci://registry.example.com/charts or s3://bucket/prefix."
    )
    semver = "not of semver, which has range, match"
    read_only = "over http a chart repository can only be read; write to s3://, oci:// or file://, and give this as charts_url"
    unsigned = "approvers: without approval_key anybody could answer under such a name"
    said = f"""\
12: services.till.policy: order is a key of regex, {semver}; tag is a key of digest and exact, {semver}
16: services.till.policy.rnage: unknown key; did you mean range?
18: environments.testing.gaet: unknown key; did you mean gate?
19: environments.live: {unsigned}
23: environments.late.charts: {read_only}
6: services.cart.policy.kind: there is no image policy 'semvar'; did you mean semver? {known}
8: services.cart.images.assets.policy.kind: there is no image policy 'digset'; did you mean digest? {known}
20: environments.live.charts: s4://l: not the address of a chart repository. {addresses}
22: approvers: not filled in yet: who may. Correct it, and take the comment away"""
    assert str(raised.value).replace(f"{tmp_path}/headway.yaml:", "") == said


def test_what_is_wrong_with_a_policy_hides_nothing_of_headway_yaml(tmp_path: Path) -> None:
    (tmp_path / "headway.yaml").write_text("application: Shop\nenvironments: {testing: {}}\n")
    policy = tmp_path / "policy.yaml"
    policy.write_text("environments: {testing: {charts: s3://t, gaet: approval}}\n")
    with pytest.raises(
        BadInput, match=r"policy\.yaml:1: .*gaet.*\n.*headway\.yaml:1: application: 'Shop' is not"
    ):
        checking.check(tmp_path, policy)


def test_a_chart_that_cannot_be_read_hides_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "headway.yaml").write_text(
        "application: shop\nenvironments: {testing: {charts: s3://t, values: [more.yaml]}}\n"
    )
    (tmp_path / "Chart.yaml").write_text("name: shop\nversion: 1\n")
    with pytest.raises(
        BadInput, match=r"Chart\.yaml:2: version is read as int.*\n.*headway\.yaml:2: .*more\.yaml is mis"
    ):
        checking.check(tmp_path)


def test_the_kinds_that_need_no_looking_up_are_those_that_headway_brings() -> None:
    assert set(image_policies.KINDS) >= image_policy.KINDS
    for begins in field_types.WRITTEN:
        check_writable(f"{begins}x")


DECLARED = """\
application: shop
services: {cart: {git: https://x/cart.git, image: x/cart}}
environments: {testing: {charts: s3://t}}
"""
CHART = "apiVersion: v2\nname: shop\nversion: 0.1.0\ndependencies: [{name: cart, version: 1.0.0, repository: s3://t}]\n"


@pytest.mark.parametrize(
    ("declared", "chart", "values", "said"),
    [
        pytest.param(
            DECLARED,
            "name: 3\nversion: [1]\ndependencies:\n- {name: a, version: 1, repository: 2}\n- 3\n"
            "- {name: b, version: '1'}\n- {name: b, version: '1'}\n",
            "",
            [
                "Chart.yaml:1: name is read as int",
                "Chart.yaml:2: version is read as list, not as a string. Write a text there.",
                "Chart.yaml:4: version is read as int",
                "Chart.yaml:4: repository is read as int",
                "Chart.yaml:5: a dependency is a mapping",
                "Chart.yaml:7: there are two dependencies 'b'",
            ],
            id="all of Chart.yaml",
        ),
        pytest.param(
            DECLARED.replace("s3://t", "3"),
            CHART.replace("shop", "3"),
            "",
            ["headway.yaml:3: ", "Chart.yaml:2: name is read as int"],
            id="Chart.yaml beside a headway.yaml that is wrong",
        ),
        pytest.param(
            "chart: ../../etc\n", CHART.replace("shop", "3"), "", ["headway.yaml"], id="no folder below"
        ),
        pytest.param(
            DECLARED, CHART, "cart: {image: {tag: [1]}}\n", ["tag is not a scalar"], id="a tag is a list"
        ),
        pytest.param(DECLARED, CHART, "cart: [1]\n", ["values.yaml:1: "], id="a list in a tag's way"),
        pytest.param(DECLARED, CHART, "cart: {image: {}}\n", [], id="a tag that comes later"),
        pytest.param(DECLARED, CHART, "cart:\n", [], id="nothing yet"),
    ],
)
def test_no_fault_hides_another(
    declared: str, chart: str, values: str, said: list[str], tmp_path: Path
) -> None:
    for name, text in (("headway.yaml", declared), ("Chart.yaml", chart), ("values.yaml", values)):
        (tmp_path / name).write_text(text)
    found = ""
    try:
        checking.check(tmp_path)
    except BadInput as error:
        found = str(error)
    assert [each for each in said if each not in found] == []
    assert bool(found) == bool(said)
    assert ("Chart.yaml" in found) == any("Chart.yaml" in each for each in said)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "headway.yaml")
    with pytest.raises(BadInput, match=r"headway\.yaml: it is a pipe"):
        checking.check(tmp_path)


def test_tags_of_an_environment_s_own_stand_in_its_value_file(tmp_path: Path) -> None:
    declared = """\
application: shop
services: {cart: {git: https://x/cart.git, image: x/cart}}
environments:
  testing: {charts: s3://t}
  production: {charts: s3://p, policy: {kind: semvre}}
"""
    (tmp_path / "Chart.yaml").write_text(
        "apiVersion: v2\nname: shop\nversion: 0.1.0\ndependencies: [{name: cart, version: 0.1.0, repository: s3://t}]\n"
    )
    (tmp_path / "headway.yaml").write_text(declared)
    with pytest.raises(BadInput) as raised:
        checking.check(tmp_path)
    unknown, missing = str(raised.value).splitlines()
    assert "headway.yaml:5: environments.production.policy.kind: there is no image policy 'semvre'" in unknown
    assert missing.endswith(
        "values/production.yaml: is missing, in which production keeps its tags (headway.yaml environments.production.policy)"
    )
    (tmp_path / "headway.yaml").write_text(declared.replace("semvre", "semver"))
    (tmp_path / "values").mkdir()
    (tmp_path / "values/production.yaml").write_text("cart: {replicas: 2}\n")
    with pytest.raises(BadInput, match=r"values/production\.yaml:1: there is no cart\.image"):
        checking.check(tmp_path)
    (tmp_path / "values/production.yaml").write_text("cart: {image: {tag: ''}}\n")
    assert checking.check(tmp_path)


@pytest.mark.parametrize(
    ("after", "says"),
    [
        pytest.param({"a": ""}, "a", id="one"),
        pytest.param({"a": "", "b": "a", "c": "b"}, "a -> b -> c", id="one behind the other"),
        pytest.param({"a": "", "b": "a", "c": "a"}, "a -> b, c", id="beside each other"),
        pytest.param({"a": "", "b": "a", "c": "a", "d": "b"}, "a -> (b -> d), c", id="behind one of them"),
    ],
)
def test_what_comes_after_what(
    after: dict[str, str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    environments = "".join(
        f"  {name}: {{charts: 's3://{name}'{f', after: {before}' if before else ''}}}\n"
        for name, before in after.items()
    )
    (tmp_path / "headway.yaml").write_text(f"application: shop\nenvironments:\n{environments}")
    assert checking.check(tmp_path)
    assert capsys.readouterr().out == f"shop: services none; environments {says}\n"

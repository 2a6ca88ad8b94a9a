"""What `headway check` refuses of the chart beside a headway.yaml."""

from pathlib import Path

import pytest

from headway.cli import registration
from headway.errors import BadInput


def test_two_aliases_in_two_versions_are_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "headway.yaml").write_text("application: shop\nenvironments: {testing: {charts: s3://t}}\n")
    chart = "apiVersion: v2\nname: shop\nversion: 0.1.0\ndependencies:\n"
    aliases = "- {name: pod, alias: a, version: 1.0.0}\n- {name: pod, alias: b, version: 1.1.0}\n"
    (tmp_path / "Chart.yaml").write_text(chart + aliases)
    with pytest.raises(BadInput, match=r"the chart pod in two versions.* under a chart name of its own"):
        registration.check(tmp_path)
    (tmp_path / "Chart.yaml").write_text(chart + aliases.replace("1.1.0", "1.0.0"))
    assert registration.check(tmp_path)


def test_a_service_that_is_no_dependency_is_named(tmp_path: Path) -> None:
    services = "services:\n  cart: {git: https://x/cart.git, image: x/cart}\n"
    (tmp_path / "headway.yaml").write_text(
        f"application: shop\n{services}environments: {{testing: {{charts: s3://t}}}}\n"
    )
    chart = "apiVersion: v2\nname: shop\nversion: 0.1.0\n"
    (tmp_path / "Chart.yaml").write_text(chart)
    with pytest.raises(
        BadInput, match=r"Chart\.yaml: no dependency has the name or alias 'cart'\. Add it to dep"
    ):
        registration.check(tmp_path)
    (tmp_path / "Chart.yaml").write_text(
        f"{chart}dependencies: [{{name: cart, version: 0.1.0, repository: s3://t}}]\n"
    )
    assert registration.check(tmp_path)


def test_a_dependency_that_is_a_folder_is_refused_as_it_is_when_published(tmp_path: Path) -> None:
    (tmp_path / "headway.yaml").write_text("application: shop\nenvironments: {testing: {charts: s3://t}}\n")
    chart = "apiVersion: v2\nname: shop\nversion: 0.1.0\ndependencies: [{name: pod, version: 1.0.0, repository: 'FILE://../pod'}]\n"
    (tmp_path / "Chart.yaml").write_text(chart)
    with pytest.raises(
        BadInput, match=r"Chart\.yaml: dependency pod is a folder \(FILE://\.\./pod\)\. Publish it"
    ):
        registration.check(tmp_path)
    (tmp_path / "Chart.yaml").write_text(chart.replace("FILE://../pod", ""))
    assert registration.check(tmp_path)


def test_a_service_may_be_published_in_a_folder(tmp_path: Path) -> None:
    services = "services: {cart: {git: https://x/cart.git, image: x/cart}}\n"
    (tmp_path / "headway.yaml").write_text(
        f"application: shop\n{services}environments: {{testing: {{charts: 'file:///srv/charts'}}}}\n"
    )
    (tmp_path / "Chart.yaml").write_text(
        "apiVersion: v2\nname: shop\nversion: 0.1.0\n"
        "dependencies: [{name: cart, version: 1.0.0, repository: 'file:///srv/charts'}]\n"
    )
    assert registration.check(tmp_path)


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
        registration.check(tmp_path)
    assert (
        str(raised.value) == f"{folder}/secrets/all.yaml: headway.yaml names it for live, but it is missing"
    )
    (folder / "secrets" / "all.yaml").touch()
    assert registration.check(tmp_path)


def test_a_policy_apart_from_headway_yaml_is_read_with_it(tmp_path: Path) -> None:
    (tmp_path / "headway.yaml").write_text("application: shop\nenvironments: {testing: {gate: approval}}\n")
    policy = tmp_path / "policy.yaml"
    policy.write_text("environments: {testing: {charts: s4://t}}\n")
    with pytest.raises(
        BadInput, match=r"headway\.yaml:2: .*gate: it is policy, which stands in .*policy\.yaml"
    ):
        registration.check(tmp_path, policy)
    (tmp_path / "headway.yaml").write_text("application: shop\nenvironments: {testing: {}}\n")
    with pytest.raises(
        BadInput,
        match=r"policy\.yaml environments\.testing\.charts: s4://t: not the address of a chart repository",
    ):
        registration.check(tmp_path, policy)
    policy.write_text("environments: {testing: {charts: s3://t}}\n")
    assert registration.check(tmp_path, policy)


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
        assert registration.check(tmp_path)
        return
    with pytest.raises(BadInput, match=f"{said}.*headway\\.yaml services\\.cart"):
        registration.check(tmp_path)

from collections.abc import Mapping

import pytest

from headway.decide.supply import application_edit, own_scalars, own_tags
from headway.decide.supply.application_edit import Chosen, Locking, Versions
from headway.errors import BadInput
from headway.formats import application_files, headway_yaml
from headway.model.quarantine import Input
from tests.decide.shop import FILES, NOW, PINS

DECLARED = """\
application: shop
services:
  cart: {git: https://git.example.com/cart.git, image: r.example.com/cart, policy: {branch: develop}}
  catalog: {git: https://git.example.com/catalog.git, image: r.example.com/catalog}
environments:
  testing: {charts: s3://testing}
  production:
    charts: s3://production
    policy: {kind: semver, range: ^1}
    policies: {catalog: {kind: exact, tag: "2.0.0", branch: release}}
"""
APPLICATION = headway_yaml.read(DECLARED)
OWN = "values/production.yaml"
TEXT = "# production\ncart: {replicas: 3, image: {tag: '1.0.0'}}  # ours\ncatalog: {image: {tag: \"\"}}\n"
TREE = {
    "values.yaml": FILES.values.encode(),
    "Chart.yaml": FILES.chart.encode(),
    "headway.yaml": DECLARED.encode(),
    "values/testing.yaml": b"cart: {replicas: 1}\n",
    OWN: TEXT.encode(),
}
READ = application_files.read(TREE, layers=APPLICATION.tag_files)


def test_each_image_has_the_policy_of_its_environment_and_the_branch_of_its_service() -> None:
    assert APPLICATION.own_images("testing") == {}
    found = {key: each.policy for key, each in APPLICATION.own_images("production").items()}
    assert [(each.kind, each.branch) for each in found.values()] == [
        ("semver", "develop"),
        ("exact", "release"),
    ]
    assert APPLICATION.tag_files == (OWN,)


def test_tags_of_all_and_of_one_environment_are_one_edit_and_every_other_byte_stays() -> None:
    chosen = Chosen({"cart": "main-1a2b3c4"}, own={"production": {"cart": "1.1.0", "catalog": "2.0.0"}})
    inputs = application_edit.with_inputs(READ, APPLICATION, chosen, Locking(NOW, PINS))
    edit = application_edit.edit(inputs, APPLICATION, Versions(["0.1.0"]))
    assert edit.files[OWN] == TEXT.replace("'1.0.0'", '"1.1.0"').replace('""', '"2.0.0"').encode()
    assert edit.files["values.yaml"] == FILES.values.replace("main-aaaaaaa", '"main-1a2b3c4"').encode()
    assert (
        edit.subject
        == "Update cart to main-1a2b3c4 and cart in production to 1.1.0 and catalog in production to 2.0.0"
    )
    assert "- catalog in production: image (none) -> 2.0.0" in edit.body.splitlines()
    names = ("cart:main-1a2b3c4", "cart:1.1.0", "catalog:2.0.0")
    assert [each.reference for each in edit.images] == [f"r.example.com/{each}" for each in names]


@pytest.mark.parametrize(
    ("tree", "sentence"),
    [
        pytest.param(
            {OWN: None}, f"{OWN}: the file is missing, in which production keeps its tags", id="no file"
        ),
        pytest.param({OWN: b"cart: {}\n"}, f"{OWN}:1: there is no cart.image", id="no key"),
    ],
)
def test_where_a_tag_cannot_be_written(tree: Mapping[str, bytes | None], sentence: str) -> None:
    kept = {path: data for path, data in {**TREE, **tree}.items() if data is not None}
    files = application_files.read(kept, layers=APPLICATION.tag_files)
    with pytest.raises(BadInput, match=sentence):
        own_tags.tag(files, APPLICATION, "production", "cart")


@pytest.mark.parametrize(
    ("changed", "in_testing", "in_production"),
    [
        pytest.param({"values/testing.yaml": b"cart: {replicas: 2}\n"}, True, False, id="testing's values"),
        pytest.param({OWN: TEXT.replace("1.0.0", "1.1.0").encode()}, False, True, id="production's tag"),
        pytest.param({OWN: TEXT.replace("3", "4").encode()}, False, True, id="production's values"),
        pytest.param(
            {"values.yaml": FILES.values.replace("main-aaaaaaa", "main-ccccccc").encode()},
            True,
            False,
            id="the tag of all",
        ),
        pytest.param(
            {"values.yaml": FILES.values.encode() + b"more: 1\n"}, True, True, id="another value of all"
        ),
        pytest.param(
            {"Chart.yaml": FILES.chart.replace("version: 0.1.0   #", "version: 0.1.1   #").encode()},
            False,
            False,
            id="the version alone",
        ),
        pytest.param(
            {"Chart.yaml": FILES.chart.replace("    version: 0.1.0", "    version: 0.1.1").encode()},
            True,
            True,
            id="the chart of a service",
        ),
        pytest.param({"templates/a.yaml": b"a: b\n"}, True, True, id="a template"),
    ],
)
def test_what_of_a_version_concerns_an_environment(
    changed: Mapping[str, bytes], in_testing: bool, in_production: bool
) -> None:
    found = [
        own_tags.seen_by({**TREE, **changed}, APPLICATION, each) != own_tags.seen_by(TREE, APPLICATION, each)
        for each in ("testing", "production")
    ]
    assert found == [in_testing, in_production]


def test_inputs_are_those_of_the_environment_and_its_tags_are_nobody_s_content() -> None:
    own = own_tags.standing(TREE, APPLICATION, "production")
    assert own == {"cart": "1.0.0", "catalog": ""}
    images = {each for each in own_scalars.inputs(READ, APPLICATION, own) if each.kind == "image"}
    assert Input("image", "r.example.com/cart", "1.0.0") in images
    assert Input("image", "r.example.com/cart", "main-aaaaaaa") not in images
    before = own_scalars.content(TREE, READ, APPLICATION)
    tag = {**TREE, OWN: TEXT.replace("1.0.0", "1.1.0").encode()}
    assert own_scalars.content(tag, READ, APPLICATION) == before
    person = {**TREE, OWN: TEXT.replace("3", "4").encode()}
    assert own_scalars.content(person, READ, APPLICATION) != before


def test_nothing_is_chosen_for_an_image_whose_tag_is_empty_or_missing_in_a_package() -> None:
    packaged = headway_yaml.read_packaged(DECLARED)
    assert own_tags.missing(TREE, APPLICATION, packaged, "production") == ("catalog",)
    bare = {path: data for path, data in TREE.items() if path != OWN}
    assert own_tags.missing(bare, APPLICATION, packaged, "production") == ("cart", "catalog")

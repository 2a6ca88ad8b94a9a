"""What of an application is Headway's, what is people's, and which inputs both make."""

from dataclasses import replace

import pytest

from headway.decide.supply import own_scalars
from headway.formats.application_files import CHART_LOCK, ApplicationFiles
from headway.model.quarantine import Input
from tests.decide.shop import APPLICATION, FILES

TREE = {"values.yaml": FILES.values.encode(), "Chart.yaml": FILES.chart.encode(), "templates/a.txt": b"a"}


def edited(file: str, old: str, new: str) -> ApplicationFiles:
    text = getattr(FILES, file)
    assert old in text
    return replace(FILES, **{file: text.replace(old, new)})


def test_inputs_are_tags_and_versions_of_service_charts() -> None:
    assert own_scalars.inputs(FILES, APPLICATION) == {
        Input("image", "r.example.com/cart", "main-aaaaaaa"),
        Input("image", "r.example.com/catalog", "main-bbbbbbb"),
        Input("chart", "cart", "0.1.0"),
        Input("chart", "catalog", "0.2.0"),
    }


def test_a_service_without_a_tag_has_no_image_yet() -> None:
    without = edited("values", "catalog: {image: {tag: 'main-bbbbbbb'}}\n", "")
    assert {each.name for each in own_scalars.inputs(without, APPLICATION)} == {
        "r.example.com/cart",
        "cart",
        "catalog",
    }


@pytest.mark.parametrize(
    ("file", "old", "new", "peoples"),
    [
        pytest.param("values", "main-aaaaaaa", "main-ccccccc", False, id="a tag"),
        pytest.param("chart", "0.2.0", "0.2.1", False, id="the version of a service's chart"),
        pytest.param("chart", "0.1.0   # ours", "0.1.1   # ours", False, id="the umbrella's version"),
        pytest.param("values", "# tags", "# the tags", True, id="a comment"),
        pytest.param("chart", "^7.0", "^8.0", True, id="the version of somebody else's chart"),
    ],
)
def test_what_people_wrote(file: str, old: str, new: str, peoples: bool) -> None:
    after = edited(file, old, new)
    before_text, after_text = (own_scalars.peoples_text(each, APPLICATION) for each in (FILES, after))
    assert (before_text != after_text) is peoples
    tree = {**TREE, "values.yaml": after.values.encode(), "Chart.yaml": after.chart.encode()}
    before, content = (
        own_scalars.content(TREE, FILES, APPLICATION),
        own_scalars.content(tree, after, APPLICATION),
    )
    assert (before != content) is peoples
    assert (content.kind, content.name) == ("content", "shop")
    assert content.version.startswith("sha256:")


@pytest.mark.parametrize(
    ("changed", "peoples"),
    [
        pytest.param({CHART_LOCK: b"digest: new"}, False, id="the lock follows"),
        pytest.param({"requirements.lock": b"digest: new"}, False, id="Helm 2's lock too"),
        pytest.param({"templates/a.txt": b"b"}, True, id="a template"),
        pytest.param({"values/testing.yaml": b"a: 1"}, True, id="another file"),
    ],
)
def test_every_file_of_the_chart_counts(changed: dict[str, bytes], peoples: bool) -> None:
    before = own_scalars.content(TREE, FILES, APPLICATION)
    assert (own_scalars.content({**TREE, **changed}, FILES, APPLICATION) != before) is peoples

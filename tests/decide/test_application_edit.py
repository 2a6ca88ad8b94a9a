import dataclasses
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from headway.decide.supply import application_edit, own_scalars
from headway.decide.supply.application_edit import Chosen, Locking, Versions, with_inputs
from headway.errors import BadInput
from headway.formats import application_files, chart_lock, quarantine
from headway.formats.application_files import ApplicationFiles
from headway.model.application import Application
from headway.model.charts import ChartEntry
from headway.model.edits import Edit, TakenUp
from headway.model.quarantine import Input
from headway.workspace.git_writer import stamped
from tests.decide.shop import APPLICATION, FILES, MANUAL, NOW, PINS, entry

LOCKING = Locking(NOW, PINS)


def edit(
    files: ApplicationFiles = FILES,
    images: Mapping[str, str] | None = None,
    charts: Mapping[str, ChartEntry] | None = None,
    *,
    application: Application = APPLICATION,
    seen: Collection[str] = ("0.1.0",),
    locking: Locking = LOCKING,
) -> Edit:
    inputs = with_inputs(files, application, Chosen(images or {}, charts or {}), locking)
    return application_edit.edit(inputs, application, Versions(seen))


def applied(files: ApplicationFiles, change: Edit) -> ApplicationFiles:
    tree = {
        "values.yaml": files.values,
        "Chart.yaml": files.chart,
        "requirements.yaml": files.requirements,
        files.lock_name: files.lock,
        quarantine.PATH: files.quarantine,
    }
    after = {path: text.encode() for path, text in tree.items() if text is not None}
    for path, data in change.files.items():
        assert data is not None
        after[path] = data
    return application_files.read(after)


LOCKED = applied(FILES, edit())


def test_the_first_edit_writes_the_lock() -> None:
    assert chart_lock.is_current(LOCKED.chart_yaml, LOCKED.locked)
    assert LOCKED.locked is not None
    assert [each.version for each in LOCKED.locked.dependencies] == ["0.1.0", "0.2.0", "7.0.15"]
    assert edit().subject == "Refresh Chart.lock"


def test_tag_chart_version_and_lock_change_in_one_edit_and_every_other_byte_stays() -> None:
    change = edit(LOCKED, {"cart": "main-1a2b3c4"}, {"cart": entry("cart", "0.1.7")}, seen=["0.1.0", "0.1.1"])
    after = applied(LOCKED, change)
    assert after.values == LOCKED.values.replace("main-aaaaaaa", '"main-1a2b3c4"')
    assert after.chart == (
        LOCKED.chart.replace('"0.1.1"   # ours', '"0.1.2"   # ours').replace(
            "    version: 0.1.0", '    version: "0.1.7"'
        )
    )
    assert chart_lock.is_current(after.chart_yaml, after.locked)
    assert change.subject == "Update cart to main-1a2b3c4 with chart 0.1.7"
    assert change.body == (
        "- cart: image main-aaaaaaa -> main-1a2b3c4\n- cart: chart 0.1.0 -> 0.1.7\n- shop: version 0.1.1 -> 0.1.2"
    )
    assert stamped(change, stage="update_images", run="run-1").all_trailers == (
        ("Headway-Stage", "update_images"),
        ("Headway-Run", "run-1"),
        ("Headway-Image", "r.example.com/cart:main-1a2b3c4"),
    )


def test_a_second_look_does_nothing_whatever_the_time() -> None:
    chosen = {"cart": "main-1a2b3c4"}
    after = applied(LOCKED, edit(LOCKED, chosen))
    again = edit(
        after,
        chosen,
        {"cart": entry("cart", "0.1.0")},
        seen=["0.1.0", after.chart_yaml.version],
        locking=Locking(NOW + timedelta(days=1)),
    )
    assert again.files == {}
    assert again.subject.startswith("Nothing to update")


@pytest.mark.parametrize(
    ("images", "charts", "subject"),
    [
        pytest.param(("cart",), (), "Update cart to main-1a2b3c4", id="one image"),
        pytest.param(
            ("cart", "catalog"),
            (),
            "Update cart to main-1a2b3c4 and catalog to main-1a2b3c4",
            id="two images",
        ),
        pytest.param((), ("cart",), "Update the chart of cart to 0.9.0", id="one chart"),
        pytest.param(
            ("catalog",),
            ("cart",),
            "Update catalog to main-1a2b3c4 and the chart of cart to 0.9.0",
            id="one of each",
        ),
    ],
)
def test_subject_says_what_changes(images: tuple[str, ...], charts: tuple[str, ...], subject: str) -> None:
    change = edit(
        LOCKED,
        dict.fromkeys(images, "main-1a2b3c4"),
        {each: entry(each, "0.9.0") for each in charts},
    )
    assert change.subject == subject
    assert change.images == tuple(TakenUp(f"r.example.com/{each}:main-1a2b3c4") for each in images)
    assert change.message.endswith("\n")


@pytest.mark.parametrize(
    ("seen", "application", "expected"),
    [
        pytest.param((), APPLICATION, "0.1.0", id="never published stays"),
        pytest.param(("0.0.9",), APPLICATION, "0.1.0", id="above every one seen stays"),
        pytest.param(("0.1.0",), APPLICATION, "0.1.1", id="published is raised"),
        pytest.param(("0.1.0", "0.3.2"), APPLICATION, "0.3.3", id="above every version ever seen"),
        pytest.param(("0.3.2",), APPLICATION, "0.3.3", id="below one seen is raised, published or not"),
        pytest.param(("0.1.0",), MANUAL, "0.1.0", id="a person raises it"),
    ],
)
def test_version_of_the_umbrella(seen: tuple[str, ...], application: Application, expected: str) -> None:
    unversioned = replace(LOCKED, chart=LOCKED.chart.replace('"0.1.1"', "0.1.0"))
    change = edit(unversioned, {"cart": "main-1a2b3c4"}, application=application, seen=seen)
    assert applied(unversioned, change).chart_yaml.version == expected
    assert ("a person raises it" in change.body) is (application is MANUAL)


def test_a_service_without_a_chart_yet_leaves_the_lock_for_later() -> None:
    files = replace(FILES, chart=FILES.chart.replace('"0.2.0"', '""'))
    change = edit(files, {"cart": "main-1a2b3c4"})
    assert "Chart.lock" not in change.files
    complete = edit(applied(files, change), charts={"catalog": entry("catalog", "0.2.0")})
    assert "Chart.lock" in complete.files


def test_a_version_that_nobody_published_yet_is_not_locked() -> None:
    """A person wrote it, and its chart waits for an image, or is not sound."""
    locking = replace(LOCKING, unpublished=("catalog",))
    assert "Chart.lock" not in edit(FILES, {"cart": "main-1a2b3c4"}, locking=locking).files
    assert "Chart.lock" in edit(FILES, {"cart": "main-1a2b3c4"}, locking=LOCKING).files
    change = edit(FILES, charts={"catalog": entry("catalog", "0.3.0")}, locking=locking)
    assert "Chart.lock" in change.files, "it moves to one that is offered"


def test_third_party_ranges_stay_pinned_by_the_lock() -> None:
    assert [each.name for each in application_files.unpinned(FILES, APPLICATION)] == ["redis"]
    assert application_files.unpinned(LOCKED, APPLICATION) == ()
    locking = Locking(NOW, {"redis": "7.9.9"})
    change = edit(LOCKED, charts={"cart": entry("cart", "0.1.7")}, seen=(), locking=locking)
    assert b"7.0.15" in (change.files["Chart.lock"] or b"")


@pytest.mark.parametrize(
    ("files", "images", "charts", "message"),
    [
        pytest.param(
            replace(LOCKED, values="cart: {}\n"),
            {"cart": "main-1"},
            {},
            "values.yaml:1: there is no cart.image",
            id="path",
        ),
        pytest.param(
            replace(LOCKED, chart=LOCKED.chart.replace("name: cart", "name: kart")),
            {},
            {"cart": entry("cart", "1.0.0")},
            "Chart.yaml: no dependency has the name or alias 'cart'. "
            "Add it to dependencies, or take cart out of headway.yaml.",
            id="dependency",
        ),
        pytest.param(
            replace(LOCKED, values="{}\n", chart=LOCKED.chart.replace("name: cart", "name: kart")),
            {"cart": "main-1"},
            {},
            "Chart.yaml: no dependency has the name or alias 'cart'",
            id="dependency, and its values with it",
        ),
        pytest.param(
            replace(LOCKED, chart=LOCKED.chart.replace("^7.0", "^8.0")),
            {},
            {},
            "redis (^8.0) is not pinned",
            id="third party",
        ),
    ],
)
def test_bad_input_names_the_file(
    files: ApplicationFiles, images: Mapping[str, str], charts: Mapping[str, ChartEntry], message: str
) -> None:
    with pytest.raises(BadInput) as error:
        edit(files, images, charts)
    assert message in str(error.value)


def test_a_first_tag_comes_from_none() -> None:
    empty = replace(LOCKED, values=LOCKED.values.replace("main-aaaaaaa", '""'))
    assert "- cart: image (none) -> main-1a2b3c4" in edit(empty, {"cart": "main-1a2b3c4"}).body


@pytest.mark.parametrize(
    ("number", "subject"),
    [
        pytest.param(3, "Update s1 to t1 and s2 to t1 and s3 to t1", id="three are named"),
        pytest.param(4, "Update 4 services", id="four are counted"),
    ],
)
def test_subject_of_many_services_counts_them(number: int, subject: str) -> None:
    services = [f"s{n}" for n in range(1, number + 1)]
    application = APPLICATION.model_copy(
        update={"services": dict.fromkeys(services, APPLICATION.services["cart"])}
    )
    files = replace(
        LOCKED, values="".join(f"{each}: {{image: {{tag: t0}}}}\n" for each in services), lock=LOCKED.lock
    )
    assert edit(files, dict.fromkeys(services, "t1"), application=application).subject == subject


@pytest.mark.parametrize("lock", ["Chart.lock", "requirements.lock"])
def test_dependencies_in_requirements_yaml_are_edited_there(lock: str) -> None:
    head, _, dependencies = FILES.chart.partition("dependencies:\n")
    files = replace(
        FILES, chart=head, requirements=f"dependencies:\n{dependencies}", lock=LOCKED.lock, lock_name=lock
    )
    change = edit(files, charts={"cart": entry("cart", "0.1.7")})
    assert set(change.files) == {"Chart.yaml", "requirements.yaml", lock}
    after = applied(files, change)
    assert after.requirements == (files.requirements or "").replace("version: 0.1.0", 'version: "0.1.7"')
    assert chart_lock.is_current(after.chart_yaml, after.locked)


def test_files_of_a_chart_in_a_folder() -> None:
    files = dataclasses.replace(LOCKED, folder="deploy/shop")
    change = edit(files, {"cart": "main-1a2b3c4"}, seen=[files.chart_yaml.version])
    assert set(change.files) == {"deploy/shop/values.yaml", "deploy/shop/Chart.yaml"}
    assert application_files.paths("deploy/shop")[-1] == ".headway/quarantine.yaml"


def test_what_was_left_out_is_said_before_all_else() -> None:
    inputs = with_inputs(FILES, APPLICATION, Chosen({"cart": "main-1a2b3c4"}), LOCKING)
    note = "1 of 2 new inputs, the others wait for the result of this"
    change = application_edit.edit(inputs, APPLICATION, Versions(["0.1.0"]), note)
    assert change.body.split("\n")[:3] == [f"{note}.", "", "- cart: image main-aaaaaaa -> main-1a2b3c4"]


def test_more_images_of_a_service_come_in_with_one_commit() -> None:
    worker = {"worker": {"image": "r.example.com/worker", "value_digest": "cart.worker.image.digest"}}
    whole = {"jobs": {"image": "r.example.com/jobs", "value_image": "global.jobs"}}
    services = {
        name: service.model_dump(exclude_unset=True) | ({"images": worker | whole} if name == "cart" else {})
        for name, service in APPLICATION.services.items()
    }
    application = Application.model_validate(
        APPLICATION.model_dump(exclude_unset=True) | {"services": services}
    )
    values = """\
cart:
  image: {tag: main-aaaaaaa}
  worker: {image: {tag: main-aaaaaaa, digest: "sha256:old"}}  # worker
catalog: {image: {tag: 'main-bbbbbbb'}}
global: {jobs: "r.example.com/jobs:main-aaaaaaa"}
"""
    before = applied(
        replace(FILES, values=values), edit(replace(FILES, values=values), application=application)
    )
    change = edit(
        before,
        {"cart": "main-1", "cart.worker": "main-2", "cart.jobs": "main-3"},
        application=application,
        seen=["0.1.0"],
    )
    after = applied(before, change)
    assert (
        after.values
        == """\
cart:
  image: {tag: "main-1"}
  worker: {image: {tag: "main-2", digest: ""}}  # worker
catalog: {image: {tag: 'main-bbbbbbb'}}
global: {jobs: "r.example.com/jobs:main-3"}
"""
    )
    names = ("cart:main-1", "worker:main-2", "jobs:main-3")
    assert change.images == tuple(TakenUp(f"r.example.com/{each}") for each in names)
    assert "- cart.jobs: image main-aaaaaaa -> main-3" in change.body
    assert own_scalars.inputs(after, application) >= {
        Input("image", "r.example.com/worker", "main-2"),
        Input("image", "r.example.com/jobs", "main-3"),
    }
    assert own_scalars.peoples_text(before, application).values == (
        own_scalars.peoples_text(after, application).values
    )

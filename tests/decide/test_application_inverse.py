from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import pytest

from headway.decide.supply import application_inverse, image_policies
from headway.decide.supply.application_edit import Locking, Versions
from headway.decide.supply.application_inverse import Failure
from headway.decide.supply.image_policies import ImageChoice, SeenTags
from headway.decide.supply.own_scalars import OwnEdit
from headway.formats import chart_lock, chart_version, quarantine
from headway.formats.application_files import ApplicationFiles
from headway.model.application import Application
from headway.model.charts import COMMIT_ANNOTATION
from headway.model.edits import Edit
from headway.model.image_policy import ImagePolicy
from headway.model.images import Image
from headway.model.quarantine import Input, QuarantinedInput
from headway.model.record import Good, ReleaseRecord
from headway.workspace.git_writer import stamped
from tests.decide.shop import APPLICATION, FILES, NOW, PINS, entry
from tests.decide.test_application_edit import LOCKED, applied, edit

FAILURE = Failure("testing", "0.1.2", "sha256:ff", "the Job buy-something failed", NOW)
GOOD = LOCKED
BAD = applied(
    GOOD,
    edit(GOOD, {"cart": "main-1a2b3c4"}, {"cart": entry("cart", "0.1.7")}, seen=["0.1.0", "0.1.1"]),
)
SEEN = ("0.1.0", "0.1.1", "0.1.2")
LOCKING = Locking(NOW)
IMAGE = Input("image", "r.example.com/cart", "main-1a2b3c4")
CHART = Input("chart", "cart", "0.1.7")


def record(*digests: str) -> ReleaseRecord:
    good = tuple(
        Good(revision=1, chart_digest=each, values_digest="", version="1", tested_at=NOW) for each in digests
    )
    return ReleaseRecord(application="shop", environment="testing", release="shop", good=good)


def inverse(
    head: ApplicationFiles,
    edits: Sequence[OwnEdit] = (OwnEdit(GOOD, BAD),),
    published: Collection[str] = (),
    locking: Locking = LOCKING,
) -> Edit:
    return application_inverse.inverse(
        edits,
        head,
        APPLICATION,
        FAILURE,
        Versions(SEEN, published),
        locking,
    )


def test_puts_back_tag_and_chart_with_a_new_version_a_fresh_lock_and_the_inputs_barred() -> None:
    change = inverse(BAD)
    after = applied(BAD, change)
    assert after.values == BAD.values.replace("main-1a2b3c4", "main-aaaaaaa")
    assert after.chart_yaml.version == "0.1.3"
    assert chart_version.is_above_all(after.chart_yaml.version, SEEN)
    assert after.chart_yaml.dependencies[0].version == "0.1.0"
    assert chart_lock.is_current(after.chart_yaml, after.locked)
    quarantined = quarantine.read(after.quarantine)
    assert [(each.itself, each.company) for each in quarantined] == [(IMAGE, (CHART,))]
    assert {(each.environment, each.digest, each.reason) for each in quarantined} == {
        ("testing", "sha256:ff", "the Job buy-something failed")
    }
    assert change.subject == "Take cart back: 0.1.2 failed in testing"
    assert change.body.split("\n") == [
        "0.1.2 failed in testing: the Job buy-something failed",
        "",
        "- cart: image main-1a2b3c4 -> main-aaaaaaa",
        "- cart: chart 0.1.7 -> 0.1.0",
        "- Chart.lock: refreshed",
        "- shop: version 0.1.2 -> 0.1.3",
        "- r.example.com/cart main-1a2b3c4, cart 0.1.7: barred together in .headway/quarantine.yaml",
    ]
    assert stamped(change, stage="withdraw", run="run-9").trailers == {
        "Headway-Stage": "withdraw",
        "Headway-Run": "run-9",
    }


def test_all_bytes_go_back_where_the_good_version_is_still_offered() -> None:
    change = inverse(BAD, published=["0.1.1"])
    assert replace(applied(BAD, change), quarantine=None) == GOOD
    assert "- Chart.lock: as published\n- shop: version 0.1.2 -> 0.1.1, as published\n" in change.body


def test_what_was_barred_before_stays_barred() -> None:
    barred = QuarantinedInput("image", "r.example.com/cart", "main-older", "testing", "sha256:0", "old", NOW)
    text = quarantine.add(None, [barred])
    good, bad = replace(GOOD, quarantine=text), replace(BAD, quarantine=text)
    for published in ((), ("0.1.1",)):
        after = applied(bad, inverse(bad, [OwnEdit(good, bad)], published))
        assert [each.version for each in quarantine.read(after.quarantine)] == [
            "main-older",
            "main-1a2b3c4",
        ]
    assert replace(after, quarantine=text) == good


def test_a_service_that_came_with_the_edit_has_nothing_to_go_back_to() -> None:
    before = replace(
        GOOD,
        values=GOOD.values.replace("catalog:", "other:"),
        chart=GOOD.chart.replace("name: catalog", "name: other"),
    )
    change = inverse(BAD, [OwnEdit(before, BAD)])
    assert change.subject == "Take cart back: 0.1.2 failed in testing"
    assert "catalog" not in change.body
    assert [each.inputs for each in quarantine.read(applied(BAD, change).quarantine)] == [{IMAGE, CHART}]


def test_a_lock_that_a_person_deleted_is_made_anew() -> None:
    head = replace(BAD, lock=None)
    after = applied(head, inverse(head, locking=Locking(NOW, PINS)))
    assert after.locked is not None
    assert [each.version for each in after.locked.dependencies] == ["0.1.0", "0.2.0", "7.0.15"]


@pytest.mark.parametrize(
    ("number", "named"),
    [
        pytest.param(2, "s1 and s2", id="two are named"),
        pytest.param(3, "s1 and s2 and s3", id="three are named"),
        pytest.param(4, "4 services", id="four are counted"),
    ],
)
def test_subject_of_many_services_counts_them(number: int, named: str) -> None:
    services = [f"s{n}" for n in range(1, number + 1)]
    application = APPLICATION.model_copy(
        update={"services": dict.fromkeys(services, APPLICATION.services["cart"])}
    )
    before, after = (
        replace(GOOD, values="".join(f"{each}: {{image: {{tag: {tag}}}}}\n" for each in services))
        for tag in ("t0", "t1")
    )
    change = application_inverse.inverse(
        [OwnEdit(before, after)], after, application, FAILURE, Versions(SEEN), LOCKING
    )
    assert change.subject == f"Take {named} back: 0.1.2 failed in testing"


def test_a_second_look_does_nothing() -> None:
    for published in ((), ("0.1.1",)):
        after = applied(BAD, inverse(BAD, published=published))
        again = inverse(after, published=published)
        assert (again.files, again.subject) == ({}, "Nothing to take back of 0.1.2: done already")


def offered_to(files: ApplicationFiles) -> bool:
    """Whether a look at cart would choose the image that failed; it is there, and newest."""
    barred = quarantine.read(files.quarantine)
    tags = ["main-1a2b3c4", "main-aaaaaaa"]
    seen = SeenTags(
        tags,
        "main-aaaaaaa",
        ["1a2b3c4" + "0" * 33, "a" * 40],
        quarantined=quarantine.quarantined_tags(barred, "r.example.com/cart"),
        images={tag: Image("r.example.com/cart", tag, "sha256:1") for tag in tags},
    )
    image = image_policies.of(ImagePolicy(), "cart").select(seen)
    assert isinstance(image, ImageChoice)
    return image.build is not None


def test_what_was_taken_back_is_not_chosen_again_until_its_line_is_removed() -> None:
    bad = applied(GOOD, edit(GOOD, {"cart": "main-1a2b3c4"}, seen=["0.1.0", "0.1.1"]))
    after = applied(bad, inverse(bad, [OwnEdit(GOOD, bad)]))
    assert [(each.itself, each.company) for each in quarantine.read(after.quarantine)] == [(IMAGE, ())]
    assert not offered_to(after)
    assert offered_to(replace(after, quarantine=None))


TOGETHER = APPLICATION.model_copy(update={"together": (("cart", "catalog"),)})
CATALOG = Input("image", "r.example.com/catalog", "main-8888888")
CONTENT = Input("content", "shop", "sha256:c1")
BY_HAND = Input("image", "r.example.com/prices", "main-by-hand")
WORSE = applied(BAD, edit(BAD, {"catalog": "main-8888888"}, seen=SEEN))


@pytest.mark.parametrize(
    ("application", "failure", "expected"),
    [
        pytest.param(APPLICATION, {}, {IMAGE, CHART, CATALOG}, id="all as a set"),
        pytest.param(
            APPLICATION, {"implicated": (str(IMAGE).replace(" ", ":"),)}, {IMAGE, CHART},
            id="image and chart of the workload that failed",
        ),
        pytest.param(
            APPLICATION, {"implicated": (str(CATALOG).replace(" ", ":"),)}, {CATALOG}, id="its image alone"
        ),
        pytest.param(
            APPLICATION, {"implicated": (f"{str(CATALOG).replace(' ', ':')}@sha256:{64 * 'a'}",)}, {CATALOG},
            id="its image alone, pinned by digest",
        ),
        pytest.param(
            TOGETHER, {"implicated": (str(CATALOG).replace(" ", ":"),)}, {IMAGE, CHART, CATALOG},
            id="and what is declared together with it",
        ),
        pytest.param(
            APPLICATION, {"implicated": ("r.example.com/redis:7",)}, {IMAGE, CHART, CATALOG},
            id="a workload that is as it was says nothing of what is new",
        ),
        pytest.param(
            APPLICATION, {"others": {CONTENT, BY_HAND}}, {IMAGE, CHART, CATALOG, CONTENT, BY_HAND},
            id="what people changed in the same version is of the set",
        ),
        pytest.param(
            APPLICATION, {"others": {CONTENT, BY_HAND}, "implicated": (str(CATALOG).replace(" ", ":"),)},
            {CATALOG, CONTENT}, id="of a workload, the values that it was given",
        ),
    ],
)  # fmt: skip
def test_who_is_barred(application: Application, failure: dict[str, Any], expected: set[Input]) -> None:
    change = application_inverse.inverse(
        [OwnEdit(GOOD, BAD), OwnEdit(BAD, WORSE)],
        WORSE,
        application,
        replace(FAILURE, **failure),
        Versions(SEEN),
        LOCKING,
    )
    after = applied(WORSE, change)
    assert [each.inputs for each in quarantine.read(after.quarantine)] == [expected]
    assert "8888888" not in after.values, "all of it goes back"
    assert "1a2b3c4" not in after.values


def test_what_a_person_changed_since_stays() -> None:
    comment = replace(BAD, values=BAD.values + "replicas: 3  # by hand\n")
    after = applied(comment, inverse(comment, published=["0.1.1"]))
    assert after.values == comment.values.replace("main-1a2b3c4", "main-aaaaaaa")
    assert after.chart_yaml.version == "0.1.3"

    retagged = replace(BAD, values=BAD.values.replace("main-1a2b3c4", "main-by-hand"))
    change = inverse(retagged)
    after = applied(retagged, change)
    assert after.values == retagged.values
    assert after.chart_yaml.dependencies[0].version == "0.1.0"
    assert change.body.split("\n")[2:] == [
        "- cart: chart 0.1.7 -> 0.1.0",
        "- Chart.lock: refreshed",
        "- shop: version 0.1.2 -> 0.1.3",
        "- cart: image main-1a2b3c4 was replaced since, main-by-hand stays",
        "- r.example.com/cart main-1a2b3c4, cart 0.1.7: barred together in .headway/quarantine.yaml",
    ]
    assert [each.inputs for each in quarantine.read(after.quarantine)] == [{IMAGE, CHART}]


def test_only_bars_where_everything_was_replaced_since() -> None:
    newer = applied(BAD, edit(BAD, {"cart": "main-9999999"}, {"cart": entry("cart", "0.1.8")}, seen=SEEN))
    change = inverse(newer)
    assert set(change.files) == {quarantine.PATH}
    assert change.subject == "Bar the inputs of 0.1.2, which failed in testing"


def test_a_dependency_is_found_again_where_a_person_moved_it() -> None:
    head = replace(
        BAD,
        chart=BAD.chart.replace(
            "dependencies:\n", "dependencies:\n  - {name: new, version: 1.0.0, repository: ''}\n"
        ),
    )
    after = applied(head, inverse(head))
    assert [each.version for each in after.chart_yaml.dependencies][:2] == ["1.0.0", "0.1.0"]


def test_a_dependency_in_requirements_yaml_goes_back_there() -> None:
    head, _, dependencies = GOOD.chart.partition("dependencies:\n")
    good = replace(GOOD, chart=head, requirements=f"dependencies:\n{dependencies}")
    bad = applied(good, edit(good, charts={"cart": entry("cart", "0.1.7")}, seen=["0.1.0", "0.1.1"]))
    after = applied(bad, inverse(bad, [OwnEdit(good, bad)]))
    assert after.requirements == (good.requirements or "").replace("version: 0.1.0", 'version: "0.1.0"')
    assert replace(applied(bad, inverse(bad, [OwnEdit(good, bad)], ["0.1.1"])), quarantine=None) == good


def test_several_edits_go_back_to_before_the_first_and_only_the_last_inputs_are_barred() -> None:
    worse = applied(BAD, edit(BAD, {"cart": "main-9999999", "catalog": "main-8888888"}, seen=SEEN))
    change = inverse(worse, [OwnEdit(GOOD, BAD), OwnEdit(BAD, worse)])
    after = applied(worse, change)
    assert after.values.replace('"', "'") == GOOD.values.replace("main-aaaaaaa", "'main-aaaaaaa'")
    (barred,) = quarantine.read(after.quarantine)
    assert barred.inputs == {Input("image", IMAGE.name, "main-9999999"), CHART, CATALOG}


def test_after_a_person_in_between_only_what_headway_wrote_last_goes_back() -> None:
    person = replace(BAD, values=BAD.values.replace("main-1a2b3c4", "main-by-hand"))
    worse = applied(person, edit(person, {"cart": "main-9999999"}, seen=SEEN))
    for published in ((), ("0.1.1",)):
        after = applied(worse, inverse(worse, [OwnEdit(GOOD, BAD), OwnEdit(person, worse)], published))
        assert 'tag: "main-by-hand"' in after.values


@pytest.mark.parametrize("empty", ["main-aaaaaaa", "main-bbbbbbb"])
def test_a_first_delivery_goes_back_to_empty_tags(empty: str) -> None:
    start = replace(FILES, values=FILES.values.replace(empty, '""').replace("'\"\"'", '""'))
    service = "cart" if empty == "main-aaaaaaa" else "catalog"
    first = applied(start, edit(start, {service: "main-1a2b3c4"}))
    change = inverse(first, [OwnEdit(start, first)])
    assert f"- {service}: image main-1a2b3c4 -> (none)" in change.body.split("\n")
    after = applied(first, change)
    assert after.values == start.values
    assert len(quarantine.read(after.quarantine)) == 1


@pytest.mark.parametrize(
    ("good", "expected"),
    [
        pytest.param([], "", id="nothing good"),
        pytest.param(["sha256:2", "sha256:1"], "c2", id="last good"),
        pytest.param(
            ["sha256:gone", "sha256:1"], "c1", id="an older one where its package is offered no more"
        ),
        pytest.param(["sha256:manifest"], "", id="a release that was adopted"),
    ],
)
def test_commit_of_last_good(good: list[str], expected: str) -> None:
    offered = [
        replace(entry("shop", f"0.1.{n}", f"sha256:{n}"), annotations={COMMIT_ANNOTATION: f"c{n}"})
        for n in "21"
    ]
    assert application_inverse.last_good_commit(record(*good), offered) == expected
    assert application_inverse.last_good_commit(None, offered) == ""

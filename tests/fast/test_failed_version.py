"""A version that fails: last good runs again, and what was changed on the way goes back together, as far as policy says."""

import pytest

from flows.deliver import deliver
from headway.errors import Terminal
from tests.fast.conftest import MakeShop
from tests.fast.memory.kubelet import Fate
from tests.fast.shop import TESTS_IMAGE, Shop

QUARANTINE = ".headway/quarantine.yaml"


def fail_tests_of(shop: Shop, image: str) -> None:
    shop.cluster().kubelet.tests[image] = "says no"
    shop.cluster().kubelet.says[image] = "expected 2 items, found 3\n"


@pytest.mark.story
def test_a_failing_test_takes_everything_back(delivered: Shop) -> None:
    before, tag = delivered.image(), delivered.tag()
    image = delivered.change_code()
    fail_tests_of(delivered, image)
    assert delivered.deliver() == [("testing", "Rolled back")]
    assert delivered.image() == before
    assert delivered.history() == [
        (1, "superseded", "0.1.0"),
        (2, "superseded", "0.1.1"),
        (3, "deployed", "0.1.0"),
    ]
    assert (delivered.good()[0], delivered.rejected()) == ("0.1.0", ["0.1.1"])
    assert delivered.record()["verdicts"][0]["carried"] == ["repository", "git"]
    assert delivered.offered() == ["0.1.0"]
    assert delivered.packages() == ["cart-0.1.0.tgz", "shop-0.1.0.tgz", "shop-0.1.1.tgz"]
    assert f'tag: "{tag}"' in delivered.git.read("values.yaml")
    assert image.rpartition(":")[2] in delivered.git.read(QUARANTINE)
    assert "expected 2 items, found 3" in delivered.report("testing-evidence")


@pytest.mark.story
def test_the_way_back_needs_neither_charts_nor_git(delivered: Shop) -> None:
    """Both go away while the tests run; what could not be done meanwhile is done by a later look."""
    fail_tests_of(delivered, delivered.change_code())
    gone = [delivered.folder / "charts", delivered.folder / "application.git"]

    def away() -> None:
        for folder in gone:
            folder.rename(folder.with_suffix(".away"))

    delivered.cluster().meanwhile.append(("PATCH /jobs/", away))
    delivered.deliver()
    assert delivered.history()[-1] == (3, "deployed", "0.1.0")
    assert (delivered.good()[0], delivered.rejected()) == ("0.1.0", ["0.1.1"])
    for folder in gone:
        folder.with_suffix(".away").rename(folder)
    assert delivered.offered() == ["0.1.1", "0.1.0"]
    delivered.deliver_all()
    assert delivered.offered() == ["0.1.0"]
    assert (delivered.good()[0], delivered.rejected()) == ("0.1.0", ["0.1.1"])


@pytest.mark.story
def test_what_was_released_is_released_whatever_the_chart_repository_offers_next(delivered: Shop) -> None:
    delivered.change_code()
    index = delivered.folder / "charts" / "testing" / "index.yaml"
    delivered.cluster().meanwhile.append(("PATCH /jobs/", lambda: index.write_text("entries: [\n")))
    assert delivered.deliver() == [("testing", "Released")]
    assert delivered.good()[0] == "0.1.1"
    with pytest.raises(Terminal, match=r"index\.yaml"):
        deliver(delivered.name)


@pytest.mark.story
def test_what_was_taken_back_stays_back(delivered: Shop) -> None:
    fail_tests_of(delivered, delivered.change_code())
    delivered.deliver()
    delivered.deliver_all()
    before = delivered.everything()
    assert delivered.deliver() == []
    assert delivered.everything() == before
    assert "0.1.1" not in delivered.offered("staging")


@pytest.mark.story
def test_remove_the_line_and_the_input_may_be_chosen_again(delivered: Shop) -> None:
    image = delivered.change_code()
    fail_tests_of(delivered, image)
    delivered.deliver()
    delivered.deliver_all()
    delivered.cluster().kubelet.tests.clear()
    delivered.git.push({QUARANTINE: None}, "It was the database: try it again")
    assert delivered.deliver() == [("testing", "Released")]
    assert delivered.image() == image
    assert delivered.good()[0] not in ("0.1.0", "0.1.1"), "it comes in a new version"


@pytest.mark.story
def test_pods_that_crash_end_the_rollout(delivered: Shop) -> None:
    before = delivered.image()
    delivered.cluster().kubelet.services[delivered.change_code()] = "crashes"
    delivered.deliver()
    assert delivered.image() == before
    assert delivered.rejected() == ["0.1.1"]
    assert "ended 4 times, last with exit code 2" in delivered.record()["verdicts"][0]["reason"]


@pytest.mark.story
def test_evidence_is_of_what_this_try_brought(make_shop: MakeShop) -> None:
    shop = make_shop(supplied=True, testing={"blame": "once"})
    shop.deliver()
    namespace = f"/api/v1/namespaces/{shop.name}-testing"
    store = shop.cluster().store
    store.objects[f"{namespace}/pods/cart-check"]["status"] = {"phase": "Pending"}
    before = {
        "metadata": {"name": "before", "namespace": f"{shop.name}-testing"},
        "involvedObject": {"kind": "Deployment", "name": "cart"},
        "type": "Warning",
        "reason": "Before",
        "lastTimestamp": "2020-01-01T00:00:00Z",
    }
    store.create(f"{namespace}/events", before)
    shop.cluster().kubelet.services[shop.change_code()] = "crashes"
    shop.deliver()
    found = shop.report("testing-evidence")
    assert "### Pod/cart-0" in found
    assert "Failed: container of" in found
    assert "### Pod/cart-check" not in found, "left by a run that was killed in the tests"
    assert "2020-01-01" not in found


@pytest.mark.parametrize("fate", ["has no image", "finds no node"])
@pytest.mark.story
def test_a_version_whose_pods_cannot_start_is_not_blamed_and_tried_again(fate: Fate, delivered: Shop) -> None:
    kubelet = delivered.cluster().kubelet
    image = delivered.change_code()
    kubelet.services[image] = fate
    delivered.deliver()
    assert delivered.rejected() == []
    assert delivered.deliver() == [], "it waits"
    kubelet.recover()
    delivered.time_passes("testing")
    assert delivered.deliver() == [("testing", "Released")]
    assert delivered.image() == image


IMMUTABLE = 'cannot patch "cart" with kind Deployment: spec.selector: field is immutable'


@pytest.mark.story
def test_a_helm_that_fails_once_is_run_once_more_after_last_good_has_passed(delivered: Shop) -> None:
    delivered.change_code()
    delivered.mishap("0.1.1", IMMUTABLE)
    delivered.deliver()
    assert [status for _, status, _ in delivered.history()] == [
        "superseded",
        "failed",
        "superseded",
        "deployed",
    ]
    assert (delivered.good()[0], delivered.rejected()) == ("0.1.1", [])


@pytest.mark.story
def test_a_helm_that_fails_twice_takes_the_version_back(delivered: Shop) -> None:
    before = delivered.image()
    delivered.change_code()
    for _ in range(2):
        delivered.mishap("0.1.1", IMMUTABLE)
    delivered.deliver()
    assert (delivered.image(), delivered.rejected()) == (before, ["0.1.1"])
    assert "field is immutable" in delivered.record()["verdicts"][0]["reason"]


def test_a_first_install_that_fails_is_removed(shop: Shop) -> None:
    shop.cluster().kubelet.services["*"] = "crashes"
    shop.deliver()
    assert shop.history() == []
    assert shop.live("deployments/cart") is None
    assert shop.rejected() == ["0.1.0"]
    assert shop.record()["verdicts"][0]["inputs"] == []
    assert QUARANTINE not in shop.git.git("ls-tree", "-r", "--name-only", "main")


@pytest.mark.story
def test_last_good_fails_its_tests_too_so_the_environment_is_to_blame(delivered: Shop) -> None:
    image = delivered.change_code()
    delivered.cluster().kubelet.tests["*"] = "says no"
    delivered.cluster().kubelet.says["*"] = "the database is gone\n"
    assert delivered.deliver() == [("testing", "Frozen")]
    assert delivered.rejected() == []
    assert image.rpartition(":")[2] in delivered.git.read("values.yaml"), "nothing is taken back"
    assert delivered.deliver() == []


@pytest.mark.parametrize("fate", ["is refused", "is deleted", "never ends", "says no"])
@pytest.mark.story
def test_a_job_of_headway_yaml_that_fails_does_not_let_the_version_be_good(
    fate: str, delivered: Shop
) -> None:
    delivered.systems.registry.push("shop/tests", "2")
    delivered.git.replace("headway.yaml", "tests:1", "tests:2")
    delivered.cluster().kubelet.tests[TESTS_IMAGE.replace(":1", ":2")] = fate
    delivered.deliver()
    assert delivered.good()[0] == "0.1.0"
    assert "buy-something" in str(delivered.record()["attempts"]) + delivered.report("testing-tests")


def break_by_hand(shop: Shop, more: str = "") -> None:
    """A person's commit that makes the version fail, beside a new image."""
    shop.change_code()
    shop.git.push(
        {
            "values/testing.yaml": "greeting: broken\n",
            **({"headway.yaml": shop.git.read("headway.yaml") + more} if more else {}),
        }
    )
    fail_tests_of(shop, f"registry.example.com/shop/cart:{shop.tag()}")
    assert ("testing", "Rolled back") in shop.deliver()


@pytest.mark.story
def test_revert_own_leaves_a_person_s_commit(delivered: Shop) -> None:
    tag = delivered.tag()
    break_by_hand(delivered)
    assert f'tag: "{tag}"' in delivered.git.read("values.yaml")
    assert delivered.git.read("values/testing.yaml") == "greeting: broken\n"


def test_revert_all_takes_a_person_s_commit_back_as_well(delivered: Shop) -> None:
    delivered.git.push({"headway.yaml": delivered.git.read("headway.yaml") + "revert: all\n"})
    assert delivered.deliver() == [("testing", "Released")]
    tag, greeting = delivered.tag(), delivered.git.read("values/testing.yaml")
    break_by_hand(delivered)
    assert f'tag: "{tag}"' in delivered.git.read("values.yaml")
    assert delivered.git.read("values/testing.yaml") == greeting


def test_revert_never_leaves_git_alone(delivered: Shop) -> None:
    break_by_hand(delivered, "revert: never\n")
    assert delivered.tag() in delivered.git.read("values.yaml")
    assert delivered.offered() == ["0.1.0"], "it is withdrawn all the same"


@pytest.mark.story
def test_what_cannot_be_taken_back_in_git_is_taken_back_by_a_later_look(delivered: Shop) -> None:
    image = delivered.change_code()
    fail_tests_of(delivered, image)
    deliver(delivered.name)
    delivered.git.protect()
    delivered.work()
    assert delivered.rejected() == ["0.1.1"]
    assert delivered.record()["verdicts"][0]["carried"] == ["repository"]
    with pytest.raises(Terminal, match="main is protected"):
        deliver(delivered.name)
    delivered.git.unprotect()
    delivered.deliver_all()
    assert delivered.record()["verdicts"][0]["carried"] == ["repository", "git"]
    assert image.rpartition(":")[2] not in delivered.git.read("values.yaml")


@pytest.mark.story
def test_somebody_who_pushes_while_it_is_taken_back_is_not_overwritten(delivered: Shop) -> None:
    image = delivered.change_code()
    fail_tests_of(delivered, image)
    deliver(delivered.name)
    delivered.git.somebody_pushes_first({"NOTES.md": "theirs\n"})
    delivered.work()
    assert delivered.git.read("NOTES.md") == "theirs\n"
    assert image.rpartition(":")[2] not in delivered.git.read("values.yaml")


def test_a_version_that_fails_downstream_is_barred_there_and_stays_where_it_is_good(delivered: Shop) -> None:
    image = delivered.change_code()
    assert delivered.deliver() == [("testing", "Released")]
    delivered.cluster("staging").kubelet.tests[image] = "says no"
    delivered.cluster("staging").kubelet.says[image] = "no\n"
    assert delivered.deliver() == [("staging", "Rolled back")]
    assert (delivered.rejected(), delivered.rejected("staging")) == ([], ["0.1.1"])
    assert delivered.good()[0] == "0.1.1"
    assert delivered.tag() in delivered.git.read("values.yaml")
    assert delivered.deliver() == []

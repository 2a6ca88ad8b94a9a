"""What was tested is, byte for byte, what runs: a package knows its images' digests, and a tag that moved is refused."""

import http.server
import json
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from flows.roll_back import roll_back
from flows.supply import supply
from headway.clients.chart_repository import open_writable_repository
from headway.errors import Refused, Retryable, Terminal
from headway.formats.content_digest import read_metadata
from headway.model.charts import IMAGES_ANNOTATION
from tests.clients.packages import package
from tests.fast.charts_of_shop import DEPLOYMENT
from tests.fast.conftest import MakeShop
from tests.fast.memory import prefect_runs
from tests.fast.shop import REGISTRY, TESTS_IMAGE, Shop


def images(shop: Shop, version: str, environment: str = "testing") -> dict[str, str]:
    """Digests that a package records, by image."""
    metadata = read_metadata(shop.packaged(version, environment)["Chart.yaml"])
    return {each["image"]: each["digest"] for each in json.loads(metadata["annotations"][IMAGES_ANNOTATION])}


@pytest.mark.story
def test_a_package_records_the_digest_of_each_image(delivered: Shop) -> None:
    tags = delivered.systems.registry.tags
    cart = f"registry.example.com/shop/cart:{delivered.tag()}"
    recorded = {cart: tags["shop/cart"][delivered.tag()], TESTS_IMAGE: tags["shop/tests"]["1"]}
    assert images(delivered, "0.1.0") == images(delivered, "0.1.0", "staging") == recorded
    (entry,) = delivered.repository().entries("shop")
    assert IMAGES_ANNOTATION not in entry.annotations


@pytest.mark.story
def test_images_that_no_registry_tells_are_not_recorded_and_hold_nothing_up(make_shop: MakeShop) -> None:
    shop = make_shop()
    sidecar = DEPLOYMENT + "        - {name: proxy, image: 'registry.example.com/private/proxy:1'}\n"
    shop.service().push({"chart/templates/deployment.yaml": sidecar})
    shop.build()
    assert shop.deliver() == [("testing", "Released")]
    assert sorted(images(shop, "0.1.0")) == [f"registry.example.com/shop/cart:{shop.tag()}", TESTS_IMAGE]


@pytest.mark.story
def test_a_tag_that_reaches_no_manifest_is_not_published(delivered: Shop) -> None:
    fixed = DEPLOYMENT.replace("{{ .Values.image.tag }}", "fixed")
    delivered.service().push({"chart/templates/deployment.yaml": fixed, "chart/templates/check.yaml": None})
    delivered.build()
    cart = f"registry.example.com/shop/cart:{delivered.tag()}"
    with pytest.raises(
        Terminal, match=rf"values\.yaml cart\.image\.tag: no manifest of testing, staging uses {cart}"
    ):
        delivered.deliver()
    assert delivered.offered() == ["0.1.0"]
    assert "correct `image:` or `value:` of services.cart in headway.yaml" in delivered.report()


def fail_tests_of(shop: Shop, image: str) -> None:
    shop.cluster().kubelet.tests[image] = "says no"


def built_again(shop: Shop, tag: str = "") -> str:
    """CI builds a commit of the service once more, and pushes other bytes under the tag that is there; the image."""
    tag = tag or shop.tag()
    head = shop.service().head
    shop.systems.registry.push("shop/cart", tag, revision=head if tag == shop.tag() else "", built="again")
    return f"{REGISTRY}/shop/cart:{tag}"


@contextmanager
def moved(shop: Shop, tag: str) -> Iterator[None]:
    """A tag names other bytes meanwhile."""
    tags = shop.systems.registry.tags["shop/cart"]
    was = tags[tag]
    built_again(shop, tag)
    yield
    tags[tag] = was


@pytest.mark.story
def test_a_moved_tag_is_not_promoted_until_it_is_put_back(make_shop: MakeShop) -> None:
    shop = make_shop()
    shop.deliver()
    with (
        moved(shop, shop.tag()),
        pytest.raises(
            Terminal, match=r"promote: staging: 0\.1\.0 waits \(\S+/shop/cart:\S+ was sha256:.*crane tag"
        ),
    ):
        shop.deliver()
    assert shop.offered("staging") == []
    assert shop.rejected() == []
    assert shop.deliver() == [("staging", "Released")]


@pytest.mark.story
def test_a_moved_tag_is_not_released_and_nobody_is_blamed(delivered: Shop) -> None:
    delivered.change_code()
    supply(delivered.name)
    image = built_again(delivered)
    before = delivered.everything()
    said = rf"release: testing: waits \(0\.1\.1 is not released: {image} was sha256:\w+ .*, and is sha256:\w+ now"
    with pytest.raises(Terminal, match=said):
        delivered.deliver()
    state = delivered.release()
    assert (state.name, state.is_failed()) == ("Waiting", True)
    assert delivered.everything() == before


@pytest.mark.story
def test_raising_the_version_takes_what_the_tag_names_by_then(delivered: Shop) -> None:
    delivered.change_code()
    supply(delivered.name)
    image = built_again(delivered)
    delivered.git.replace("Chart.yaml", '"0.1.1"', "0.2.0")
    assert delivered.deliver() == [("testing", "Released")]
    assert delivered.deliver() == [("staging", "Released")]
    assert images(delivered, "0.2.0")[image] == delivered.systems.registry.tags["shop/cart"][delivered.tag()]


@pytest.mark.story
def test_an_image_that_is_gone_is_not_released(delivered: Shop) -> None:
    delivered.change_code()
    supply(delivered.name)
    gone = delivered.systems.registry.tags["shop/cart"].pop(delivered.tag())
    state = delivered.release()
    assert (state.name, state.is_failed()) == ("Waiting", True)
    assert f"is not in its registry any more; it was {gone}" in str(state.message)
    assert delivered.history() == [(1, "deployed", "0.1.0")]


@pytest.mark.story
def test_a_registry_that_is_away_keeps_nothing_from_coming_in_or_going_back(delivered: Shop) -> None:
    before, image = delivered.image(), delivered.change_code()
    supply(delivered.name)
    fail_tests_of(delivered, image)
    delivered.systems.registry.bad_day = "away"
    state = delivered.release()
    assert state.name == "Rolled back"
    assert delivered.image() == before
    assert [version for *_, version in delivered.history()] == ["0.1.0", "0.1.1", "0.1.0"]


@pytest.mark.story
def test_the_person_at_the_gate_is_told_that_no_registry_answered(make_shop: MakeShop) -> None:
    shop = make_shop(supplied=True, environments=("testing",), testing={"gate": "approval"})
    shop.systems.registry.bad_day = "away"
    with pytest.raises(Retryable, match="update_application: cart: could not be looked at"):
        shop.deliver()
    prefect_runs.work()
    (run,) = prefect_runs.release_runs()
    assert "No registry says whether these images are still what was published" in prefect_runs.question(
        run.id
    )


@pytest.mark.story
def test_a_gate_does_not_ask_about_a_moved_tag(make_shop: MakeShop) -> None:
    shop = make_shop(supplied=True, environments=("testing",), testing={"gate": "approval"})
    with moved(shop, shop.tag()):
        assert shop.release().name == "Waiting"
        with pytest.raises(Terminal, match="is not installed"):
            shop.deliver()
    assert prefect_runs.release_runs() == []
    assert shop.deliver() == [("testing", "Suspended")]


@pytest.mark.story
def test_what_was_approved_is_not_applied_once_its_tag_has_moved(make_shop: MakeShop) -> None:
    shop = make_shop(supplied=True, environments=("testing",), testing={"gate": "approval"})
    shop.deliver()
    (run,) = prefect_runs.release_runs()
    with moved(shop, shop.tag()):
        prefect_runs.answer(run.id, approved=True)
        assert prefect_runs.work() == [("testing", "Waiting")]
    assert shop.history() == []


@pytest.mark.story
def test_a_version_that_fails_waits_while_what_was_good_has_moved(delivered: Shop) -> None:
    former = delivered.tag()
    fail_tests_of(delivered, delivered.change_code())
    supply(delivered.name)
    with moved(delivered, former):
        state = delivered.release()
        assert (state.name, state.is_failed()) == ("Failed", True)
        assert "what was good cannot come back" in str(state.message)
        assert delivered.history()[-1] == (2, "deployed", "0.1.1")
        assert delivered.rejected() == []
    assert delivered.deliver() == [("testing", "Rolled back")]
    assert delivered.rejected() == ["0.1.1"]


@pytest.mark.story
def test_something_newer_comes_in_where_what_was_good_cannot_come_back(delivered: Shop) -> None:
    former = delivered.tag()
    fail_tests_of(delivered, delivered.change_code())
    supply(delivered.name)
    built_again(delivered, former)
    delivered.release()
    image = delivered.change_code(text="package main // mended\n")
    assert delivered.deliver() == [("testing", "Released")]
    assert (delivered.image(), delivered.rejected()) == (image, [])


@pytest.mark.story
def test_images_that_both_versions_use_do_not_hold_up_the_way_back(make_shop: MakeShop) -> None:
    """Going back changes nothing about them."""
    shop = make_shop(delivered=True, services=("cart", "catalog"))
    fail_tests_of(shop, shop.change_code())
    supply(shop.name)
    catalog = shop.systems.registry.tags["shop/catalog"]

    def both_move() -> None:
        catalog[shop.tag("catalog")] = shop.systems.registry.push("shop/catalog", "again")
        shop.systems.registry.push("shop/tests", "1", built="again")

    with shop.quarrel("testing", "PUT /configmaps", both_move):
        assert shop.release().name == "Rolled back"
    assert shop.history()[-1] == (3, "deployed", "0.1.0")


@pytest.mark.story
def test_a_person_s_way_back_to_a_moved_tag_is_refused_and_writes_nothing(delivered: Shop) -> None:
    former = delivered.tag()
    delivered.change_code()
    delivered.deliver_all()
    before = delivered.everything()
    with moved(delivered, former):
        with pytest.raises(
            Refused, match=r"0\.1\.0 is not what passed its tests any more: .*Nothing was written\."
        ):
            roll_back(delivered.name, "testing", "it is slow")
        assert delivered.everything() == before
        delivered.systems.registry.bad_day = "away"
        roll_back(delivered.name, "testing", "it is slow")
    assert delivered.history()[-1][1:] == ("deployed", "0.1.0")


OTHER = f"sha256:{'0' * 64}"


@pytest.mark.story
def test_pods_that_run_other_bytes_are_not_tested_and_blame_nobody(delivered: Shop) -> None:
    kubelet = delivered.cluster().kubelet
    former, image = delivered.image(), delivered.change_code()
    kubelet.image_ids[image] = f"registry.example.com/shop/cart@{OTHER}"
    delivered.deliver()
    reason = delivered.record()["attempts"][0]["reason"]
    assert f"runs {OTHER} as {image}, and its package records sha256:" in reason
    assert delivered.record()["attempts"][0]["cause"] == "surroundings"
    assert (delivered.good()[0], delivered.rejected()) == ("0.1.0", [])
    assert OTHER in delivered.report("testing-tests")
    for _ in range(4):
        delivered.time_passes("testing")
        delivered.deliver()
    assert (delivered.image(), delivered.rejected()) == (former, [])
    assert delivered.release().name == "Frozen", "patience has ended"


@pytest.mark.parametrize("runs", ["the index", "a platform of it", "the configuration"])
@pytest.mark.story
def test_pods_that_run_what_was_published_in_whatever_words(runs: str, delivered: Shop) -> None:
    head = delivered.service().push({"main.go": "package main // for two platforms\n"})
    index, platform = delivered.systems.registry.push_index("shop/cart", f"main-{head[:7]}", revision=head)
    image = f"{REGISTRY}/shop/cart:main-{head[:7]}"
    said = {
        "the index": f"{REGISTRY}/shop/cart@{index}",
        "a platform of it": f"{REGISTRY}/shop/cart@{platform}",
        "the configuration": OTHER,
    }
    delivered.cluster().kubelet.image_ids[image] = said[runs]
    assert delivered.deliver() == [("testing", "Released")]
    assert images(delivered, "0.1.1")[image] == index


@pytest.mark.story
def test_other_bytes_of_a_third_party_are_told(make_shop: MakeShop) -> None:
    shop = make_shop()
    shop.systems.registry.push("library/redis", "7")
    redis = DEPLOYMENT.replace("{{ .Chart.Name }}", "redis").replace("{{ .Values.replicas }}", "1")
    redis = re.sub(r"image: .*", "image: redis:7", redis)
    shop.git.push({"templates/redis.yaml": redis})
    shop.cluster().kubelet.image_ids["redis:7"] = f"docker.io/library/redis@{OTHER}"
    assert shop.deliver() == [("testing", "Released")]
    assert f"runs {OTHER} as redis:7, and its package records sha256:" in shop.report("testing-tests")


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@dataclass
class ThirdParty:
    """A chart repository of somebody else."""

    folder: Path
    url: str

    def offer(self, text: str) -> None:
        """redis 1.0.0 with this content, whatever was there before."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        repository = open_writable_repository(f"file://{self.folder}")
        repository.publish(package("redis", "1.0.0", text), created=datetime.now(UTC))


class TestThirdPartyCharts:
    """The content of a version is pinned by its first use."""

    @pytest.fixture
    def redis(self, delivered: Shop) -> Iterator[ThirdParty]:
        """Of which the application uses redis 1.0.0."""
        folder = delivered.folder / "third-party"
        handler = partial(QuietHandler, directory=str(folder))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        third_party = ThirdParty(folder, f"http://127.0.0.1:{server.server_port}")
        third_party.offer("one")
        dependency = f"  - {{name: redis, version: 1.0.0, repository: '{third_party.url}'}}\n"
        delivered.git.push({"Chart.yaml": delivered.git.read("Chart.yaml") + dependency})
        assert delivered.deliver() == [("testing", "Released")]
        yield third_party
        server.shutdown()
        server.server_close()

    @pytest.mark.story
    def test_the_same_content_goes_on(self, redis: ThirdParty, delivered: Shop) -> None:
        index = json.loads((delivered.folder / "charts/testing/index.yaml").read_text())
        digest = package("redis", "1.0.0", "one").content_digest
        assert index["annotations"] == {f"headway.dev/pinned.{redis.url}/redis-1.0.0": digest}
        redis.offer("one")
        delivered.change_code()
        assert ("testing", "Released") in delivered.deliver()

    @pytest.mark.story
    def test_other_content_under_the_same_version_is_refused(
        self, redis: ThirdParty, delivered: Shop
    ) -> None:
        redis.offer("two")
        delivered.change_code()
        before = delivered.offered()
        with pytest.raises(
            Terminal, match=r"redis-1\.0\.0 has other content .* than when it was published here"
        ):
            delivered.deliver()
        assert delivered.offered() == before
        text = delivered.git.read("Chart.yaml").replace(redis.url, "")
        delivered.git.push(
            {"Chart.yaml": text, "charts/redis-1.0.0.tgz": package("redis", "1.0.0", "two").data}
        )
        assert ("testing", "Released") in delivered.deliver(), "a person trusts it"
        assert delivered.packaged(delivered.offered()[0])["charts/redis/values.yaml"] == b"text: two\n"


class TestPinnedByDigest:
    """`pin: digest`: the reference itself says which bytes."""

    @pytest.fixture
    def pinned(self, make_shop: MakeShop) -> Shop:
        return make_shop(delivered=True, more="pin: digest\n")

    @pytest.mark.story
    def test_what_runs_names_its_digest_and_git_the_plain_tag(self, pinned: Shop) -> None:
        image = f"{REGISTRY}/shop/cart:{pinned.tag()}"
        digest = pinned.systems.registry.tags["shop/cart"][pinned.tag()]
        assert pinned.image() == pinned.image("staging") == f"{image}@{digest}"
        assert images(pinned, "0.1.0") == {
            f"{image}@{digest}": digest,
            TESTS_IMAGE: pinned.systems.registry.tags["shop/tests"]["1"],
        }
        assert f'tag: "{pinned.tag()}"' in pinned.git.read("values.yaml")
        assert "@" not in pinned.packaged("0.1.0")["values.yaml"].decode()
        before = pinned.everything()
        assert pinned.deliver() == []
        assert pinned.everything() == before

    @pytest.mark.story
    def test_a_moved_tag_changes_nothing_forth_and_back(self, pinned: Shop) -> None:
        former, was = pinned.tag(), pinned.image()
        pinned.change_code()
        supply(pinned.name)
        digest = pinned.systems.registry.tags["shop/cart"][pinned.tag()]
        built_again(pinned)
        built_again(pinned, former)
        assert pinned.deliver() == [("testing", "Released")]
        assert pinned.image().endswith(f"@{digest}")
        roll_back(pinned.name, "testing", "it is slow")
        assert pinned.image() == was

    @pytest.mark.story
    def test_bytes_that_are_gone_are_not_released(self, pinned: Shop) -> None:
        pinned.change_code()
        supply(pinned.name)
        registry = pinned.systems.registry
        del registry.documents[registry.tags["shop/cart"][pinned.tag()]]
        assert "is not in its registry any more" in str(pinned.release().message)
        assert pinned.history() == [(1, "deployed", "0.1.0")]

    @pytest.mark.story
    def test_a_chart_that_makes_a_label_of_the_tag_is_not_published(self, pinned: Shop) -> None:
        labelled = DEPLOYMENT.replace(
            "labels: {app: {{ .Chart.Name }}}",
            'labels: {app: {{ .Chart.Name }}, version: "{{ .Values.image.tag }}"}',
        )
        pinned.service().push({"chart/templates/deployment.yaml": labelled})
        pinned.build()
        with pytest.raises(
            Terminal, match=r"metadata\.labels\.version: 'main-\S+' is not the value of a label"
        ):
            pinned.deliver()


@pytest.mark.parametrize("environment", ["testing", "staging"])
@pytest.mark.story
def test_an_index_that_went_back_in_time_downgrades_nothing(environment: str, delivered: Shop) -> None:
    index = delivered.folder / "charts" / environment / "index.yaml"
    older = index.read_bytes()
    delivered.change_code()
    delivered.deliver_all()
    index.write_bytes(older)
    history = delivered.history(environment)
    state = delivered.release(environment)
    assert (state.name, state.is_failed()) == ("Frozen", True)
    assert "0.1.1, as it was released here, is not offered any more" in str(state.message)
    assert delivered.history(environment) == history
    assert delivered.deliver() == [], "what is still due is offered again"
    assert delivered.offered(environment) == ["0.1.1", "0.1.0"]
    assert delivered.release(environment).name == "In sync"


@pytest.mark.story
def test_an_index_that_went_back_in_time_is_a_failed_line_of_a_delivery(delivered: Shop) -> None:
    index = delivered.folder / "charts" / "staging" / "index.yaml"
    older = index.read_bytes()
    delivered.change_code()
    delivered.deliver_all()
    frozen = "after: testing\n    frozen: true"
    delivered.git.replace("headway.yaml", "after: testing", frozen)
    delivered.deliver_all()
    index.write_bytes(older)
    with pytest.raises(
        Terminal, match=r"release: staging: Frozen \(.*the chart repository went back in time"
    ):
        delivered.deliver()
    assert delivered.history("staging")[-1][1:] == ("deployed", "0.1.1")

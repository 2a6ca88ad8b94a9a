"""Supply, stage by stage on real git, registry and S3: what is new is published once, and plain Helm can use it.

The tests are one story in the order of the file.
"""

import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from flows.publish_charts import publish_charts
from flows.update_application import update_application
from sandbox.seed import (
    CART_COUNTS_ITEMS,
    SERVICES,
    Change,
    append,
    change_configuration,
    change_service,
    push_image,
    replace,
)
from sandbox.seed.buckets import client
from sandbox.seed.commands import git, program, run
from tests.flows.shop import Shop, lines_of

pytestmark = pytest.mark.sandbox

TWO_REPLICAS = ("chart/values.yaml", "replicas: 1", "replicas: 2")
TOUCH = append("main.go", "\n// Two of it.\n")


@pytest.fixture(scope="module")
def shop(supplied_copy: Shop) -> Shop:
    return supplied_copy


def test_service_charts_are_published_before_the_application_that_lacks_them(shop: Shop) -> None:
    publish_charts(shop.name)
    index = shop.charts.index("testing")
    assert sorted(index) == sorted(SERVICES)
    assert {entries[0]["version"] for entries in index.values()} == {"0.1.0"}


def test_first_tags_and_the_lock_reach_git_in_one_commit(shop: Shop) -> None:
    before = shop.git.head()
    update_application(shop.name)
    assert len(shop.git.subjects(before)) == 1
    assert shop.git.changed_files("main") == ["Chart.lock", "values.yaml"]
    assert all(shop.git.tags().values())
    assert git(
        "log", "-1", "--format=%(trailers:key=Headway-Stage,valueonly)", "main", cwd=shop.git.repository
    )


def test_the_application_is_published_with_its_dependencies_inside(shop: Shop) -> None:
    publish_charts(shop.name)
    version = shop.git.yaml("Chart.yaml")["version"]
    assert shop.charts.versions("testing", "shop") == [version]
    assert sorted(vendored(package(shop, version))) == ["banner", *sorted(SERVICES)]


def test_a_second_look_writes_nothing_and_says_so(shop: Shop) -> None:
    before = shop.supplied()
    for look, nothing in (
        (publish_charts, {"published already"}),
        (update_application, {"left as it is", "nothing to commit"}),
        (publish_charts, {"published already"}),
    ):
        look(shop.name)
        lines = lines_of(shop.name, look.__name__)
        assert len(lines) == len(SERVICES) + 1
        assert {outcome for _, _, outcome in lines} == nothing
    assert shop.supplied() == before


def test_what_a_person_took_back_again_is_the_content_that_was_there(shop: Shop) -> None:
    with shop.pushed("application", Change("Say more", (append("values.yaml", "\n# More.\n"),))):
        pass
    before = shop.supplied()
    publish_charts(shop.name)
    assert shop.supplied() == before


def test_plain_helm_vendors_the_same_charts_from_git(shop: Shop, tmp_path: Path) -> None:
    helm = program(shop.layout.address.bin, "helm")
    clean = {f"HELM_{kind}_HOME": str(tmp_path / kind) for kind in ("CACHE", "CONFIG", "DATA")}
    checkout, s3 = tmp_path / "checkout", shop.layout.address.s3.endpoint
    git("clone", "--quiet", shop.layout.git_url, str(checkout), cwd=tmp_path)
    run([helm, "repo", "add", "own", f"{s3}/{shop.layout.bucket('testing')}"], environment=clean)
    run([helm, "repo", "add", "thirdparty", f"{s3}/thirdparty-charts"], environment=clean)
    run([helm, "dependency", "build", str(checkout)], environment=clean)

    packages = {file.name: file.read_bytes() for file in (checkout / "charts").iterdir()}
    for service in SERVICES:
        digest = hashlib.sha256(packages[f"{service}-0.1.0.tgz"]).hexdigest()
        assert digest == shop.charts.digest("testing", service, "0.1.0")
    ours = vendored(package(shop, shop.git.yaml("Chart.yaml")["version"]))
    assert {name.rsplit("-", 1)[0]: contents(data) for name, data in packages.items()} == ours
    assert git("status", "--porcelain", "--", "Chart.lock", "Chart.yaml", cwd=checkout) == ""


def test_a_new_image_alone_changes_one_tag(shop: Shop) -> None:
    before = shop.git.head()
    pushed = change_service(shop.layout, "cart", CART_COUNTS_ITEMS)
    update_application(shop.name)
    assert len(shop.git.subjects(before)) == 1
    assert shop.git.tags() == shop.git.tags(before) | {"cart": pushed.tag}
    assert len(shop.git.changed_lines(before, "values.yaml")) == 2


def test_an_old_commit_built_again_never_wins(shop: Shop) -> None:
    before = shop.supplied()
    checkout = shop.layout.checkout("cart")
    git("checkout", "--quiet", "HEAD~1", cwd=checkout)
    try:
        push_image(shop.layout, "cart", tag=f"main-{git('rev-parse', '--short=10', 'HEAD', cwd=checkout)}")
    finally:
        git("checkout", "--quiet", "main", cwd=checkout)
    update_application(shop.name)
    assert shop.supplied() == before


def test_a_chart_that_changed_is_published_as_the_next_patch_and_its_tag_waits_for_it(shop: Shop) -> None:
    before, tags = shop.git.head(), shop.git.tags()
    pushed = change_service(shop.layout, "cart", Change("Two carts", (replace(*TWO_REPLICAS), TOUCH)))
    update_application(shop.name)
    assert shop.git.head() == before, "a tag waits for the chart that belongs to it"

    publish_charts(shop.name)
    update_application(shop.name)
    assert "0.1.1" in shop.charts.versions("testing", "cart")
    assert shop.service_git("cart").yaml("chart/Chart.yaml")["version"] == "0.1.1"
    assert shop.git.tags() == tags | {"cart": pushed.tag}
    locked = {each["name"]: each["version"] for each in shop.git.yaml("Chart.lock")["dependencies"]}
    assert locked["cart"] == "0.1.1"


def test_configuration_alone_is_published_as_the_next_patch(shop: Shop) -> None:
    publish_charts(shop.name)
    version, published = shop.git.yaml("Chart.yaml")["version"], shop.charts.versions("testing", "shop")
    assert version in published
    change_configuration(shop.layout, "testing", greeting="Good morning", session_key="another")
    assert shop.git.yaml("Chart.yaml")["version"] == version, "the author raised no version"

    publish_charts(shop.name)
    raised = shop.git.yaml("Chart.yaml")["version"]
    assert raised != version
    assert shop.charts.versions("testing", "shop") == [raised, *published]
    values = files_of(package(shop, raised))["values/testing.yaml"]
    assert b"Good morning" in values


def package(shop: Shop, version: str) -> bytes:
    """The application's package as it lies in the bucket of testing."""
    entry = shop.charts.entry("testing", "shop", version)
    assert entry
    key = entry["urls"][0].rsplit("/", 1)[-1]
    body = client(shop.layout.address.s3).get_object(Bucket=shop.layout.bucket("testing"), Key=key)["Body"]
    return body.read()


def files_of(data: bytes) -> dict[str, bytes]:
    """Files of a package by their path in the chart."""
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        members = [member for member in archive if member.isfile()]
        return {
            member.name.partition("/")[2]: stream.read()
            for member in members
            if (stream := archive.extractfile(member))
        }


def contents(data: bytes) -> dict[str, str]:
    return {path: hashlib.sha256(content).hexdigest() for path, content in files_of(data).items()}


def vendored(data: bytes) -> dict[str, dict[str, str]]:
    """Digests by path, of each chart inside a package."""
    inside: dict[str, dict[str, str]] = {}
    for path, content in files_of(data).items():
        if path.startswith("charts/"):
            name, _, rest = path.removeprefix("charts/").partition("/")
            inside.setdefault(name, {})[rest] = hashlib.sha256(content).hexdigest()
    return inside

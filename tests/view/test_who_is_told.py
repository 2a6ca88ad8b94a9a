"""What is told of an application stays with those who may read it, and is of it: not what another says, or another's end."""

import html
import json
from collections.abc import Callable, Iterable
from pathlib import Path

from headway.model.images import ImageFacts
from headway.model.record import ReleaseRecord
from headway.model.release_history import HistoryImage
from headway.view import Looks, NamedCluster
from headway.view.runs import RunLine
from headway.view.settings import Role
from tests.view.places import (
    NOW,
    FakeRuns,
    browser,
    cluster,
    looks,
    recorded,
    sign_in,
    signing_in,
    status,
    stored,
)

REFERENCE = "registry.example.com/shop/web:main-1a2b3c4"


def ask(images: Iterable[HistoryImage], _: Callable[[str], bool]) -> dict[str, ImageFacts | str]:
    return {each.reference: ImageFacts(each.digest) for each in images}


def test_a_history_that_lies_about_a_digest_is_believed_by_its_own_page_alone(tmp_path: Path) -> None:
    real, server = cluster(tmp_path)
    digests = {"evil": "sha256:" + "e" * 64, "forum": "sha256:" + "f" * 64}
    for application, digest in digests.items():
        namespace = f"{application}-testing"
        server.store.create("/api/v1/namespaces", {"metadata": {"name": namespace}})
        recorded(server, ReleaseRecord(application=application, environment="testing", release=application))
        said = json.dumps([{"image": REFERENCE, "digest": digest}])
        stored(server, namespace, application, 2, "1.0.0", annotations={"headway.dev/images": said})
    seen = Looks([NamedCluster("here", lambda: real)], lambda _: [status(each) for each in digests])
    settings = signing_in(tmp_path, "registries: [registry.example.com]\n")
    with browser(seen, settings, tmp_path, ask_images=ask) as view:
        sign_in(view, "ada")
        for application, digest in digests.items():
            page = html.unescape(view.get(f"/applications/{application}/deliveries/main-1a2b3c4").text)
            assert {each for each in digests.values() if each in page} == {digest}


def test_a_run_about_all_environments_tells_its_end_to_who_may_read_them_all(tmp_path: Path) -> None:
    runs = FakeRuns()
    said = "testing: 6.6.6 failed: password of orders"
    runs.lines = [RunLine("deliver", "Deliver shop", "shop", "", "Failed", "FAILED", said, NOW, 1.0, "u")]
    settings = signing_in(tmp_path)
    some = Role(who=("eve",), may=("read",), applications=("shop",), environments=("production",))
    settings = settings.model_copy(update={"roles": (*settings.roles, some)})
    for who, told in (("eve", False), ("reader", True)):
        with browser(looks(status(environment="production")), settings, tmp_path, runs=runs) as view:
            sign_in(view, who)
            page = view.get("/applications/shop").text
            assert "Deliver shop" in page
            assert (said in page) is told

"""What is in a revision, as people read it: on a narrow terminal, on a wide one and piped."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from headway.cli.table import laid_out
from headway.decide.review import revision_page
from headway.decide.review.declared_tests import DeclaredTest
from headway.decide.review.revision_page import RevisionContent
from headway.formats.manifests import Key
from headway.model.release_history import HistoryEntry, HistoryImage, ServiceChart

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
BEGUN = NOW - timedelta(hours=2)
ENTRY = HistoryEntry(
    14,
    "0.1.4",
    "release",
    chart="shop",
    status="deployed",
    outcome="passed",
    by="Ada",
    why="as in\nstaging",
    started_at=BEGUN,
    ended_at=BEGUN + timedelta(seconds=41),
    tested_at=BEGUN + timedelta(seconds=41),
    committed_at=BEGUN - timedelta(minutes=1),
    chart_digest="sha256:" + "7" * 64,
    commit="c" * 40,
    source="https://git.example.com/shop.git",
    images=(
        HistoryImage("r.example/shop/cart", "main-1a2b3c4", "sha256:" + "d" * 64, "1a2b3c4", "cart", "1.0.0"),
    ),
    charts=(ServiceChart("cart", "1.0.0"),),
    run="a-run",
)
CONTENT = RevisionContent(
    (Key("apps", "Deployment", "", "cart"), Key("", "Service", "", "cart"), Key("", "Service", "", "web")),
    (DeclaredTest("cart-check", "test", "passed"), DeclaredTest("smoke", "Job", "not known")),
    ("cart",),
)
PIPED = f"""\
WHAT           SAYS
revision       14
chart          shop 0.1.4
package        sha256:{"7" * 64}
what           release
ended          tested
when           2026-11-23T10:00:00Z, 2h ago, took 41s
tested         1h ago
by             Ada
why            as in staging
run            a-run
commit         {"c" * 40}, of 2026-11-23T09:59:00Z, in https://git.example.com/shop.git
service chart  cart 1.0.0
image          r.example/shop/cart:main-1a2b3c4, digest dddddddddddd, commit 1a2b3c4, chart cart 1.0.0
objects        3: 1 Deployment, 2 Service
test           cart-check: passed
test           Job smoke: not known
values         cart
"""
NARROW = (
    PIPED.replace(f"sha256:{'7' * 64}", f"sha256:{'7' * 58}\n               {'7' * 6}")
    .replace(", of 2026-11-23T09", ", of\n               2026-11-23T09")
    .replace(" 1a2b3c4, chart", "\n               1a2b3c4, chart")
)


@pytest.mark.parametrize(("width", "golden"), [(None, PIPED), (200, PIPED), (80, NARROW)])
def test_the_page(width: int | None, golden: str) -> None:
    lines = laid_out(revision_page.rows(ENTRY, CONTENT, NOW), width)
    assert "".join(f"{line}\n" for line in lines) == golden


def test_what_passed_is_said_to_be_tested_also_where_a_later_revision_is_the_good_one() -> None:
    assert dict(revision_page.rows(replace(ENTRY, tested_at=None), None, NOW))["tested"] == "1h ago"


def test_what_nobody_knows_is_said() -> None:
    bare = HistoryEntry(0, "0.1.0", "by hand", images=(HistoryImage("busybox", "1.0"),))
    said = dict(revision_page.rows(bare, None, NOW))
    assert said["revision"] == "none: it left none, or was uninstalled"
    assert said["commit"] == "not known: Headway did not make its package"
    assert said["objects"] == "not known: Helm has forgotten this revision"
    assert (said["when"], said["by"], said["tested"]) == (
        "not known",
        "not known",
        "not known to have passed",
    )
    assert said["image"] == "busybox:1.0, commit not known"


def test_programs_read_objects_one_by_one() -> None:
    values = revision_page.values(ENTRY, CONTENT)
    assert values["objects"][0] == {"group": "apps", "kind": "Deployment", "namespace": "", "name": "cart"}
    assert revision_page.values(ENTRY, None)["objects"] is None

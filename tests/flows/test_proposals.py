"""A second writer, in this file alone: it proposes every edit on a branch of its own, as a pull request would.

Every stage copes: it says what waits, builds nothing on it, asks for it once, and goes on when somebody has merged it.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prefect import flow

from flows.stages import BEFORE_RELEASES, run_stages
from headway.clients.git import GitRepository
from headway.model.edits import Author, Edit
from headway.model.record import Rejection
from headway.model.report import StageResult
from headway.workspace.git_writer import Proposed, PushingWriter, stamped
from tests.git_remote import GitRemote
from tests.supplied_shop import SuppliedShop

AUTHOR = Author("Bot", "bot@example.com")


@dataclass
class ProposingWriter:
    """Keeps one proposal for each repository, and makes it anew where its subject or what it stands on has changed."""

    made: dict[str, tuple[Edit, str]] = field(default_factory=dict)

    def submit(self, edit: Edit, *, to: GitRepository, on: str, stage: str) -> Proposed:
        edit = stamped(edit, stage=stage, run="run-2")
        known = self.made.get(to.url)
        new = known is None or (known[0].subject, known[1]) != (edit.subject, on)
        if new:
            remote = Path(to.url.removeprefix("file://"))
            GitRemote(remote).git("branch", "-f", "proposal", on)
            branch = GitRepository(to.url, "proposal", remote.parent / "proposals")
            branch.commit(edit, on=branch.head(), author=AUTHOR)
            self.made[to.url] = (edit, on)
        return Proposed(f"{to.url} proposal", changed=new)


@flow
def look(shop: SuppliedShop, writer: ProposingWriter | PushingWriter) -> list[StageResult]:
    lines = run_stages(BEFORE_RELEASES, shop.workspace(writer))
    assert not [str(line) for line in lines if line.failed]
    return lines


def merge(shop: SuppliedShop, repository: str) -> None:
    """A person accepts the proposal."""
    shop.git(repository).git("branch", "-f", "main", "proposal")


def outcomes(lines: list[StageResult]) -> dict[str, str]:
    return {f"{line.stage} {line.subject}": line.outcome for line in lines}


@pytest.mark.story
def test_a_tag_that_is_proposed_is_published_once_it_is_merged(shop: SuppliedShop) -> None:
    writer, before = ProposingWriter(), shop.head("application")
    shop.push("cart", {"main.go": "2"})
    tag = shop.push_image("cart")
    lines = look(shop, writer)
    waits = f"proposed, waits to be merged: {shop.git('application').url} proposal"
    assert outcomes(lines)["update_application shop"] == waits
    assert shop.head("application") == before
    assert shop.offered("shop") == ["0.1.0"]

    assert not any(line.changed for line in look(shop, writer)), "a second look asks for nothing new"
    merge(shop, "application")
    look(shop, writer)
    assert tag in shop.show("values.yaml")
    assert shop.offered("shop") == ["0.1.1", "0.1.0"]


@pytest.mark.parametrize(
    ("repository", "chart", "files"),
    [
        pytest.param("cart", "cart", {"chart/values.yaml": "replicas: 2\n"}, id="of a service"),
        pytest.param("application", "shop", {"templates/text.yaml": "# Nothing.\n"}, id="of the application"),
    ],
)
@pytest.mark.story
def test_a_version_that_is_proposed_is_not_published_before_it_is_merged(
    repository: str, chart: str, files: dict[str, str | None], shop: SuppliedShop
) -> None:
    writer = ProposingWriter()
    head = shop.push(repository, files)
    lines = look(shop, writer)
    (line,) = [each for each in lines if each.subject == f"{chart} 0.1.1"]
    assert line.outcome == "not published yet"
    assert f"version 0.1.1: proposed, waits to be merged: {shop.git(repository).url} proposal" in line.why
    assert (shop.offered(chart), shop.head(repository)) == (["0.1.0"], head)

    assert not any(each.changed for each in look(shop, writer) if each.subject == f"{chart} 0.1.1")
    merge(shop, repository)
    look(shop, writer)
    assert shop.offered(chart) == ["0.1.1", "0.1.0"]


@pytest.mark.story
def test_a_withdrawal_that_is_proposed_is_carried_through_when_it_is_merged(shop: SuppliedShop) -> None:
    writer = ProposingWriter()
    shop.tested()
    shop.push("cart", {"main.go": "2"})
    tag = shop.push_image("cart")
    look(shop, PushingWriter())
    bad = shop.charts().entries("shop")[0]
    rejection = Rejection(
        chart_digest=bad.digest, version=bad.version, reason="broke", at=datetime(2026, 1, 2, tzinfo=UTC)
    )
    shop.records["testing"] = shop.records["testing"].model_copy(update={"rejections": (rejection,)})

    lines = look(shop, writer)
    assert outcomes(lines)[f"withdraw shop {bad.version}"].startswith("proposed, waits to be merged")
    assert bad.version not in shop.offered("shop")
    assert shop.records["testing"].rejections[0].propagated_to == ("repository",)
    assert not [line for line in look(shop, writer) if line.stage == "withdraw" and line.changed]

    merge(shop, "application")
    look(shop, writer)
    assert tag not in shop.show("values.yaml")
    assert tag in shop.show(".headway/quarantine.yaml")
    assert shop.records["testing"].rejections[0].propagated_to == ("repository", "git")

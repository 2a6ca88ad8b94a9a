"""`write: pull-request`, over a forge in memory: what a look proposes, and what it leaves to people."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from prefect import flow

from flows import deliver
from flows.stages import BEFORE_RELEASES, UPDATE_APPLICATION, run_stages
from headway.cli import barring as command
from headway.clients import together
from headway.clients.forge import Checks
from headway.decide.review.checkup import Verdict
from headway.decide.supply import barring
from headway.errors import Refused
from headway.model.audit import Said
from headway.model.credentials import ForgeCredentials
from headway.model.edits import Author
from headway.model.record import Rejection
from headway.model.report import StageResult
from headway.workspace import checkup
from headway.workspace.dry_run import DryRunWorkspace
from headway.workspace.git_writer import PushingWriter
from headway.workspace.proposing import PushOrPropose
from headway.workspace.workspace import Workspace
from tests.flows.declaring import declare, publish
from tests.memory_forge import URL, MemoryForge
from tests.supplied_shop import REGISTRY, SuppliedShop

BRANCH = "headway/shop"
PROTECTED = """\
#!/bin/sh
while read -r old new ref; do
  if [ "$ref" = refs/heads/main ]; then echo "Gitea: Not allowed to push to protected branch main" >&2; exit 1; fi
done
"""
WAITS = f"proposed, waits to be merged: {URL}/pulls/1"


class Proposed:
    """A shop whose branch is written by pull request."""

    def __init__(self, shop: SuppliedShop) -> None:
        self.shop, self.git = shop, shop.git()
        self.forge = MemoryForge(self.git)
        self.writer: PushingWriter | None = None
        declare(shop, "write: pull-request")

    def new_image(self, service: str = "cart", code: str = "2") -> str:
        self.shop.push(service, {"main.go": code})
        return self.shop.push_image(service)

    def workspace(self, kind: type[Workspace] = Workspace) -> Workspace:
        access = replace(self.shop.access, forge=ForgeCredentials("a-token", "https://git.example.com"))
        workspace = self.shop.workspace(self.writer, access, kind=kind)
        workspace.systems.forge = self.forge
        return workspace

    def look(self) -> dict[str, StageResult]:
        """Lines of the application alone, by stage."""
        lines = flow(run_stages, validate_parameters=False)(BEFORE_RELEASES, self.workspace())
        assert not [str(line) for line in lines if line.failed]
        return {line.stage: line for line in lines if line.subject.startswith("shop")}

    def update(self) -> tuple[str, bool]:
        line = self.look()["update_application"]
        return line.outcome, line.changed

    def proposed(self, path: str = "values.yaml") -> str:
        return self.git.git("show", f"{BRANCH}:{path}")


@pytest.fixture
def proposed(shop: SuppliedShop) -> Iterator[Proposed]:
    return Proposed(shop)


@pytest.mark.story
def test_one_pull_request_is_kept_up_to_date_until_it_is_merged(proposed: Proposed) -> None:
    shop, forge, git = proposed.shop, proposed.forge, proposed.git
    assert "propose" not in proposed.look(), "nothing to propose"
    before, first = git.head, proposed.new_image()
    assert proposed.update() == (WAITS, True)
    (seen,) = forge.open
    assert seen.title == f"Update cart to {first}"
    assert "- cart: image" in seen.text
    assert "not by Headway yet" in seen.text
    assert (git.head, first in proposed.proposed()) == (before, True)

    branch = git.ref(BRANCH)
    assert proposed.update() == (WAITS, False)
    assert (git.ref(BRANCH), forge.open) == (branch, [seen]), "the second run changes nothing"

    second = proposed.new_image(code="3")
    assert proposed.update() == (WAITS, True)
    assert first not in proposed.proposed()
    assert [each.title for each in forge.open] == [f"Update cart to {second}"]

    shop.push("application", {"README.md": "Somebody else's."})
    publish(shop)
    assert proposed.update() == (WAITS, True), "on the new head"
    assert git.git("rev-parse", f"{BRANCH}^").strip() == git.head

    offered = shop.offered("shop")
    forge.merge_by_hand()
    lines = proposed.look()
    assert second in git.read("values.yaml")
    assert len(shop.offered("shop")) == len(offered) + 1, "what is merged is published"
    assert lines["propose"].outcome.startswith("branch taken away")
    assert "propose" not in proposed.look()


def test_what_a_protected_branch_takes_no_push_of_is_proposed(proposed: Proposed) -> None:
    """`write: push`, with forge credentials."""
    shop, forge, git = proposed.shop, proposed.forge, proposed.git
    declare(shop)
    hook = git.path / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(PROTECTED)
    hook.chmod(0o755)
    before, tag = git.head, proposed.new_image()
    assert proposed.update() == (WAITS, True)
    assert (git.head, tag in proposed.proposed()) == (before, True)
    assert proposed.update() == (WAITS, False)
    assert [each.title for each in forge.open] == [f"Update cart to {tag}"], "it is not closed as done"

    forge.close(1)
    assert proposed.update()[0].startswith("not proposed again, which a person has closed")
    second = proposed.new_image(code="3")
    assert proposed.update() == (f"proposed, waits to be merged: {URL}/pulls/2", True)

    hook.unlink()
    lines = proposed.look()
    assert lines["update_application"].outcome.startswith("committed ")
    assert second in git.read("values.yaml")
    assert (lines["propose"].outcome, forge.open, git.ref(BRANCH)) == (f"closed: {URL}/pulls/2", [], "")
    assert "propose" not in proposed.look()


def test_why_neither_a_push_nor_a_proposal_was_taken(
    proposed: Proposed, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare(proposed.shop)
    hook = proposed.git.path / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(PROTECTED)
    hook.chmod(0o755)
    proposed.new_image()

    def refused(*_: object) -> object:
        raise Refused("the token may not", where=URL)

    monkeypatch.setattr(proposed.forge, "propose", refused)
    (line,) = flow(run_stages, validate_parameters=False)([UPDATE_APPLICATION], proposed.workspace())[-1:]
    assert line.failed
    assert "protected branch main" in line.why
    assert "nor can it be proposed: the token may not" in line.why


def test_a_proposal_says_of_an_image_what_its_label_says(proposed: Proposed) -> None:
    shop = proposed.shop
    declared = shop.show("headway.yaml")
    shop.push(
        "application",
        {
            "headway.yaml": declared.replace(
                f"image: {REGISTRY}/shop/cart", f"image: {REGISTRY}/shop/cart, policy: {{kind: semver}}"
            )
        },
    )
    publish(shop)
    shop.push("cart", {"main.go": "2"})
    shop.tags["cart"]["1.2.3"] = shop.head("cart")
    workspace = proposed.workspace()
    digest = workspace.systems.registry.digest(f"{REGISTRY}/shop/cart", "1.2.3")
    assert proposed.update() == (WAITS, True)
    image = f"{REGISTRY}/shop/cart:1.2.3"
    said = proposed.git.git("log", "-1", "--format=%(trailers:unfold)", BRANCH).splitlines()
    assert said[2:5] == [
        f"Headway-Image: {image}",
        f"Headway-Digest: {image} {digest}",
        f"Headway-Source-Commit: {image} {shop.head('cart')}",
    ]
    branch = proposed.git.ref(BRANCH)
    assert proposed.update() == (WAITS, False)
    assert proposed.git.ref(BRANCH) == branch


def test_tags_that_an_environment_keeps_are_proposed_with_all_else(proposed: Proposed) -> None:
    shop, own = proposed.shop, "cart: {image: {tag: ''}}\n"
    declared = shop.show("headway.yaml").replace(
        "after: testing", "after: testing, policies: {cart: {kind: semver}}"
    )
    shop.push("application", {"headway.yaml": declared, "values/staging.yaml": own})
    tag = proposed.new_image()
    shop.tags["cart"]["1.0.0"] = shop.head("cart")
    before = proposed.git.head
    for changed in (True, False):
        lines = flow(run_stages, validate_parameters=False)([UPDATE_APPLICATION], proposed.workspace())
        assert (lines[-1].outcome, lines[-1].changed) == (WAITS, changed)
    (seen,) = proposed.forge.open
    assert seen.title == f"Update cart to {tag} and cart in staging to 1.0.0"
    assert "- cart in staging: image (none) -> 1.0.0" in seen.text
    assert proposed.proposed("values/staging.yaml") == 'cart: {image: {tag: "1.0.0"}}\n'
    assert proposed.git.head == before


def test_what_is_proposed_is_not_closed_by_what_many_looks_read_before(
    proposed: Proposed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A watch that has asked for tags for another application, an event that proposes meanwhile, and then this one's turn."""
    declare(proposed.shop)
    hook = proposed.git.path / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(PROTECTED)
    hook.chmod(0o755)
    proposed.look()
    with together.together(4):
        with together.glancing():
            before = proposed.workspace()
            run_stages([UPDATE_APPLICATION], before)
        tag = proposed.new_image()
        assert proposed.update() == (WAITS, True)
        monkeypatch.setattr(deliver, "open_workspace", lambda *_, **__: proposed.workspace())
        monkeypatch.setattr(deliver, "of_delivery", lambda _: BEFORE_RELEASES)
        with together.glancing():
            deliver.delivered("shop")
    assert [each.title for each in proposed.forge.open] == [f"Update cart to {tag}"]
    assert proposed.git.ref(BRANCH)


@pytest.mark.story
def test_what_is_obsolete_is_closed(proposed: Proposed) -> None:
    tag = proposed.new_image()
    proposed.update()
    del proposed.shop.tags["cart"][tag]
    lines = proposed.look()
    assert (lines["propose"].outcome, lines["propose"].changed) == (f"closed: {URL}/pulls/1", True)
    assert (proposed.forge.open, proposed.git.ref(BRANCH)) == ([], "")
    assert "propose" not in proposed.look()
    proposed.shop.tags["cart"][tag] = proposed.shop.head("cart")
    assert proposed.update() == (f"proposed, waits to be merged: {URL}/pulls/2", True), (
        "Headway's closing is no no"
    )


@pytest.mark.story
def test_what_is_proposed_is_closed_once_it_is_pushed(proposed: Proposed) -> None:
    tag, forge = proposed.new_image(), proposed.forge
    proposed.update()
    (seen,) = forge.open
    declare(proposed.shop)
    lines = proposed.look()
    assert lines["update_application"].outcome.startswith("committed ")
    assert tag in proposed.git.read("values.yaml")
    assert (lines["propose"].outcome, lines["propose"].changed) == (f"closed: {seen.url}", True)
    assert (forge.open, proposed.git.ref(BRANCH)) == ([], "")
    assert "`write: push`" in forge.pulls[0].text
    assert "propose" not in proposed.look()


@pytest.mark.story
def test_how_edits_reach_git_is_asked_anew_where_somebody_changes_it_meanwhile(proposed: Proposed) -> None:
    workspace = proposed.workspace()
    assert workspace.application_writer == workspace.proposing
    declare(proposed.shop)
    workspace.look_again()
    assert workspace.application_writer == PushOrPropose(workspace.git_writer, workspace.proposing)
    declare(proposed.shop, "write: pull-request", "merge: when-checks-pass")
    workspace.look_again()
    assert workspace.proposing.application.merge == "when-checks-pass"


@pytest.mark.story
def test_a_pull_request_that_a_person_closed_is_a_no_to_just_that(proposed: Proposed) -> None:
    proposed.new_image()
    proposed.update()
    proposed.forge.close(1)
    said = (f"not proposed again, which a person has closed: {URL}/pulls/1", False)
    assert [proposed.update() for _ in range(2)] == [said, said]
    assert proposed.forge.open == []
    proposed.new_image(code="3")
    assert proposed.update() == (f"proposed, waits to be merged: {URL}/pulls/2", True)


@pytest.mark.story
def test_what_was_proposed_unsigned_is_signed_once_there_is_a_key(proposed: Proposed) -> None:
    proposed.new_image()
    unsigned = proposed.update()
    key = ed25519.Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    proposed.writer = PushingWriter(author=Author(signing_key=key.decode()))
    assert [proposed.update() for _ in range(2)] == [unsigned, (WAITS, False)]
    header = proposed.git.git("cat-file", "commit", BRANCH).partition("\n\n")[0]
    assert "gpgsig -----BEGIN SSH SIGNATURE-----" in header


@pytest.mark.parametrize("amended", [False, True])
@pytest.mark.story
def test_a_persons_commits_are_not_overwritten(amended: bool, proposed: Proposed) -> None:
    git = proposed.git
    proposed.new_image()
    proposed.update()
    if amended:
        message = git.git("log", "-1", "--format=%B", BRANCH)
        theirs = git.push({"values.yaml": "mine: 1\n"}, message.strip(), branch=BRANCH)
    else:
        git.git("branch", "-f", "main-before", "main")
        parent = git.ref(BRANCH)
        who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
        theirs = git.git(*who, "commit-tree", f"{parent}^{{tree}}", "-p", parent, "-m", "Mine").strip()
        git.git("update-ref", f"refs/heads/{BRANCH}", theirs)
    proposed.new_image(code="3")
    said = f"not proposed, its branch holds a person's commits: {URL}/pulls/1"
    assert [proposed.update() for _ in range(2)] == [(said, False)] * 2
    assert git.ref(BRANCH) == theirs


@pytest.mark.story
def test_policy_merges_what_has_passed_its_checks(proposed: Proposed) -> None:
    declare(proposed.shop, "write: pull-request", "merge: when-checks-pass")
    tag, forge = proposed.new_image(), proposed.forge
    at = f"{URL}/pulls/1"
    unchecked = f"proposed, is not merged, nothing has checked it yet: {at}"
    assert [proposed.update() for _ in range(2)] == [(unchecked, True), (unchecked, False)]
    for said, outcome in (
        (Checks.PENDING, "its checks are not through"),
        (Checks.FAILED, "its checks have failed"),
    ):
        forge.said = said
        assert proposed.update() == (f"proposed, is not merged, {outcome}: {at}", False)
    forge.said, forge.refuses = Checks.PASSED, "one approval is missing"
    said = f"proposed, its checks have passed, and the git host does not merge it (one approval is missing): {at}"
    assert proposed.update() == (said, False)
    assert tag not in proposed.git.read("values.yaml")

    forge.refuses = ""
    offered = len(proposed.shop.offered("shop"))
    outcome, changed = proposed.update()
    assert (outcome, changed) == (f"committed {proposed.git.head[:12]}", True)
    assert tag in proposed.git.read("values.yaml")
    assert len(proposed.shop.offered("shop")) == offered + 1, "published by the same look"
    assert not any(line.changed for line in proposed.look().values())


@pytest.mark.story
def test_of_two_edits_of_a_look_one_waits_for_the_other(proposed: Proposed) -> None:
    proposed.new_image()
    proposed.shop.push("application", {"templates/text.yaml": "# Nothing.\n"})
    lines = proposed.look()
    assert lines["update_application"].outcome == WAITS
    assert f"not proposed yet, another pull request comes first: {URL}/pulls/1" in lines["publish_charts"].why
    assert len(proposed.forge.pulls) == 1


@pytest.mark.story
def test_a_version_that_failed_is_taken_back_before_anything_new(proposed: Proposed) -> None:
    shop, forge = proposed.shop, proposed.forge
    shop.tested()
    bad_tag = proposed.new_image()
    proposed.update()
    forge.merge_by_hand()
    proposed.look()
    bad = shop.charts().entries("shop")[0]
    rejection = Rejection(
        chart_digest=bad.digest, version=bad.version, reason="broke", at=datetime(2026, 1, 2, tzinfo=UTC)
    )
    shop.records["testing"] = shop.records["testing"].model_copy(update={"rejections": (rejection,)})
    newer = proposed.new_image(code="3")
    lines = proposed.look()
    where = f"{URL}/pulls/2"
    assert lines["withdraw"].outcome == f"proposed, waits to be merged: {where}"
    assert (
        lines["update_application"].outcome == f"not proposed yet, another pull request comes first: {where}"
    )
    assert bad.version not in shop.offered("shop"), "withdrawn at once"
    assert "has failed in `testing`" in forge.open[0].text

    forge.merge_by_hand()
    lines = proposed.look()
    assert bad_tag in shop.show(".headway/quarantine.yaml")
    assert shop.records["testing"].rejections[0].propagated_to == ("repository", "git")
    assert lines["update_application"].outcome == f"proposed, waits to be merged: {URL}/pulls/3"
    forge.merge_by_hand()
    proposed.look()
    assert newer in shop.show("values.yaml")


@pytest.mark.story
def test_a_persons_decision_has_a_pull_request_of_its_own(proposed: Proposed) -> None:
    shop, forge = proposed.shop, proposed.forge
    said = Said("Ada", "loses orders", datetime(2026, 1, 1, tzinfo=UTC))
    tags = [next(iter(shop.tags[service])) for service in ("cart", "catalog")]
    references = [
        f"{REGISTRY}/shop/{name}:{tag}" for name, tag in zip(("cart", "catalog"), tags, strict=True)
    ]
    would = command.preview(proposed.workspace(), references[0], barring.bar, said)
    assert would.startswith("Nothing was changed. Would propose: Bar image ")
    for number, reference in enumerate(references, 1):
        for _ in range(2):
            done = command.commit(proposed.workspace(), reference, barring.bar, said)
            assert done.endswith(f"proposed, waits to be merged: {URL}/pulls/{number}")
    assert [each.head.partition("-")[0] for each in forge.open] == ["headway/shop.quarantine"] * 2
    first, second = forge.open
    assert tags[0] in proposed.git.git("show", f"{first.head}:.headway/quarantine.yaml")
    assert tags[1] in proposed.git.git("show", f"{second.head}:.headway/quarantine.yaml")
    assert ".headway" not in proposed.git.git("ls-tree", "--name-only", "main")


def test_a_dry_run_proposes_nothing(proposed: Proposed) -> None:
    tag = proposed.new_image()
    workspace = proposed.workspace(DryRunWorkspace)
    lines = flow(run_stages, validate_parameters=False)(BEFORE_RELEASES, workspace)
    said = [line.outcome for line in lines if line.outcome.startswith("would propose")]
    assert said == [f"would propose for main: Update cart to {tag}"]
    assert (proposed.forge.pulls, proposed.git.ref(BRANCH)) == ([], "")


def test_doctor_asks_for_what_a_pull_request_needs(proposed: Proposed) -> None:
    def said() -> list[tuple[Verdict, str, str, str]]:
        found = checkup.examine(checkup.writing(proposed.workspace()))
        return [(each.verdict, each.what, each.where, each.says[:47]) for each in found]

    url = proposed.git.url
    push = (Verdict.OK, "git push", f"{url} {BRANCH}", "a dry run is taken; rules for the branch are no")
    none = "none is open; whether the token may write, the "
    assert said() == [push, (Verdict.UNKNOWN, "pull requests", url, none)]
    assert proposed.git.ref(BRANCH) == ""
    found = checkup.examine(checkup.writing(proposed.shop.workspace()))
    assert "needs a token of the git host" in found[1].says


@pytest.mark.story
def test_a_push_that_the_host_refuses_names_the_way_on(shop: SuppliedShop) -> None:
    shop.push("cart", {"main.go": "2"})
    shop.push_image("cart")
    shop.git().protect()
    lines = flow(run_stages, validate_parameters=False)(BEFORE_RELEASES, shop.workspace())
    (failed,) = [line for line in lines if line.failed]
    assert "main is protected" in failed.why
    assert "`write: pull-request`" in failed.why


@pytest.mark.story
def test_without_a_token_the_way_on_is_named(shop: SuppliedShop) -> None:
    shop.git().replace("headway.yaml", "services:", "write: pull-request\nservices:")
    shop.push("cart", {"main.go": "2"})
    shop.push_image("cart")
    head = shop.git().head
    lines = flow(run_stages, validate_parameters=False)(BEFORE_RELEASES, shop.workspace())
    assert "needs a token of the git host" in " ".join(line.why for line in lines if line.failed)
    assert shop.git().head == head

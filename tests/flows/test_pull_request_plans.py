"""What merging a pull request would change is a comment on it: over a forge in memory and git itself; charts are as written."""

from dataclasses import replace

import pytest
from prefect import flow

from flows import plan_pull_requests
from flows.stages import PLAN_PULL_REQUESTS, run_stages
from headway.clients import sops
from headway.clients.forge import PullRequest
from headway.clients.kubernetes.cluster import Cluster
from headway.errors import BadInput, Terminal
from headway.model.credentials import ForgeCredentials
from headway.model.report import StageResult
from headway.workspace import pull_request_plans
from headway.workspace.dry_run import DryRunWorkspace
from headway.workspace.pull_request_plans import PullRequestPlans
from headway.workspace.workspace import Workspace
from tests.memory_forge import URL, MemoryForge
from tests.supplied_shop import SuppliedShop

FORGE = ForgeCredentials("a-token", "https://git.example.com")
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shop}\ndata:\n  text: TEXT\n"


class Planning:
    def __init__(self, shop: SuppliedShop) -> None:
        self.shop, self.git = shop, shop.git()
        self.forge = MemoryForge(self.git)
        self.access = replace(shop.access, forge=FORGE)

    def workspace(self, kind: type[Workspace] = Workspace) -> Workspace:
        workspace = self.shop.workspace(access=self.access, kind=kind)
        workspace.systems.forge = self.forge
        return workspace

    def proposed(self, branch: str, files: dict[str, str | bytes | None]) -> int:
        self.git.push(files, branch=branch)
        return self.forge.propose(branch, "main", "Theirs", "")[0].number

    def look(self, kind: type[Workspace] = Workspace) -> list[StageResult]:
        self.forge.requests.clear()
        return flow(run_stages, validate_parameters=False)([PLAN_PULL_REQUESTS], self.workspace(kind))

    def said(self, number: int = 1) -> str:
        self.look()
        return self.forge.comments[number, "plan shop"]


@pytest.fixture
def planning(shop: SuppliedShop) -> Planning:
    return Planning(shop)


@pytest.mark.story
def test_it_is_told_once_and_updated_in_place(planning: Planning) -> None:
    forge, before = planning.forge, planning.git.head
    planning.proposed("theirs", {"templates/text.yaml": CONFIG.replace("TEXT", "one")})
    (line,) = planning.look()
    assert (line.outcome, line.changed, line.failed) == (f"planned: {URL}/pulls/1", True, False)
    said = forge.comments[1, "plan shop"]
    assert "- `testing`, `staging`: 1 resource changed" in said
    assert "\n~ ConfigMap/shop\n" in said
    assert "\n+  text: one\n" in said

    helm = planning.shop.requests["helm"]
    assert planning.look() == []
    assert (forge.requests, planning.shop.requests["helm"]) == (["open_to"], helm), (
        "one request, nothing rendered"
    )

    planning.git.push({"templates/text.yaml": CONFIG.replace("TEXT", "two")}, branch="theirs")
    assert [line.changed for line in planning.look()] == [True]
    assert "\n+  text: two\n" in forge.comments[1, "plan shop"]
    assert len(forge.comments) == 1
    assert planning.git.head == before


@pytest.mark.story
def test_what_is_remembered_may_get_lost(planning: Planning) -> None:
    planning.proposed("theirs", {"README.md": "Nothing of the chart."})
    assert "nothing that is rendered changes" in planning.said()
    (planning.workspace().cache / "plans" / "shop.json").unlink()
    (line,) = planning.look()
    assert (line.outcome, line.changed) == (f"planned already: {URL}/pulls/1", False)


@pytest.mark.story
def test_it_is_planned_as_merged_into_what_the_branch_holds_by_now(planning: Planning) -> None:
    planning.proposed("theirs", {"templates/theirs.yaml": CONFIG.replace("name: shop", "name: theirs")})
    planning.git.push({"templates/ours.yaml": CONFIG.replace("name: shop", "name: ours")})
    said = planning.said()
    assert "1 resource added" in said
    assert "ours" not in said, "the branch has it already"
    planning.git.push({"templates/theirs.yaml": CONFIG})
    assert "It conflicts with `main`" in planning.said()


@pytest.mark.story
def test_headway_yaml_is_that_of_the_branch(planning: Planning) -> None:
    declared = (
        planning.shop.show("headway.yaml")
        .replace("testing:", "moved:")
        .replace("after: testing", "after: moved")
    )
    planning.proposed("theirs", {"headway.yaml": declared})
    said = planning.said()
    assert "- `testing`, `staging`: nothing that is rendered changes" in said
    assert "headway.yaml is changed: planned is by that of main" in said


@pytest.mark.story
def test_nothing_is_fetched_from_where_the_branch_names_nothing(
    planning: Planning, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headway.workspace.vendoring.fetch", lambda *_, **__: pytest.fail("it is fetched"))
    chart = planning.shop.show("Chart.yaml")
    more = "\n- {name: theirs, version: 1.0.0, repository: 'https://elsewhere.example.com'}\n"
    planning.proposed("theirs", {"Chart.yaml": chart + more})
    said = planning.said()
    assert "It cannot be planned" in said
    assert "theirs comes from https://elsewhere.example.com, which main does not name" in said


@pytest.mark.story
def test_neither_key_nor_cluster_is_asked(planning: Planning, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sops, "decrypt", lambda *_: pytest.fail("it is decrypted"))
    monkeypatch.setattr(Cluster, "version", lambda _: pytest.fail("the cluster is asked"))
    encrypted = "password: ENC[AES256_GCM,data:aaaa,iv:bbbb,tag:cccc,type:str]\nsops: {mac: 'ENC[x]', version: 3.10.2}\n"
    planning.proposed("theirs", {"secrets/testing.yaml": encrypted, "templates/text.yaml": CONFIG})
    said = planning.said()
    assert "secrets/testing.yaml is changed: which values, nobody is told here" in said
    assert "1 resource changed" in said
    assert planning.shop.requests["api"] == 0


@pytest.mark.story
def test_a_chart_that_does_not_hold_together_says_why(planning: Planning) -> None:
    planning.proposed("theirs", {"Chart.yaml": None})
    said = planning.said()
    assert "It cannot be planned, and would not be published" in said
    assert "Chart.yaml" in said


@pytest.mark.story
def test_a_look_plans_a_few_and_the_next_ones_the_rest(
    planning: Planning, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pull_request_plans, "A_LOOK", 1)
    numbers = [planning.proposed(f"theirs-{n}", {f"{n}.md": ""}) for n in range(2)]
    assert [line.subject for line in planning.look()] == [str(n) for n in reversed(numbers[1:])]
    assert [line.subject for line in planning.look()] == [str(numbers[0])]
    assert planning.look() == []


@pytest.mark.story
def test_what_stops_nothing(planning: Planning) -> None:
    planning.proposed("theirs", {"README.md": ""})
    planning.forge.refuses = "the token may not"
    for _ in range(2):
        (line,) = planning.look()
        assert (line.outcome, line.failed, "the token may not" in line.why) == ("not planned", False, True)
    planning.forge.refuses = ""
    assert planning.look(DryRunWorkspace) == [], "not in a dry run"
    planning.access = replace(planning.access, forge=None)
    assert planning.look() == []
    assert planning.forge.comments == {}


@pytest.mark.story
def test_a_mistake_of_ours_is_the_trouble_of_one_pull_request(
    planning: Planning, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (planning.proposed(f"theirs-{n}", {f"{n}.md": ""}) for n in range(2))
    real = PullRequestPlans.comment

    def comment(self: PullRequestPlans, pull: PullRequest) -> str:
        if pull.number == second:
            raise RecursionError
        return real(self, pull)

    monkeypatch.setattr(PullRequestPlans, "comment", comment)
    lines = planning.look()
    assert [(line.outcome.partition(":")[0], line.failed) for line in lines] == [
        ("not planned", False),
        ("planned", False),
    ]
    assert [number for number, _ in planning.forge.comments] == [first]


def test_one_that_is_not_there_or_of_a_fork(planning: Planning) -> None:
    with pytest.raises(BadInput, match="pull request 7 is not open to main, comes from a fork"):
        PullRequestPlans(planning.workspace()).find(7)


@pytest.mark.story
def test_by_its_number_and_as_a_dry_run(planning: Planning, monkeypatch: pytest.MonkeyPatch) -> None:
    planning.proposed("theirs", {"README.md": ""})
    left: dict[str, str] = {}
    monkeypatch.setattr(plan_pull_requests, "open_workspace", lambda _: planning.workspace())
    monkeypatch.setattr(
        plan_pull_requests, "create_markdown_artifact", lambda text, key, **_: left.update({key: text})
    )
    plan_pull_requests.plan_pull_requests("shop", pull_request=1, dry_run=True)
    assert [*left] == ["shop-pull-request-1-plan"]
    assert left["shop-pull-request-1-plan"].startswith("## What merging this changes")
    assert planning.forge.comments == {}
    for _ in range(2):
        plan_pull_requests.plan_pull_requests("shop", pull_request=1)
    assert planning.forge.comments == {(1, "plan shop"): left["shop-pull-request-1-plan"]}
    planning.forge.refuses = "the token may not"
    with pytest.raises(Terminal, match="the token may not"):
        plan_pull_requests.plan_pull_requests("shop", pull_request=1)

"""Policy in a repository of its own, or in a path of its own: whoever changes the application does not change its gates."""

from collections.abc import Callable, Iterator

import pytest

from blocks import Application
from flows.deliver import deliver
from flows.release import release
from headway.errors import BadInput, Terminal
from tests.fast.conftest import register
from tests.fast.memory import prefect_runs
from tests.fast.memory.helm import RunKilled
from tests.fast.shop import Shop
from tests.git_remote import GitRemote

FILE = "shop.yaml"


class Apart:
    """A shop, and the repository of its policy."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        declared = shop.git.read("headway.yaml")
        begin, tests = declared.index("environments:"), declared.index("tests:")
        policy = declared[begin:tests]
        content = "".join(f"  {name}: {{}}\n" for name in shop.environments)
        shop.git.push({"headway.yaml": f"{declared[:begin]}environments:\n{content}{declared[tests:]}"})
        self.git = GitRemote.made(shop.folder / "policy.git", {FILE: policy})
        Application(git_url=shop.git.url, policy_git_url=self.git.url, policy_path=FILE).save(
            shop.name, overwrite=True
        )

    def says(self, environment: str, line: str) -> None:
        self.git.replace(FILE, f"  {environment}:\n", f"  {environment}:\n    {line}\n")

    def goes_away(self) -> None:
        self.git.path.rename(self.git.path.with_suffix(".away"))


@pytest.fixture
def apart(delivered: Shop) -> Iterator[Apart]:
    yield Apart(delivered)
    register(delivered)


@pytest.mark.story
def test_a_gate_there_asks_and_headway_yaml_knows_nothing_of_it(apart: Apart) -> None:
    apart.says("testing", "gate: approval")
    assert apart.shop.deliver() == [("testing", "Suspended")]
    (run,) = prefect_runs.release_runs()
    prefect_runs.answer(run.id, approved=True)
    assert prefect_runs.work() == [("testing", "Released")]
    assert apart.shop.good() == ["0.1.1", "0.1.0"]


@pytest.mark.story
def test_a_freeze_there_lets_nothing_in_and_says_where_it_stands(apart: Apart) -> None:
    apart.says("testing", "frozen: true")
    assert apart.shop.deliver() == []
    assert apart.shop.history() == [(1, "deployed", "0.1.0")]
    assert f"the environment is frozen in {apart.git.url} {FILE}" in apart.shop.report()


def test_a_committer_who_writes_policy_is_told_before_anything_changes(apart: Apart) -> None:
    apart.shop.git.replace("headway.yaml", "staging: {}", "staging: {gate: automatic}")
    before = apart.shop.everything()
    said = rf"headway\.yaml:\d+: environments\.staging\.gate: it is policy, which stands in {apart.git.url} {FILE}"
    for act in (lambda: deliver("shop"), lambda: release("shop", "testing")):
        with pytest.raises(BadInput, match=said):
            act()
    assert apart.shop.everything() == before


UNREAD = [
    pytest.param(Apart.goes_away, "there is no such repository", id="git is away"),
    pytest.param(
        lambda apart: apart.git.push({FILE: None, "x": ""}),
        "policy .* is missing",
        id="the file is gone",
        marks=pytest.mark.story,
    ),
    pytest.param(
        lambda apart: apart.says("testing", "gaet: approval"),
        "gaet: unknown key",
        id="the file is wrong",
        marks=pytest.mark.story,
    ),
    pytest.param(
        lambda apart: apart.shop.git.replace("headway.yaml", "testing: {}", "testing: {gate: automatic}"),
        "gate: it is policy",
        id="headway.yaml is wrong",
        marks=pytest.mark.story,
    ),
]


@pytest.mark.parametrize(("mishap", "said"), UNREAD)
def test_a_policy_that_cannot_be_read_lets_nothing_in(
    mishap: Callable[[Apart], object], said: str, apart: Apart
) -> None:
    apart.shop.deliver_all()
    mishap(apart)
    apart.shop.change_code()
    before = apart.shop.everything()
    for act in (lambda: deliver("shop"), lambda: release("shop", "testing")):
        with pytest.raises(BadInput, match=said):
            act()
    assert apart.shop.everything() == before


@pytest.mark.story
@pytest.mark.parametrize(("mishap", "said"), UNREAD)
def test_a_release_that_failed_goes_back_all_the_same(
    mishap: Callable[[Apart], object], said: str, apart: Apart
) -> None:
    shop = apart.shop
    shop.deliver_all()
    image = shop.change_code()
    shop.cluster().kubelet.tests[image] = "says no"
    shop.cluster().kubelet.says["*"] = "no\n"
    shop.mishap("0.1.1", "the run is killed")
    with pytest.raises(RunKilled):
        shop.deliver()
    shop.cluster().away = False
    shop.time_passes("testing")
    mishap(apart)
    with pytest.raises(Terminal, match=f"look: shop: nothing new goes forward .*{said}"):
        deliver("shop")
    assert prefect_runs.work()[-1] == ("testing", "Rolled back")
    assert shop.history()[-1][1:] == ("deployed", "0.1.1")
    assert shop.tag() not in shop.git.read("values.yaml")


@pytest.mark.story
def test_a_worker_that_never_read_it_does_nothing(delivered: Shop) -> None:
    gone = f"file://{delivered.folder}/never.git"
    Application(git_url=delivered.git.url, policy_git_url=gone, policy_path=FILE).save("shop", overwrite=True)
    try:
        for act in (lambda: deliver("shop"), lambda: release("shop", "testing")):
            with pytest.raises(BadInput, match=r"never\.git.*: there is no such repository"):
                act()
    finally:
        register(delivered)

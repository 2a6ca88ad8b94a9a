"""A look at services: what is read, how often, and what a second kind of image policy, in this file alone, has to bring."""

import threading
from dataclasses import dataclass

import pytest

from headway.clients import hosts
from headway.clients.git import GitRepository
from headway.clients.git.mirror import Mirror
from headway.decide.supply import image_policies
from headway.decide.supply.image_policies import Build, ImageChoice, ImagesWanted, SeenTags
from headway.errors import BadInput, Unreachable
from headway.model.image_policy import ImagePolicy
from headway.workspace import service_look
from tests.supplied_shop import REGISTRY, SuppliedShop, counting


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> SuppliedShop:
    shop = SuppliedShop(tmp_path_factory.mktemp("shop")).begin()
    shop.keep()
    return shop


@pytest.fixture
def shop(begun: SuppliedShop) -> SuppliedShop:
    return begun.restore()


@dataclass(frozen=True)
class HighestNumber:
    """build-number: the tag with the highest number after the pattern; its commit is what it is labelled with."""

    declared: ImagePolicy

    def select(self, seen: SeenTags) -> ImageChoice | ImagesWanted:
        start = self.declared.pattern
        tags = [tag for tag in seen.tags if tag.startswith(start) and tag not in seen.quarantined]
        if set(tags) - set(seen.images):
            return ImagesWanted(tuple(tags))
        builds = tuple(Build(tag, seen.images[tag].revision) for tag in tags)
        current = next((each for each in builds if each.tag == seen.current), None)
        newest = max(builds, key=lambda each: int(each.tag.removeprefix(start)), default=None)
        return ImageChoice(None if newest == current else newest, "the highest number", builds, current)


def test_a_second_kind_of_image_policy(shop: SuppliedShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(image_policies.KINDS, "build-number", HighestNumber)
    text = shop.show("headway.yaml")
    declared = "/shop/cart, policy: {kind: build-number, pattern: v}}"
    shop.push("application", {"headway.yaml": text.replace("/shop/cart}", declared)})
    head = shop.head("cart")
    shop.tags["cart"] = {"v9": "a" * 40, "v10": head, "main-1234567": head}
    workspace = shop.workspace()
    seen = workspace.services.look("cart", workspace.source)
    assert (seen.image.build, seen.image.why) == (Build("v10", head), "the highest number")
    assert {build.tag for build in seen.image.builds} == {"v9", "v10"}


def test_a_branch_of_several_services_is_asked_for_once(
    shop: SuppliedShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = shop.show("headway.yaml")
    shop.push("application", {"headway.yaml": text.replace(shop.git("catalog").url, shop.git("cart").url)})
    tags = [shop.push_image("cart"), shop.push_image("catalog", shop.head("cart"))]
    asked: list[str] = []
    ask = Mirror._attempt_remotely

    def counted(mirror: Mirror, host: str, *arguments: str, timeout: float) -> tuple[int, bytes, str]:
        asked.append(mirror.url)
        return ask(mirror, host, *arguments, timeout=timeout)

    monkeypatch.setattr(Mirror, "_attempt_remotely", counted)
    workspace = shop.workspace()
    looks = [workspace.services.look(name, workspace.source) for name in ("cart", "catalog")]
    assert [look.image.build.tag for look in looks if look.image.build] == tags
    assert asked == [shop.git().url, shop.git("cart").url]


def test_a_service_of_the_same_branch_finds_what_was_committed_for_another(shop: SuppliedShop) -> None:
    text = shop.show("headway.yaml")
    shop.push("application", {"headway.yaml": text.replace(shop.git("catalog").url, shop.git("cart").url)})
    shop.push_image("cart")
    shop.push_image("catalog", shop.head("cart"))
    workspace = shop.workspace()
    seen = workspace.services.look("cart", workspace.source).branch
    pushed = shop.push("cart", {"chart/values.yaml": "replicas: 3\n"})
    seen.git.head()
    workspace.services.committed("cart", pushed)
    heads = {workspace.services.look(name, workspace.source).branch.head for name in ("cart", "catalog")}
    assert heads == {pushed}


def test_a_kind_that_nobody_wrote_is_bad_input(shop: SuppliedShop) -> None:
    text = shop.show("headway.yaml")
    shop.push(
        "application", {"headway.yaml": text.replace("/shop/cart}", "/shop/cart, policy: {kind: newest}}")}
    )
    shop.push_image("cart")
    workspace = shop.workspace()
    with pytest.raises(
        BadInput, match=r"headway\.yaml services\.cart\.policy\.kind: there is no image policy"
    ):
        workspace.services.look("cart", workspace.source)


def policy(shop: SuppliedShop, declared: str, *, also: str = "") -> None:
    text = shop.show("headway.yaml")
    shop.push(
        "application",
        {"headway.yaml": text.replace("/shop/cart}", f"/shop/cart, policy: {declared}{also}}}")},
    )


def look(shop: SuppliedShop) -> ImageChoice:
    workspace = shop.workspace()
    return workspace.services.look("cart", workspace.source).image


def use(shop: SuppliedShop, tag: str) -> None:
    shop.push("application", {"values.yaml": f'cart: {{image: {{tag: "{tag}"}}}}\n'})


def test_a_version_is_paired_with_its_chart_by_its_label(shop: SuppliedShop) -> None:
    policy(shop, '{kind: semver, range: "^1"}')
    first = shop.head("cart")
    newest = shop.push("cart", {"main.go": "2"})
    shop.tags["cart"] = {"1.0.0": first, "1.1.0": newest[:9], "2.0.0": newest}
    use(shop, "1.0.0")
    seen = look(shop)
    assert (seen.build, seen.current) == (Build("1.1.0", newest), Build("1.0.0", first))


def test_a_tag_that_moves_is_pinned_and_what_stands_may_be_gone_from_the_registry(shop: SuppliedShop) -> None:
    policy(shop, "{kind: digest, tag: stable}")
    shop.tags["cart"] = {"stable": shop.head("cart")}
    use(shop, f"stable@sha256:{'0' * 64}")
    seen = look(shop)
    assert seen.build
    assert seen.build.tag.startswith("stable@sha256:")
    assert (seen.build.commit, seen.current) == (shop.head("cart"), None)
    use(shop, seen.build.tag)
    assert (look(shop).build, look(shop).current) == (None, seen.build)


def test_after_a_forced_push_there_is_no_order(shop: SuppliedShop) -> None:
    lost = shop.push("cart", {"main.go": "2"})
    use(shop, shop.push_image("cart"))
    shop.git("cart").git("update-ref", "refs/heads/main", f"{lost}~1")
    shop.push("cart", {"main.go": "3"})
    shop.push_image("cart")
    seen = look(shop)
    assert seen.build is None
    assert seen.why.startswith(
        f"no order: the commit of main-{lost[:7]}, which is in use, is not known on main"
    )


def test_what_is_in_use_may_be_of_a_commit_older_than_what_is_read(
    shop: SuppliedShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(shop, shop.push_image("cart"))
    monkeypatch.setattr(service_look, "HISTORY_LIMIT", 1)
    newest = shop.push("cart", {"main.go": "2"})
    seen_tag = shop.push_image("cart")
    assert look(shop).build == Build(seen_tag, newest)


def test_a_build_of_a_push_elsewhere_in_the_repository_is_no_news(shop: SuppliedShop) -> None:
    policy(shop, "{kind: commit-order}", also=", paths: [src]")
    code = shop.push("cart", {"src/main.go": "2"})
    in_use = shop.push_image("cart", code)
    use(shop, in_use)
    shop.push("cart", {"other/main.go": "2"})
    shop.push_image("cart")
    seen = look(shop)
    assert (seen.build, seen.why) == (
        None,
        f"since {in_use} no commit with an image touched the service's folders",
    )


@pytest.mark.parametrize(
    ("dependencies", "sentence"),
    [
        pytest.param("[]", r"Chart\.yaml: no dependency has the name or alias 'cart'", id="nor a dependency"),
        pytest.param(
            '[{name: cart, version: "", repository: s3://x}]', r"there is no cart\b", id="a dependency"
        ),
    ],
)
def test_a_service_without_a_tag_in_values(dependencies: str, sentence: str, shop: SuppliedShop) -> None:
    chart = f"apiVersion: v2\nname: shop\nversion: 0.1.0\ndependencies: {dependencies}\n"
    shop.push("application", {"Chart.yaml": chart, "values.yaml": "{}\n"})
    workspace = shop.workspace()
    with pytest.raises(BadInput, match=sentence):
        workspace.services.look("cart", workspace.source)


def test_a_label_that_disagrees_with_the_tag_is_seen(shop: SuppliedShop) -> None:
    shop.push_image("cart", label="d" * 40)
    workspace = shop.workspace()
    seen = workspace.services.look("cart", workspace.source)
    assert (seen.image.build, seen.image.why) == (
        None,
        f"main-{shop.head('cart')[:7]} is labelled with commit dddddddddddd: tag and label disagree",
    )


def test_commits_of_headways_own_are_no_new_images(shop: SuppliedShop) -> None:
    old = shop.push_image("cart")
    shop.push("application", {"values.yaml": f"cart: {{image: {{tag: {old}}}}}\n"})
    shop.push(
        "cart",
        {"chart/Chart.yaml": "apiVersion: v2\nname: cart\nversion: 0.1.1\n"},
        "Raise\n\nHeadway-Stage: x",
    )
    shop.push_image("cart")
    workspace = shop.workspace()
    seen = workspace.services.look("cart", workspace.source)
    assert (seen.image.build, seen.image.why) == (
        None,
        f"since {old} there are only commits of Headway's own",
    )
    shop.push("cart", {"main.go": "2"})
    newest = shop.push_image("cart")
    workspace = shop.workspace()
    build = workspace.services.look("cart", workspace.source).image.build
    assert build
    assert build.tag == newest


def test_each_system_is_asked_once_and_again_only_for_what_we_changed(
    shop: SuppliedShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.push_image("cart")
    workspace = shop.workspace()
    counting(shop, monkeypatch)

    def asked() -> dict[str, int]:
        shop.requests.clear()
        workspace.services.look("cart", workspace.source)
        return dict(shop.requests)

    assert set(asked()) == {"git", "registry", "charts"}
    assert asked() == {}
    commit = shop.push("cart", {"chart/Chart.yaml": "apiVersion: v2\nname: cart\nversion: 0.1.1\n"})
    workspace.services.look("cart", workspace.source).branch.git.head()
    workspace.services.committed("cart", commit)
    assert asked() == {"git": 1}
    assert workspace.services.look("cart", workspace.source).branch.head == commit
    workspace.services.published("cart")
    assert asked() == {"charts": 2}, (
        "its index; and, as long as there is none, one that ChartMuseum may have left"
    )
    workspace.look_again()
    assert set(asked()) >= {"git", "registry", "charts"}


def test_a_chart_unchanged_for_longer_than_is_read_is_still_there(
    shop: SuppliedShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_look, "HISTORY_LIMIT", 2)
    chart = shop.head("cart")
    for code in "23":
        shop.push("cart", {"main.go": code})
    shop.push_image("cart")
    workspace = shop.workspace()
    branch = workspace.services.look("cart", workspace.source).branch
    assert list(branch.history.chart_commits) == [chart]
    assert branch.commits[chart].sha == chart
    assert len(branch.history.commits) == 2


def test_paths_say_which_commits_are_code(shop: SuppliedShop) -> None:
    text = shop.show("headway.yaml")
    shop.push("application", {"headway.yaml": text.replace("/shop/cart}", "/shop/cart, paths: [src]}")})
    code = shop.push("cart", {"src/main.go": "2"})
    shop.push("cart", {"other/main.go": "2"})
    shop.push_image("cart", code)
    workspace = shop.workspace()
    history = workspace.services.look("cart", workspace.source).branch.history
    assert history.code_commit(shop.head("cart")) == code


def test_more_images_of_a_service(shop: SuppliedShop) -> None:
    text = shop.show("headway.yaml")
    more = (
        f"images: {{worker: {{image: {REGISTRY}/shop/worker, policy: {{kind: semver}}, value: cart.worker}}}}"
    )
    shop.push("application", {"headway.yaml": text.replace("/shop/cart}", f"/shop/cart, {more}}}")})
    shop.push("application", {"values.yaml": 'cart: {image: {tag: ""}, worker: 1.0.0}\n'})
    first = shop.head("cart")
    own = shop.push_image("cart")
    shop.tags["worker"] = {"1.0.0": "", "1.1.0": first}
    workspace = shop.workspace()
    seen = workspace.services.look("cart", workspace.source)
    assert {key: each.build for key, each in seen.images.items()} == {
        "cart": Build(own, first),
        "cart.worker": Build("1.1.0", first),
    }
    told, tags, _ = workspace.services.explain("cart.worker", workspace.source)
    assert (told.build, tags.current) == (Build("1.1.0", first), "1.0.0")


def test_services_are_read_side_by_side_and_one_that_fails_says_so_when_it_is_looked_at(
    shop: SuppliedShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.push_image("cart")
    workspace = shop.workspace()
    services = sorted(workspace.application.services)
    all_there = threading.Barrier(len(services), timeout=20)
    head = GitRepository.head

    def together(git: GitRepository) -> str:
        if git is not workspace.git:
            all_there.wait()
        if git.url.endswith("cart.git") or git.url.endswith("cart"):
            raise Unreachable("away")
        return head(git)

    monkeypatch.setattr(GitRepository, "head", together)
    workspace.services.look_ahead(workspace.source)
    monkeypatch.setattr(GitRepository, "head", None)
    for name in services:
        if name == "cart":
            with pytest.raises(Unreachable, match="away"):
                workspace.services.look(name, workspace.source)
        else:
            assert workspace.services.look(name, workspace.source).name == name


def test_what_is_read_ahead_by_a_poll_leaves_hosts_alone(
    shop: SuppliedShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = shop.workspace()
    polls = set[bool]()
    head = GitRepository.head

    def seen(git: GitRepository) -> str:
        polls.add(hosts._polls.get())
        return head(git)

    monkeypatch.setattr(GitRepository, "head", seen)
    with hosts.polling():
        workspace.services.look_ahead(workspace.source)
    assert polls == {True}

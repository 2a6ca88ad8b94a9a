"""Whose a hint is, and when many of them are one look."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.decide.hints import concerned, gathering
from headway.decide.hints.concerned import events, git_place
from headway.decide.hints.gathering import Gathered, Patience
from headway.model.events import ChartsChanged, Event, GitPushed, ImagePushed
from headway.model.hints import HintedApplication, Named, NamedBranch, NamedCharts, NamedImage

SHOP = HintedApplication(
    images=("registry.example.com/shop", "docker.io/shop", "127.0.0.1:5000"),
    git=("https://git.example.com/shop", "git@github.com:shop/cart.git"),
    charts=("s3://shop-charts", "oci://registry.example.com/charts/shop"),
)
GIT = "https://git.example.com/shop/cart.git"


def image(repository: str) -> NamedImage:
    return NamedImage(repository, "main-0a1b2c3")


def branch(*urls: str) -> NamedBranch:
    return NamedBranch(urls, "main")


@pytest.mark.parametrize(
    ("named", "event"),
    [
        pytest.param(
            image("registry.example.com/shop/cart"),
            ImagePushed("shop", "registry.example.com/shop/cart", "main-0a1b2c3"),
            id="an image",
        ),
        pytest.param(
            image("registry.example.com/shop"),
            ImagePushed("shop", "registry.example.com/shop", "main-0a1b2c3"),
            id="the very beginning",
        ),
        pytest.param(image("registry.example.com/shopping/cart"), None, id="half a part"),
        pytest.param(image("other.example.com/shop/cart"), None, id="another registry"),
        pytest.param(
            image("shop/cart"), ImagePushed("shop", "shop/cart", "main-0a1b2c3"), id="Docker Hub by no name"
        ),
        pytest.param(
            image("index.docker.io/shop/cart"),
            ImagePushed("shop", "index.docker.io/shop/cart", "main-0a1b2c3"),
            id="Docker Hub by another name",
        ),
        pytest.param(
            image("127.0.0.1:5000/any/thing"),
            ImagePushed("shop", "127.0.0.1:5000/any/thing", "main-0a1b2c3"),
            id="a registry as a whole",
        ),
        pytest.param(image("registry.example.com/shop/../other"), None, id="no image at all"),
        pytest.param(image(""), None, id="nothing"),
        pytest.param(
            image("registry.example.com/charts/shop/cart"),
            ChartsChanged("shop", "oci://registry.example.com/charts/shop/cart"),
            id="a chart in a registry",
        ),
        pytest.param(branch(GIT), GitPushed("shop", GIT, "main"), id="a branch"),
        pytest.param(
            branch("ssh://git@git.example.com:2222/Shop/cart.git"),
            GitPushed("shop", "ssh://git@git.example.com:2222/Shop/cart.git", "main"),
            id="by ssh",
        ),
        pytest.param(
            branch("https://github.com/shop/cart"),
            GitPushed("shop", "https://github.com/shop/cart", "main"),
            id="written as scp has it",
        ),
        pytest.param(
            branch("https://else.example.com/a", GIT),
            GitPushed("shop", GIT, "main"),
            id="the second spelling",
        ),
        pytest.param(branch("https://github.com/shop/catalog"), None, id="another repository"),
        pytest.param(branch("https://[/shop"), None, id="no address"),
        pytest.param(branch(""), None, id="no url"),
        pytest.param(
            NamedCharts("s3://shop-charts/index.yaml"),
            ChartsChanged("shop", "s3://shop-charts/index.yaml"),
            id="charts",
        ),
        pytest.param(NamedCharts("s3://shop-charts-of-others/index.yaml"), None, id="another bucket"),
    ],
)
def test_whose_it_is(named: Named, event: Event | None) -> None:
    assert events([named], {"shop": SHOP}) == ((event,) if event else ())


def test_one_event_an_application_whatever_is_named() -> None:
    both = {
        "shop": SHOP,
        "other": HintedApplication(images=("registry.example.com",)),
        "nobody": HintedApplication(),
    }
    named = [branch("x"), image("registry.example.com/shop/a"), image("registry.example.com/b"), branch(GIT)]
    assert [(each.application, each.payload.get("repository")) for each in events(named, both)] == [
        ("shop", "registry.example.com/shop/a"),
        ("other", "registry.example.com/shop/a"),
    ]


def test_branches_that_nobody_looks_at_are_no_news() -> None:
    of_main = {"shop": HintedApplication(git=(GIT,), branches=("main",))}
    assert events([NamedBranch((GIT,), "feature/tea")], of_main) == ()
    assert len(events([NamedBranch((GIT,), "main")], of_main)) == 1


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://Git.example.com/Shop/Cart.git/", "git.example.com/shop/cart"),
        ("https://ada:secret@git.example.com:8443/shop/cart", "git.example.com/shop/cart"),
        ("git@git.example.com:shop/cart.git", "git.example.com/shop/cart"),
        ("git.example.com:shop/cart.git", "git.example.com/shop/cart"),
        ("git://127.0.0.1:9418/shop/cart.git", "127.0.0.1/shop/cart"),
        ("file:///srv/git/cart.git", "/srv/git/cart"),
        ("https://[::1", ""),
    ],
)
def test_places_of_repositories(url: str, place: str) -> None:
    assert git_place(url) == place


PATIENCE = Patience(quiet=1, longest=10)
HINT = ImagePushed("shop", "r/cart", "1")


def told_at(hints: list[float]) -> list[float]:
    """When looks begin, of hints for one application at these times; whoever waits wakes exactly when it is said."""
    waiting: dict[str, Gathered] = {}
    looks = []
    for now in [*sorted(hints), float("inf")]:
        while (pause := gathering.seconds_to_next(waiting, PATIENCE, 0)) is not None and pause < now:
            assert gathering.due(waiting, PATIENCE, pause)
            waiting = {}
            looks.append(pause)
        if now != float("inf"):
            waiting = gathering.with_hints(waiting, [HINT], now)
    return looks


@pytest.mark.parametrize(
    ("hints", "looks"),
    [
        pytest.param([], [], id="none"),
        pytest.param([5], [6], id="one: as soon as it is quiet"),
        pytest.param(
            [number / 1000 for number in range(1000)], [1.999], id="a thousand within a second: one look"
        ),
        pytest.param([0, 0.9, 1.8, 2.7], [3.7], id="as long as it goes on"),
        pytest.param([0, 5], [1, 6], id="one after the other"),
        pytest.param([each / 2 for each in range(41)], [10, 20.5], id="without an end: every ten seconds"),
    ],
)
def test_many_hints_are_one_look(hints: list[float], looks: list[float]) -> None:
    assert told_at(hints) == looks


@given(st.lists(st.floats(0, 60), max_size=60))
def test_after_each_hint_there_is_a_look_and_not_more_often_than_it_is_quiet(hints: list[float]) -> None:
    looks = told_at(hints)
    assert all(any(hint <= look <= hint + PATIENCE.longest for look in looks) for hint in hints)
    assert all(later - earlier >= PATIENCE.quiet for earlier, later in pairwise(looks))
    assert len(looks) <= len(hints)


def test_the_first_hint_stands_for_all_and_applications_wait_for_themselves() -> None:
    waiting = gathering.with_hints({}, [HINT, GitPushed("other", "u", "b")], 1)
    waiting = gathering.with_hints(waiting, [GitPushed("shop", "u", "b")], 1.5)
    assert gathering.due(waiting, PATIENCE, 2) == (GitPushed("other", "u", "b"),)
    assert gathering.due(waiting, PATIENCE, 2.5) == (HINT, GitPushed("other", "u", "b"))


def test_how_the_things_of_an_application_begin_is_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {
        f"once-{number}": HintedApplication((f"r{number}.example.com/once",), charts=("oci://r/once",))
        for number in range(3)
    }
    worked_out: list[str] = []
    place = concerned.images_place

    def counted(beginning: str) -> str:
        worked_out.append(beginning)
        return place(beginning)

    monkeypatch.setattr(concerned, "images_place", counted)
    for _ in range(2):
        named = [image(f"elsewhere.example.com/{number}") for number in range(100)]
        assert events([*named, image("r1.example.com/once/cart")], known) == (
            ImagePushed("once-1", "r1.example.com/once/cart", "main-0a1b2c3"),
        )
    assert len(worked_out) == 6

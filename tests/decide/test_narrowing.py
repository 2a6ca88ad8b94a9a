"""Which new inputs come in together after a set of them was rejected: a table, and worlds in which anything may be guilty."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import ceil, log2

import pytest

from headway.decide.supply import narrowing
from headway.decide.supply.narrowing import Offer, Set, Update
from headway.model.quarantine import Input

CONTENT = Input("content", "shop", "sha256:c1")


def image(name: str) -> Input:
    """ "b2" is the image of service b with tag 2."""
    return Input("image", name[0], name[1:])


def inputs(names: str) -> Set:
    return frozenset(map(image, names.split()))


def update(name: str) -> Update:
    return Update((name[0],), inputs(name))


def offered(
    new: str, rejected: Sequence[str] = (), in_use: str = "a0 b0 c0 d0 e0", **options: object
) -> Offer:
    return narrowing.offer(
        [update(each) for each in new.split()],
        in_use=inputs(in_use),
        rejected=[inputs(each) for each in rejected],
        **options,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("new", "rejected", "in_use", "expected"),
    [
        pytest.param("a1 b1 c1 d1", [], "a0 b0 c0 d0", "a b c d", id="nothing was rejected: all at once"),
        pytest.param("a1 b1 c1 d1", ["a1 b1 c1 d1"], "a0 b0 c0 d0", "a b", id="a set of four: its first half"),
        pytest.param("c1 d1", ["a1 b1 c1 d1"], "a1 b1 c0 d0", "c", id="the half passed: half of the rest"),
        pytest.param("d1", ["a1 b1 c1 d1"], "a1 b1 c1 d0", "", id="what is left with all others in use waits"),
        pytest.param(
            "a1 b1 c1 d1", ["a1 b1 c1 d1", "a1 b1"], "a0 b0 c0 d0", "c d", id="a half failed: it explains the set"
        ),
        pytest.param("a1 b1", ["a1 b1"], "a0 b0 c1 d1", "a", id="then a half of that"),
        pytest.param("b1", ["a1 b1 c1 d1", "a1 b1", "a1"], "a0 b0 c1 d1", "b", id="one stands alone: the rest"),
        pytest.param("a1 b1 c1", ["a1 b1 c1"], "a0 b0 c0", "a b", id="of three, two"),
        pytest.param("b1", ["a1 b1"], "a1 b0", "", id="a pair of which one runs stays a pair"),
        pytest.param("b1", ["a1 b1"], "a2 b0", "b", id="until something newer of the other runs"),
        pytest.param("a2 b1", ["a1 b1"], "a1 b0", "a", id="which comes in before, by itself"),
        pytest.param("b2", ["a1 b1"], "a1 b0", "b", id="or until something newer of itself comes"),
        pytest.param("a1 b1 e1", ["a1 b1"], "a0 b0 e0", "e", id="new in the middle: it does not wait"),
        pytest.param("a2 b1 c1", ["a1 b1 c1"], "a0 b0 c0", "a", id="nor what takes the place of one of the set"),
        pytest.param("b1 c1", ["a1 b1 c1"], "a2 b0 c0", "b", id="the rest of a set that is no more is halved too"),
        pytest.param("c1", ["a1 b1"], "a1 b1 c0", "c", id="a set that a person put in use stands in nobody's way"),
        pytest.param("a1 b1 c1 d1", ["a1 b1", "c1 d1"], "a0 b0 c0 d0", "a", id="two sets: one after the other"),
        pytest.param("a1 b1 c1", ["a1 b1", "b1 c1"], "a0 b0 c0", "a", id="two sets that share one"),
        pytest.param("a1 c1", ["a1 b1 c1"], "a0 b0 c0", "a", id="one that a person barred or pinned is left out"),
    ],
)  # fmt: skip
def test_which_come_in(new: str, rejected: list[str], in_use: str, expected: str) -> None:
    assert sorted(offered(new, rejected, in_use).services) == expected.split()


SHARED = image("x1")
"""Of the services a and c."""


@pytest.mark.parametrize(
    ("together", "rejected", "expected"),
    [
        pytest.param((), "x1 b1", "a c", id="what they share is half of a set"),
        pytest.param((), "b1 d1", "a c", id="what they share is new"),
        pytest.param([("c", "b")], "x1 b1 d1", "a b c", id="a declared group makes one more of it"),
        pytest.param([("b", "c")], "x1 b1", "", id="and then it is the whole set"),
    ],
)
def test_services_that_share_an_input_are_one(
    together: list[tuple[str, str]], rejected: str, expected: str
) -> None:
    new = [Update(("a",), frozenset({SHARED})), update("b1"), Update(("c",), frozenset({SHARED}))]
    found = narrowing.offer(new, in_use=inputs("x0 b0"), rejected=[inputs(rejected)], together=together)
    assert [name for each in found.updates for name in each.services] == expected.split()


@pytest.mark.parametrize(
    ("new", "rejected", "in_use", "waiting"),
    [
        pytest.param(
            "a1 b1", ["a1 b1"], "a0 b0", {"b": "waits for the result of a"}, id="the other half"
        ),
        pytest.param(
            "b1", ["a1 b1"], "a1 b0",
            {"b": "rejected together with a 1, in use now; it waits for something newer"}, id="what is left",
        ),
        pytest.param(
            "a1 e1", ["a1 b1"], "a0 b0 e0",
            {"a": "was in a version that failed; what was not comes in first"}, id="after what never failed",
        ),
    ],
)  # fmt: skip
def test_why_the_others_wait(new: str, rejected: list[str], in_use: str, waiting: dict[str, str]) -> None:
    assert offered(new, rejected, in_use).waiting == waiting


@pytest.mark.parametrize(
    ("new", "rejected", "note"),
    [
        pytest.param("a1 b1 c1 d1", [], "", id="nothing is narrowed"),
        pytest.param(
            "a1 b1 c1 d1", ["a1 b1 c1 d1"], "2 of 4 new inputs, the others wait for the result of this", id="half"
        ),
        pytest.param("a1", ["a1 b1"], "", id="alone"),
        pytest.param(
            "a1 b1 e1", ["a1 b1"], "1 new input that never failed, the others wait", id="what never failed"
        ),
        pytest.param(
            "a1 b1 d1 e1", ["a1 b1"], "2 new inputs that never failed, the others wait", id="two that never failed"
        ),
    ],
)  # fmt: skip
def test_what_the_commit_says(new: str, rejected: list[str], note: str) -> None:
    assert offered(new, rejected).note == note


def test_code_and_chart_of_a_service_and_services_declared_together_are_never_split() -> None:
    both = Update(("a",), inputs("a1") | {Input("chart", "a", "0.1.1")})
    rejected = [both.inputs]
    alone = narrowing.offer([both], in_use=inputs("a0"), rejected=rejected)
    assert (alone.updates, alone.standing) == ((), ())
    assert alone.waiting == {"a": "rejected: a 0.1.1, a 1; it waits for something newer"}
    found = offered("a1 b1 c1", ["a1 b1 c1"], together=[("a", "c")])
    assert found.updates == (Update(("a", "c"), inputs("a1 c1")),)
    assert offered("a1 b1 c1", ["a1 b1 c1", "a1 c1"], together=[("a", "c")]).services == {"b"}
    assert offered("a1 c1", ["a1 c1"], together=[("a", "c")]).waiting.keys() == {"a", "c"}


def test_while_nobody_knows_whether_what_is_in_use_is_good_no_suspect_comes_in_on_top() -> None:
    found = offered("c1 d1", ["a1 b1 c1 d1"], "a1 b1 c0 d0", undecided="0.1.3")
    assert found.narrows is True
    assert (found.updates, set(found.waiting.values())) == ((), {"waits for the result of 0.1.3"})
    found = offered("c1 d1 e1", ["a1 b1 c1 d1"], "a1 b1 c0 d0 e0", undecided="0.1.3")
    assert found.services == {"e"}, "what never failed is not held up"


def test_what_is_left_of_a_set_whose_others_are_in_use_stands() -> None:
    found = offered("b1 d1", ["a1 b1", "c1 d1"], "a1 b0 c0 d0")
    assert found.standing == ((update("b1"), inputs("a1 b1")),)
    assert (found.services, found.narrows) == ({"d"}, True)
    assert offered("a1 b1", ["a1"]).narrows is False, "what failed alone is not narrowed any more"


WAITS = "it waits for something newer"


def test_where_a_person_approves_no_versions_are_made_to_find_the_guilty() -> None:
    found = offered("a1 b1", ["a1 b1"], whole=WAITS)
    assert (found.updates, found.narrows) == ((), False)
    assert set(found.waiting.values()) == {"rejected as a set: a 1, b 1; it waits for something newer"}
    assert offered("a1 b1 c1", ["a1 b1"], whole=WAITS).services == {"c"}
    assert offered("a1 b1", ["a1 b1 c1"], in_use="a0 b0 c2", whole=WAITS).services == {"a", "b"}


def test_an_application_s_own_content_is_part_of_a_set() -> None:
    rejected = [inputs("a1") | {CONTENT}]
    others = [Input("content", "shop", "sha256:c2")]
    for content, expected in (([CONTENT], set()), (others, {"a"})):
        found = narrowing.offer([update("a1")], in_use=[*inputs("a0"), *content], rejected=rejected)
        assert found.services == expected


@dataclass
class World:
    """Versions fail where they hold a guilty set; a failed one goes back, and what it brought is rejected as a set."""

    guilty: list[Set]
    newest: dict[str, int]
    """Of each service; 0 is in use at the beginning."""
    together: list[str] = field(default_factory=list)
    in_use: dict[str, int] = field(default_factory=dict)
    rejected: list[Set] = field(default_factory=list)
    versions: int = 0

    def __post_init__(self) -> None:
        self.in_use = self.in_use or dict.fromkeys(self.newest, 0)

    def holds(self, versions: dict[str, int]) -> Set:
        return frozenset(image(f"{name}{at}") for name, at in versions.items())

    def candidates(self) -> list[Update]:
        """The newest of each service that is not barred alone."""
        found = []
        for name, newest in self.newest.items():
            free = [
                at
                for at in range(newest, self.in_use[name], -1)
                if inputs(f"{name}{at}") not in self.rejected
            ]
            found += [update(f"{name}{free[0]}")] if free else []
        return found

    def look(self) -> bool:
        """Whether anything came in."""
        candidates = self.candidates()
        found = narrowing.offer(
            candidates, in_use=self.holds(self.in_use), rejected=self.rejected, together=self.together
        )
        if not found.updates:
            return False
        for group in self.together:
            new = {each.services[0] for each in candidates} & set(group)
            assert found.services & new in (set(), new), "a group was split"
        new = frozenset[Input]().union(*(each.inputs for each in found.updates))
        version = self.in_use | {each.name: int(each.version) for each in new}
        assert not any(each <= self.holds(version) for each in self.rejected), "a rejected set came in again"
        self.versions += 1
        if any(each <= self.holds(version) for each in self.guilty):
            self.rejected = narrowing.minimal([*self.rejected, new])
        else:
            self.in_use = version
        return True

    def goes_on(self, at_most: int) -> None:
        while self.look():
            assert self.versions <= at_most, f"{self.versions} versions"


def bound(services: int, guilty: int) -> int:
    return 1 + guilty * 2 * (1 + ceil(log2(services)))


SERVICES = "abcdefghij"


@pytest.mark.parametrize("number", range(1, 9))
def test_one_guilty_of_several_is_found_wherever_it_is(number: int) -> None:
    for name in SERVICES[:number]:
        world = World([inputs(f"{name}1")], dict.fromkeys(SERVICES[:number], 1))
        world.goes_on(bound(number, 1))
        assert world.in_use == {each: int(each != name) for each in SERVICES[:number]}
        world.newest[name] = 2
        world.goes_on(world.versions + 1)
        assert world.in_use[name] == 2, "what mends it comes in at once"


@pytest.mark.parametrize("number", range(2, 9))
def test_of_two_that_fail_only_together_one_comes_in_and_the_other_after_something_newer(number: int) -> None:
    for one, other in combinations(SERVICES[:number], 2):
        world = World([inputs(f"{one}1 {other}1")], dict.fromkeys(SERVICES[:number], 1))
        world.goes_on(bound(number, 2))
        assert sorted([world.in_use[one], world.in_use[other]]) == [0, 1]
        assert all(at == 1 for name, at in world.in_use.items() if name not in (one, other))
        late = one if world.in_use[other] else other
        if inputs(f"{late}1") not in world.rejected:
            world.newest |= {name: 2 for name in world.newest if name != late}
            world.goes_on(world.versions + 2)
            assert world.in_use == {name: 1 if name == late else 2 for name in world.newest}


@pytest.mark.parametrize("seed", range(60))
def test_any_world_comes_to_rest_with_the_innocent_in_and_the_guilty_out(seed: int) -> None:
    dice = random.Random(seed)
    services = SERVICES[: dice.randint(1, 10)]
    together = ["".join(dice.sample(services, 2))] if len(services) > 3 and dice.random() < 0.5 else []
    guilty = [
        frozenset(
            image(f"{name}1") for name in dice.sample(services, min(dice.choice([1, 1, 2]), len(services)))
        )
        for _ in range(dice.randint(0, 3))
    ]
    world = World(guilty, dict.fromkeys(services, 1), together)
    world.goes_on(bound(len(services), 2 * len(guilty)))
    bad = {each.name for found in guilty for each in found}
    bad |= {name for group in together for name in group if bad & set(group)}
    assert all(world.in_use[name] == 1 for name in services if name not in bad)
    assert not any(found <= world.holds(world.in_use) for found in guilty)
    before = (world.in_use, world.rejected)
    assert not world.look()
    assert (world.in_use, world.rejected) == before


@pytest.mark.parametrize("seed", range(60))
def test_what_arrives_in_the_middle_comes_in_too(seed: int) -> None:
    dice = random.Random(seed)
    services = SERVICES[: dice.randint(2, 8)]
    guilty = [inputs(f"{name}{dice.randint(1, 2)}") for name in dice.sample(services, 2)]
    world = World(guilty, dict.fromkeys(services, 1))
    for _ in range(12):
        if dice.random() < 0.3:
            world.newest[dice.choice(services)] += 1
        world.look()
    world.goes_on(world.versions + bound(len(services), 4))
    for name, newest in world.newest.items():
        assert inputs(f"{name}{newest}") in guilty or world.in_use[name] == newest

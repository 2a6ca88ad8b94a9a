"""Which image each kind of policy chooses, why, and where it says that there is no order."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.decide.review import image_table
from headway.decide.supply import image_policies
from headway.decide.supply.image_policies import (
    Build,
    CommitsWanted,
    ImageChoice,
    ImagesWanted,
    SeenTags,
)
from headway.decide.supply.pins import Pin
from headway.model.image_policy import ImagePolicy
from headway.model.images import Image

NEW, MID, OLD = "c" * 40, "b" * 40, "a" * 40
BRANCH = [NEW, MID, OLD]
REPOSITORY = "r.example.com/cart"
SEMVER = {"kind": "semver", "range": ">=1 <2"}
CALVER = {"kind": "calver", "format": "YYYY.0M.MICRO"}
NUMBERS = {"kind": "regex", "match": "build-([0-9]+)", "order": "numeric"}
LETTERS = {"kind": "regex", "match": "[a-z]+", "order": "alphabetical"}
DATES = {"kind": "regex", "match": "main-(.+)", "order": "date"}
NEWEST = {"kind": "newest-build"}
BY_LABEL = {"kind": "newest-build", "label": "build.number"}
STABLE = {"kind": "digest", "tag": "stable"}
EXACT = {"kind": "exact", "tag": "1.0.0"}
COMMITS = {"kind": "commit-order"}


def selected(
    policy: Mapping[str, Any], seen: SeenTags, images: Mapping[str, Image] | None = None
) -> tuple[ImageChoice, SeenTags]:
    """The choice, with a registry that has `images`, and one without labels for every other tag; and what was seen for it."""
    asked = image_policies.of(ImagePolicy(**policy), "cart")
    while not isinstance(answer := asked.select(seen), ImageChoice):
        match answer:
            case ImagesWanted(tags):
                assert not set(tags) & set(seen.images), "asked twice"
                found = {each: (images or {}).get(each) or image(each) for each in tags}
                seen = replace(seen, images={**seen.images, **found})
            case CommitsWanted(short_shas):
                seen = replace(seen, older=dict.fromkeys(short_shas, False))
    return answer, seen


def select(
    policy: Mapping[str, Any], seen: SeenTags, images: Mapping[str, Image] | None = None
) -> ImageChoice:
    return selected(policy, seen, images)[0]


def image(tag: str, *, digest: str = "", revision: str = "", created: str = "", number: str = "") -> Image:
    labels = {"build.number": number} if number else {}
    return Image(REPOSITORY, tag, digest or f"sha256:{tag}", revision, created, labels)


@pytest.mark.parametrize(
    ("policy", "tags", "current", "expected", "why"),
    [
        pytest.param(
            SEMVER,
            "1.2.0 1.10.0 1.9.3",
            "1.2.0",
            "1.10.0",
            "1.10.0 is the highest version that '>=1 <2' admits",
            id="semver: numbers, not letters",
        ),
        pytest.param(
            SEMVER, "1.0.0 2.0.0 latest", "", "1.0.0", "1.0.0 is the highest", id="semver: out of range"
        ),
        pytest.param(
            SEMVER, "1.0.0 1.1.0-rc.1", "", "1.0.0", "1.0.0 is", id="semver: no pre-release by itself"
        ),
        pytest.param(
            {"kind": "semver", "range": ">=1.0.0-0"},
            "1.0.0 1.1.0-rc.1 1.1.0-rc.2",
            "1.0.0",
            "1.1.0-rc.2",
            "1.1.0-rc.2 is",
            id="semver: a range that names one",
        ),
        pytest.param(SEMVER, "v1.0.0 v1.1.0", "v1.0.0", "v1.1.0", "v1.1.0 is", id="semver: with a v"),
        pytest.param(
            SEMVER,
            "1.2 1",
            "",
            None,
            "of 2 tags none may be chosen: 1: it is no semantic version",
            id="semver: not whole",
        ),
        pytest.param(
            SEMVER,
            "1.9.0 2.0.0",
            "2.0.0",
            None,
            "1.9.0 is the highest version that '>=1 <2' admits, but older than 2.0.0, which is in use",
            id="semver: never back into a range",
        ),
        pytest.param(
            SEMVER, "1.0.0", "main-1234567", "1.0.0", "1.0.0 is", id="semver: from another kind of tag"
        ),
        pytest.param(
            SEMVER,
            "v1.1.0 1.1.0 1.0.0",
            "1.0.0",
            None,
            "no order: nobody can say which of 1.1.0, v1.1.0 is newest; none is chosen",
            id="semver: two images of one version",
        ),
        pytest.param(
            SEMVER, "v1.1.0 1.1.0", "1.1.0", None, "1.1.0 is the highest", id="semver: in use is one of two"
        ),
        pytest.param(
            {"kind": "semver", "match": "(.+)-debian"},
            "1.0.0-debian 1.1.0-debian 2.0.0-alpine",
            "1.0.0-debian",
            "1.1.0-debian",
            "1.1.0-debian is",
            id="semver: a part of the tag",
        ),
        pytest.param(
            CALVER,
            "2026.04.2 2026.04.10 2025.12.99",
            "2026.04.2",
            "2026.04.10",
            "2026.04.10 is the latest version of YYYY.0M.MICRO",
            id="calver",
        ),
        pytest.param(
            CALVER,
            "2026.13.1 2026.4.1 2026.04.0",
            "",
            "2026.04.0",
            "2026.04.0 is",
            id="calver: no such month",
        ),
        pytest.param(
            {"kind": "calver", "format": "YYYY0M0D"},
            "20260228 20260229",
            "",
            "20260228",
            "20260228 is",
            id="calver: no such day",
        ),
        pytest.param(
            {"kind": "calver", "format": "DD.MM.YYYY"},
            "31.1.2020 1.2.2026",
            "31.1.2020",
            "1.2.2026",
            "1.2.2026 is the latest",
            id="calver: the day first",
        ),
        pytest.param(
            {"kind": "calver", "format": "YY.MM"},
            "9.12 10.1",
            "",
            "10.1",
            "10.1 is",
            id="calver: short years",
        ),
        pytest.param(
            NUMBERS,
            "build-9 build-10 build-x 11",
            "build-9",
            "build-10",
            "build-10 has the highest number",
            id="regex: numbers",
        ),
        pytest.param(
            NUMBERS,
            "build-007 build-7 build-6",
            "build-6",
            None,
            "no order: nobody can say",
            id="regex: equal numbers",
        ),
        pytest.param(
            LETTERS, "apple pear Zebra", "apple", "pear", "pear is the last by letters", id="regex: letters"
        ),
        pytest.param(
            DATES,
            "main-20260115 main-2026-02-01",
            "",
            "main-2026-02-01",
            "main-2026-02-01 has the latest time",
            id="regex: times in two spellings",
        ),
        pytest.param(
            DATES,
            "main-20260115T1011 main-20260115T1012",
            "",
            "main-20260115T1012",
            "main-20260115T1012 has",
            id="regex: to the minute",
        ),
        pytest.param(
            DATES,
            "main-20260115T1011 main-20260115",
            "",
            None,
            "no order: nobody can say which of main-20260115, main-20260115T1011 is newest",
            id="regex: a day, and a time on it",
        ),
        pytest.param(
            DATES,
            "main-20260115T1011 main-20260115",
            "main-20260115",
            None,
            "main-20260115 has the latest time",
            id="regex: in use is that day",
        ),
        pytest.param(
            DATES,
            "main-20261301 main-20260115",
            "",
            "main-20260115",
            "main-20260115 has",
            id="regex: no such month",
        ),
        pytest.param(
            STABLE, "stable latest", "", "stable@sha256:stable", "stable names sha256:stable now", id="digest"
        ),
        pytest.param(
            STABLE, "stable", "stable@sha256:stable", None, "stable names it still", id="digest: unmoved"
        ),
        pytest.param(
            STABLE, "stable", "stable@sha256:0", "stable@sha256:stable", "stable names", id="digest: moved"
        ),
        pytest.param(STABLE, "latest", "stable@sha256:0", None, "there is no tag stable", id="digest: gone"),
        pytest.param(
            EXACT,
            "1.0.0 2.0.0",
            "2.0.0",
            "1.0.0",
            "1.0.0 is the one that headway.yaml names",
            id="exact: back",
        ),
        pytest.param(EXACT, "1.0.0 2.0.0", "1.0.0", None, "1.0.0 is the one", id="exact: there already"),
        pytest.param(EXACT, "2.0.0", "2.0.0", None, "there is no tag 1.0.0", id="exact: gone"),
    ],
)
def test_choice(policy: Mapping[str, Any], tags: str, current: str, expected: str | None, why: str) -> None:
    choice = select(policy, SeenTags(tags.split(), current, BRANCH))
    assert (choice.build.tag if choice.build else None) == expected
    assert choice.why.startswith(why)


@pytest.mark.parametrize(
    ("policy", "images", "current", "expected", "why"),
    [
        pytest.param(NEWEST, {"x": "2026-01-02T00:00:00Z", "y": "2026-01-01T23:00:00-05:00"}, "x", "y", "y was built last",
                     id="by time, whatever its zone"),
        pytest.param(NEWEST, {"x": "2026-01-02T00:00:00Z", "y": "2026-01-02T00:00:00Z"}, "", None, "no order: nobody can say",
                     id="equal times"),
        pytest.param(NEWEST, {"x": "1970-01-01T00:00:00Z", "y": ""}, "", None,
                     "of 2 tags none may be chosen: x: its image does not say when it was built", id="times that say nothing"),
        pytest.param(NEWEST, {"x": "2026-01-02T00:00:00Z", "y": ""}, "y", None,
                     "no order: y, which is in use: its image does not say when it was built", id="in use says nothing"),
        pytest.param(NEWEST, {"x": "2026-01-02T00:00:00Z"}, "gone", None,
                     "no order: gone, which is in use: its image is not in the registry", id="in use is gone"),
        pytest.param({**NEWEST, "match": "[a-z]"}, {"x": "2026-01-02T00:00:00Z"}, "gone", "x", "x was built last",
                     id="in use never matched"),
    ],
)  # fmt: skip
def test_newest_build_by_creation(
    policy: Mapping[str, Any], images: Mapping[str, str], current: str, expected: str | None, why: str
) -> None:
    found = {tag: image(tag, created=created) for tag, created in images.items()}
    choice = select(policy, SeenTags([*images], current, BRANCH), found)
    assert (choice.build.tag if choice.build else None) == expected
    assert choice.why.startswith(why)


@pytest.mark.parametrize(
    ("numbers", "expected", "why"),
    [
        pytest.param({"x": "9", "y": "10"}, "y", "y has the highest build.number", id="numbers"),
        pytest.param({"x": "9", "y": ""}, "x", "x has", id="one without"),
        pytest.param(
            {"x": "9", "y": "2026-01-02T00:00:00Z"},
            None,
            "no order: label build.number holds numbers",
            id="mixed",
        ),
    ],
)
def test_newest_build_by_label(numbers: Mapping[str, str], expected: str | None, why: str) -> None:
    found = {tag: image(tag, number=number) for tag, number in numbers.items()}
    choice = select(BY_LABEL, SeenTags([*numbers], "", BRANCH), found)
    assert (choice.build.tag if choice.build else None) == expected
    assert choice.why.startswith(why)


def test_newest_build_reads_no_more_images_than_it_may() -> None:
    asked = image_policies.of(ImagePolicy(kind="newest-build"), "cart")
    answer = asked.select(SeenTags([f"b{number}" for number in range(10_000)], "", BRANCH))
    assert isinstance(answer, ImageChoice)
    assert answer.why == "no order: 10000 tags match any name, and the images of 200 are read; narrow `match`"


def test_two_tags_of_one_image_are_no_conflict() -> None:
    same = {tag: image(tag, digest="sha256:1") for tag in ("1.1.0", "v1.1.0")}
    assert select(SEMVER, SeenTags(["v1.1.0", "1.1.0"], "1.0.0", BRANCH), same).build == Build("1.1.0", "")


@pytest.mark.parametrize(
    ("label", "commit"),
    [
        pytest.param(NEW, NEW, id="whole"),
        pytest.param(NEW[:7], NEW, id="short"),
        pytest.param("d" * 40, "", id="elsewhere"),
        pytest.param("", "", id="none"),
        pytest.param("1234567", "", id="two begin so"),
        pytest.param("main", "", id="no commit"),
    ],
)
def test_a_label_says_which_code_an_image_holds(label: str, commit: str) -> None:
    branch = [*BRANCH, "1234567" + "a" * 33, "1234567" + "b" * 33]
    images = {"1.1.0": image("1.1.0", revision=label), "1.0.0": image("1.0.0", revision=OLD)}
    choice = select(SEMVER, SeenTags(["1.1.0", "1.0.0"], "1.0.0", branch), images)
    assert (choice.build, choice.current) == (Build("1.1.0", commit), Build("1.0.0", OLD))
    assert set(choice.builds) == {choice.build, choice.current}


@pytest.mark.parametrize(
    "policy", [SEMVER, {**NEWEST, "match": "1.*"}, STABLE], ids=["semver", "newest-build", "digest"]
)
def test_builds_of_headways_own_commits_are_no_news(policy: Mapping[str, Any]) -> None:
    old, new = ("stable@sha256:old", "stable@sha256:new") if policy is STABLE else ("1.0.0", "1.1.0")
    tags = ["stable"] if policy is STABLE else [old, new]
    images = {
        old: image(old, revision=OLD, created="2026-01-01T00:00:00Z"),
        new: image(new, revision=NEW, created="2026-01-02T00:00:00Z"),
        "stable": image("stable", digest="sha256:new"),
    }
    choice = select(policy, SeenTags(tags, old, BRANCH, own={NEW, MID}), images)
    assert (choice.build, choice.why) == (
        None,
        f"between {old} and {new} there are only commits of Headway's own",
    )
    assert select(policy, SeenTags(tags, old, BRANCH, own={NEW}), images).build == Build(new, NEW)


@pytest.mark.parametrize(
    ("policy", "left", "chosen"),
    [
        pytest.param(SEMVER, "1.1.0", False, id="semver: what they left is the newest"),
        pytest.param(SEMVER, "1.0.5", True, id="semver: something newer has come"),
        pytest.param({**EXACT, "tag": "1.1.0"}, "1.1.0", True, id="exact: headway.yaml says so"),
    ],
)
def test_what_a_person_wrote_stays(policy: Mapping[str, Any], left: str, chosen: bool) -> None:
    seen = SeenTags(["1.0.0", "1.0.5", "1.1.0"], "1.0.0", BRANCH, pin=Pin("f" * 40, (left,)))
    choice = select(policy, seen)
    assert (choice.build is not None) is chosen
    assert chosen or choice.why.startswith("1.0.0 was written by a person in fffffff in place of 1.1.0")


def test_what_a_person_put_in_place_of_a_digest_stays_until_the_tag_moves() -> None:
    seen = SeenTags(["stable"], "stable@sha256:0", BRANCH, pin=Pin("f" * 40, ("stable@sha256:stable",)))
    assert select(STABLE, seen).build is None
    assert select(STABLE, seen, {"stable": image("stable", digest="sha256:9")}).build


@pytest.mark.parametrize(
    ("policy", "tags", "barred", "expected"),
    [
        pytest.param(SEMVER, ["1.0.0", "1.1.0"], "1.1.0", "1.0.0", id="semver"),
        pytest.param(EXACT, ["1.0.0"], "1.0.0", None, id="exact"),
        pytest.param(STABLE, ["stable"], "stable@sha256:stable", None, id="digest"),
        pytest.param(NUMBERS, ["build-1"], "build-1", None, id="all of them"),
    ],
)
def test_what_is_under_quarantine_is_never_chosen(
    policy: Mapping[str, Any], tags: Sequence[str], barred: str, expected: str | None
) -> None:
    choice = select(policy, SeenTags(tags, "", BRANCH, quarantined={barred}))
    assert (choice.build.tag if choice.build else None) == expected


@pytest.mark.parametrize(
    ("current", "why"),
    [
        ("1.0.0", "1.0.0, which headway.yaml names, is under quarantine; 1.0.0, which is in use, stays"),
        ("2.0.0", "1.0.0, which headway.yaml names, is under quarantine; 2.0.0, which is in use, stays"),
        ("", "1.0.0, which headway.yaml names, is under quarantine"),
    ],
)
def test_the_one_tag_that_may_be_is_under_quarantine(current: str, why: str) -> None:
    seen = SeenTags(["1.0.0", "2.0.0"], current, BRANCH, quarantined={"1.0.0"})
    assert select(EXACT, seen).why == why


@pytest.mark.parametrize(
    ("revision", "said"),
    [
        pytest.param("", "; no label of it names a commit", id="no label"),
        pytest.param(
            "d" * 40,
            "; its label names dddddddddddd, which is not known on the service's branch",
            id="another",
        ),
        pytest.param(NEW, "", id="of the branch"),
    ],
)
def test_an_image_whose_commit_nobody_knows_is_not_chosen_without_a_word(revision: str, said: str) -> None:
    seen = SeenTags(["1.0.0", "1.1.0"], "1.0.0", BRANCH)
    choice = select(SEMVER, seen, {"1.1.0": image("1.1.0", revision=revision)})
    assert choice.why == f"1.1.0 is the highest version that '>=1 <2' admits{said}"


def test_what_is_in_use_and_under_quarantine_gives_way_to_what_is_older() -> None:
    seen = SeenTags(["1.0.0", "1.1.0"], "1.1.0", BRANCH, quarantined={"1.1.0"})
    assert select(SEMVER, seen).build == Build("1.0.0", "")


@pytest.mark.parametrize(
    ("policy", "tags", "rows"),
    [
        pytest.param(
            SEMVER, "1.0.0 1.1.0 2.0.0 latest 1.2.0",
            ["1.2.0 newer, but not moved to", "1.1.0 in use", "1.0.0 older", "2.0.0 left out: '>=1 <2' does not admit it",
             "latest left out: it is no semantic version"],
            id="semver",
        ),
        pytest.param(STABLE, "stable 1.1.0", ["stable chosen", "1.1.0 in use, but the policy follows stable alone"], id="digest"),
        pytest.param(EXACT, "1.1.0 1.0.0", ["1.0.0 chosen", "1.1.0 in use, but headway.yaml names 1.0.0 alone"], id="exact"),
        pytest.param(NUMBERS, "build-1 build-x 1.1.0",
                     ["build-1 chosen", "1.1.0 in use, but it does not match build-([0-9]+)",
                      "build-x left out: it does not match build-([0-9]+)"], id="regex"),
    ],
)  # fmt: skip
def test_each_tag_has_the_rule_that_left_it_out(
    policy: Mapping[str, Any], tags: str, rows: list[str]
) -> None:
    pin = Pin("f" * 40, ("1.2.0",)) if policy is SEMVER else None
    choice, seen = selected(policy, SeenTags(tags.split(), "1.1.0", BRANCH, pin=pin))
    rulings = image_policies.of(ImagePolicy(**policy), "cart").rulings(seen)
    assert [f"{tag} {said}" for tag, _, said in image_table.rows(choice, seen, rulings)[1:]] == rows


def test_ten_thousand_tags_are_told_by_rule() -> None:
    tags = [*(f"pr-{number}" for number in range(9_000)), *(f"1.{number}.0" for number in range(1_000))]
    choice, seen = selected(SEMVER, SeenTags(tags, "1.998.0", BRANCH))
    rulings = image_policies.of(ImagePolicy(**SEMVER), "cart").rulings(seen)
    rows = image_table.rows(choice, seen, rulings)
    assert rows[1:3] == [("1.999.0", "-", "chosen"), ("1.998.0", "-", "in use")]
    assert [each[2] for each in rows[-3:]] == [
        "9000 more left out: it is no semantic version",
        "958 more older",
        "-o json shows all",
    ]
    assert len(image_table.values(choice, seen, rulings)["tags"]) == 10_000


FOLDERS = ["e" * 40, "d" * 40, NEW, MID, OLD]


@pytest.mark.parametrize(
    ("builds", "current", "barred", "expected", "why"),
    [
        pytest.param("ed", "c", "", None, "since main-ccccccc no commit with an image touched", id="outside of its folders"),
        pytest.param("edcb", "a", "", "b", "main-bbbbbbb is the newest", id="the first build that holds the newest of it"),
        pytest.param("e", "a", "", "e", "main-eeeeeee is the newest", id="only a later one is there"),
        pytest.param(
            "edc", "a", "b", None, "there is nothing but 3 matching tags under quarantine", id="the same as what is barred"),
    ],
)  # fmt: skip
def test_commits_outside_of_a_services_folders_are_no_builds_of_it(
    builds: str, current: str, barred: str, expected: str | None, why: str
) -> None:
    """b touched the service, what came after it did not."""
    content = {sha * 40: MID for sha in "edcb"} | {OLD: OLD}
    tags = [f"main-{each * 7}" for each in builds]
    seen = SeenTags(
        [*tags, *([f"main-{current * 7}"] if not barred else [])],
        f"main-{current * 7}",
        FOLDERS,
        quarantined={f"main-{barred * 7}"} if barred else (),
        content=content,
    )
    choice = select(COMMITS, seen)
    assert (choice.build.commit[:1] if choice.build else None) == expected
    assert choice.why.startswith(why)


def test_what_is_in_use_may_be_older_than_what_is_read_of_the_branch() -> None:
    seen = SeenTags(["main-ccccccc"], "main-eeeeeee", BRANCH)
    policy = image_policies.of(ImagePolicy(), "cart")
    assert policy.select(seen) == CommitsWanted(("eeeeeee",))
    older = replace(seen, older={"eeeeeee": True}, images={"main-ccccccc": image("main-ccccccc")})
    answer = policy.select(older)
    assert isinstance(answer, ImageChoice)
    assert answer.build == Build("main-ccccccc", NEW)


KINDS = st.sampled_from([SEMVER, CALVER, NUMBERS, LETTERS, DATES, NEWEST, BY_LABEL, STABLE, COMMITS])
TAGS = st.lists(
    st.one_of(
        st.builds("{}{}.{}.{}".format, st.sampled_from(["", "v"]), *[st.integers(0, 3)] * 3),
        st.builds("2026.{:02}.{}".format, st.integers(0, 13), st.integers(0, 2)),
        st.builds("build-{}".format, st.integers(0, 12)),
        st.builds("build-0{}".format, st.integers(0, 3)),
        st.builds("main-202601{:02}{}".format, st.integers(1, 3), st.sampled_from(["", "T1011", "T101112"])),
        st.sampled_from(["apple", "pear", "stable", *(f"main-{sha[:7]}" for sha in BRANCH), "main-0000000"]),
    ),
    unique=True,
    max_size=12,
)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[SeenTags, dict[str, Image]]:
    tags = draw(TAGS)
    current = draw(st.sampled_from(["", *tags])) or draw(st.sampled_from(["", "1.2.3", "build-5"]))
    times = st.sampled_from(["", *(f"2026-01-0{day}T00:00:00Z" for day in (1, 2, 3))])
    labels = st.sampled_from(["", *BRANCH, NEW[:7]])
    images = {
        tag: image(
            tag,
            revision=draw(labels),
            created=draw(times),
            number=draw(st.sampled_from(["", "1", "2", "10"])),
        )
        for tag in sorted({*tags, current})
    }
    own = draw(st.frozensets(st.sampled_from(BRANCH)))
    barred = draw(st.frozensets(st.sampled_from(tags))) if tags else frozenset()
    return SeenTags(tags, current, BRANCH, own=own, quarantined=barred - {current}), images


@given(KINDS, worlds(), st.randoms(use_true_random=False))
def test_any_shuffle_of_tags_ends_in_the_same_choice(
    policy: Mapping[str, Any], world: tuple[SeenTags, dict[str, Image]], order: random.Random
) -> None:
    seen, images = world
    shuffled = order.sample(list(seen.tags), len(seen.tags))
    one, other = (selected(policy, replace(seen, tags=tags), images) for tags in (seen.tags, shuffled))
    assert (one[0].build, one[0].why, set(one[0].builds)) == (
        other[0].build,
        other[0].why,
        set(other[0].builds),
    )
    asked = image_policies.of(ImagePolicy(**policy), "cart")
    assert asked.rulings(one[1]) == asked.rulings(other[1])


@given(KINDS.filter(lambda policy: policy is not STABLE), worlds())
def test_a_choice_is_never_older_than_what_stands(
    policy: Mapping[str, Any], world: tuple[SeenTags, dict[str, Image]]
) -> None:
    """What is chosen is chosen again with what stood before among the tags, and the other way round it stays."""
    seen, images = world
    choice = select(policy, seen, images)
    if choice.build is None:
        return
    assert choice.build.tag in seen.tags
    assert choice.build.tag not in seen.quarantined
    images.setdefault(choice.build.tag, image(choice.build.tag))
    back = select(policy, replace(seen, tags=[*seen.tags], current=choice.build.tag), images)
    assert back.build is None
    alone = replace(seen, tags=[seen.current], current=choice.build.tag)
    assert select(policy, alone, images).build is None

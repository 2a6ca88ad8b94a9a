from dataclasses import replace

import pytest

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
from headway.errors import BadInput
from headway.model.image_policy import ImagePolicy
from headway.model.images import Image

NEW, MID, OLD = "c" * 40, "b" * 40, "a" * 40
BRANCH = [NEW, MID, OLD]
TWINS = ["1234567" + "a" * 33, "1234567" + "b" * 33]
DEFAULT = ImagePolicy()


def tag(sha: str) -> str:
    return f"main-{sha[:7]}"


def image(tag: str, label: str = "") -> Image:
    return Image("r.example.com/cart", tag, "sha256:1", label)


def select(seen: SeenTags, declared: ImagePolicy = DEFAULT) -> ImageChoice:
    """The choice where no image has a label."""
    answer = image_policies.of(declared, "cart").select(seen)
    if isinstance(answer, CommitsWanted):
        seen = replace(seen, older=dict.fromkeys(answer.short_shas, False) | dict(seen.older))
        answer = image_policies.of(declared, "cart").select(seen)
    if isinstance(answer, ImagesWanted):
        seen = replace(seen, images={each: image(each) for each in answer.tags} | dict(seen.images))
        answer = image_policies.of(declared, "cart").select(seen)
    assert isinstance(answer, ImageChoice)
    return answer


@pytest.mark.parametrize(
    ("seen", "commit"),
    [
        pytest.param("main-ccccccc", NEW, id="short SHA"),
        pytest.param("main-" + NEW, NEW, id="whole SHA"),
        pytest.param("main-ddddddd", None, id="commit not on the branch"),
        pytest.param("main-bbbbbbb1", None, id="differs late"),
        pytest.param("main-1234567", None, id="two commits begin so"),
        pytest.param("main-1234567b", TWINS[1], id="one of them begins so"),
        pytest.param("latest", None, id="no commit at all"),
        pytest.param("dev-ccccccc", None, id="another branch"),
        pytest.param("main-cccccc", None, id="six digits"),
    ],
)
def test_a_tag_names_a_commit_of_the_branch(seen: str, commit: str | None) -> None:
    choice = select(SeenTags([seen], "", [*BRANCH, *TWINS]))
    assert choice.builds == (() if commit is None else (Build(seen, commit),))


@pytest.mark.parametrize(
    ("branch", "tag", "also"),
    [
        pytest.param("release/1.x", "release-1.x", "", id="a slash"),
        pytest.param("release/1.x", "release_1.x", "", id="Codefresh's slash"),
        pytest.param("release/1.x", "release-1-x", "", id="GitLab's slug"),
        pytest.param("release/1.x", "", "release-1yx", id="a dot is a dot"),
        pytest.param("fix#12", "fix-12", "fix12", id="what no tag holds"),
        pytest.param("Fix#12 ä", "Fix-12---", "Fix-12", id="letters of two bytes, in the locale C"),
        pytest.param("Fix#12 ä", "fix-12", "", id="their slug"),
        pytest.param(".hidden", "_hidden", ".hidden", id="what begins no tag"),
        pytest.param("x" * 300, "x" * 120, "x" * 119, id="cut"),
        pytest.param("x" * 300, "x" * 63, "x" * 64, id="cut by GitLab"),
        pytest.param("Main", "Main", "MAIN", id="capitals"),
        pytest.param("a{sha}", "a-sha-", "a", id="braces are letters"),
        pytest.param("a{branch}", "a-branch-", "a", id="also those of the branch"),
        pytest.param("{sha}", "-sha-", "ccccccc", id="at its beginning"),
    ],
)
def test_a_branch_is_found_as_builds_write_it(branch: str, tag: str, also: str) -> None:
    seen = SeenTags([f"{each}-ccccccc" for each in (tag, also) if each], "", BRANCH)
    builds = select(seen, ImagePolicy(branch=branch)).builds
    assert [each.tag for each in builds] == ([f"{tag}-ccccccc"] if tag else [])


@pytest.mark.parametrize(
    ("found", "current", "quarantined", "expected", "why"),
    [
        pytest.param(
            [OLD, NEW, MID], OLD, (), NEW, "main-ccccccc is the newest commit", id="newest commit wins"
        ),
        pytest.param(
            [OLD, MID],
            MID,
            (),
            None,
            "main-bbbbbbb is the newest commit",
            id="a rebuilt old commit never wins",
        ),
        pytest.param([OLD, NEW], "", (), NEW, "main-ccccccc is the newest commit", id="first choice"),
        pytest.param(
            [NEW, MID],
            OLD,
            (NEW,),
            MID,
            "main-bbbbbbb is the newest commit with an image that may be chosen",
            id="quarantine is skipped",
        ),
        pytest.param(
            [NEW, MID],
            MID,
            (NEW,),
            None,
            "main-bbbbbbb is the newest commit with an image that may be chosen",
            id="what is newer than what stays is under quarantine",
        ),
        pytest.param(
            [NEW, OLD],
            NEW,
            (OLD,),
            None,
            "main-ccccccc is the newest commit with an image",
            id="an older one is",
        ),
        pytest.param(
            [OLD, NEW, MID],
            NEW,
            (NEW,),
            MID,
            "main-bbbbbbb is the newest commit",
            id="what is in use is under quarantine, so an older one is chosen",
        ),
        pytest.param(
            [NEW], OLD, (NEW,), None, "there is nothing but 1 matching tag under quarantine", id="all barred"
        ),
        pytest.param([], OLD, (), None, "no tag matches {branch}-{sha} of branch main", id="no tag matches"),
        pytest.param(
            [MID],
            "e" * 40,
            (),
            None,
            "no order: the commit of main-eeeeeee, which is in use, is not known on main",
            id="current is not on the branch any more",
        ),
    ],
)
def test_by_commit_graph(
    found: list[str], current: str, quarantined: tuple[str, ...], expected: str | None, why: str
) -> None:
    seen = SeenTags(
        [*map(tag, found)],
        tag(current) if current else "",
        BRANCH,
        quarantined=frozenset(map(tag, quarantined)),
    )
    choice = select(seen)
    assert choice.build == (Build(tag(expected), expected) if expected else None)
    assert choice.why.startswith(why)
    assert not {each.tag for each in choice.builds} & seen.quarantined


@pytest.mark.parametrize(
    ("own", "expected", "why"),
    [
        pytest.param([], NEW, "main-ccccccc is the newest commit with an image", id="people's"),
        pytest.param(
            [NEW, MID], None, "since main-aaaaaaa there are only commits of Headway's own", id="own"
        ),
        pytest.param([NEW], NEW, "main-ccccccc is the newest", id="a person's before ours"),
        pytest.param([MID], NEW, "main-ccccccc is the newest", id="a person's after ours"),
    ],
)
def test_commits_of_headways_own_are_no_news(own: list[str], expected: str | None, why: str) -> None:
    choice = select(SeenTags([tag(OLD), tag(NEW)], tag(OLD), BRANCH, own=frozenset(own)))
    assert (choice.build.commit if choice.build else None) == expected
    assert choice.why.startswith(why)


def test_the_first_image_may_be_of_our_own_commit() -> None:
    assert select(SeenTags([tag(NEW)], "", BRANCH, own=frozenset(BRANCH))).build == Build(tag(NEW), NEW)


@pytest.mark.parametrize(
    ("label", "chosen", "why"),
    [
        pytest.param(NEW, True, "main-ccccccc is the newest commit with an image", id="the same commit"),
        pytest.param("", True, "main-ccccccc is the newest commit with an image", id="no label"),
        pytest.param(NEW[:7], True, "main-ccccccc is the newest commit with an image", id="a short label"),
        pytest.param(
            NEW[:6],
            False,
            "main-ccccccc is labelled with commit cccccc: tag and label disagree",
            id="too short a label",
        ),
        pytest.param(
            "ccccccd",
            False,
            "main-ccccccc is labelled with commit ccccccd: tag and label disagree",
            id="a short label of another commit",
        ),
        pytest.param(
            "d" * 40,
            False,
            "main-ccccccc is labelled with commit dddddddddddd: tag and label disagree",
            id="another commit",
        ),
    ],
)
def test_a_label_that_names_another_commit_is_not_believed(label: str, chosen: bool, why: str) -> None:
    seen = SeenTags([tag(OLD), tag(NEW)], tag(OLD), BRANCH, images={tag(NEW): image(tag(NEW), label)})
    choice = select(seen)
    assert (choice.build is not None, choice.why) == (chosen, why)
    assert choice.current == Build(tag(OLD), OLD)
    assert [*choice.left_out] == ([] if chosen else [tag(NEW)])


@pytest.mark.parametrize(
    ("current", "said"), [("", "not chosen"), (tag(OLD), "in use")], ids=["the first image", "a newer one"]
)
def test_who_asks_why_reads_at_the_tag_that_its_label_disagrees(current: str, said: str) -> None:
    seen = SeenTags([tag(OLD), tag(NEW)], current, BRANCH, images={tag(NEW): image(tag(NEW), "d" * 40)})
    choice, rulings = select(seen), image_policies.of(DEFAULT, "cart").rulings(seen)
    assert [each[2] for each in image_table.rows(choice, seen, rulings)[1:]] == [
        "left out: its label names another commit, dddddddddddd",
        said,
    ]


@pytest.mark.parametrize(
    ("tags", "current", "is_open"),
    [
        pytest.param([], "", True, id="there is no image yet"),
        pytest.param(["other-ccccccc"], "", True, id="none matches"),
        pytest.param(["main-eeeeeee"], "", True, id="none is of the branch"),
        pytest.param([tag(NEW)], tag(NEW), False, id="the newest is in use"),
        pytest.param(["other-ccccccc"], tag(NEW), False, id="what is in use stays"),
    ],
)
def test_somebody_has_to_act_where_nothing_is_in_use(tags: list[str], current: str, is_open: bool) -> None:
    assert select(SeenTags(tags, current, BRANCH)).is_open == is_open


def test_only_the_label_of_what_would_be_chosen_is_asked_for() -> None:
    policy = image_policies.of(ImagePolicy(), "cart")
    assert policy.select(SeenTags([*map(tag, BRANCH)], tag(OLD), BRANCH)) == ImagesWanted((tag(NEW),))
    assert isinstance(policy.select(SeenTags([*map(tag, BRANCH)], tag(NEW), BRANCH)), ImageChoice)


def test_images_without_a_commit_of_the_branch_are_reported_never_guessed() -> None:
    alone = select(SeenTags(["main-ddddddd"], tag(OLD), BRANCH))
    assert (alone.build, alone.why) == (None, "no order: no tag's commit is known on main")
    among = select(SeenTags(["main-ddddddd", tag(NEW)], tag(OLD), BRANCH))
    assert among.build == Build(tag(NEW), NEW)
    assert among.why.endswith("; left out: 1 tag whose commit is not known on main")


def test_another_tag_of_the_same_commit_is_not_newer() -> None:
    assert select(SeenTags(["main-ccccccc", "main-cccccccc"], "main-ccccccc", BRANCH)).build is None


def test_of_two_tags_of_one_commit_always_the_same_is_chosen() -> None:
    tags = ["main-ccccccc", "main-cccccccc", tag(OLD)]
    assert select(SeenTags(tags, "", BRANCH)).build == select(SeenTags(tags[::-1], "", BRANCH)).build


@pytest.mark.parametrize(
    ("kind", "meant"),
    [
        pytest.param("newest", "", id="like none"),
        pytest.param("semvar", "; did you mean semver?", id="nearly"),
    ],
)
def test_a_kind_that_there_is_not_is_bad_input(kind: str, meant: str) -> None:
    with pytest.raises(BadInput) as refused:
        image_policies.of(ImagePolicy(kind=kind), "cart policy")
    known = "Known: calver, commit-order, digest, exact, newest-build, regex, semver."
    assert str(refused.value).startswith(f"cart policy: there is no image policy {kind!r}{meant}")
    assert str(refused.value).endswith(known)


@pytest.mark.parametrize(
    ("left", "chosen"),
    [
        pytest.param(tag(NEW), False, id="the newest"),
        pytest.param(tag(MID), True, id="an older one"),
        pytest.param("by-hand", True, id="one without a place in the order"),
    ],
)
def test_what_a_person_wrote_stays_until_something_newer_than_they_left(left: str, chosen: bool) -> None:
    seen = SeenTags(
        [tag(OLD), tag(NEW)], tag(OLD), BRANCH, images={tag(NEW): image(tag(NEW))}, pin=Pin("f" * 40, (left,))
    )
    choice = image_policies.of(DEFAULT, "cart").select(seen)
    assert isinstance(choice, ImageChoice)
    assert (choice.build is not None) is chosen
    assert chosen or choice.why == (
        "main-aaaaaaa was written by a person in fffffff in place of main-ccccccc; "
        "it stays until something newer than that appears"
    )


def test_each_tag_has_the_rule_that_left_it_out() -> None:
    seen = SeenTags(
        ["latest", tag(OLD), "main-ddddddd", tag(NEW), tag(MID)], tag(OLD), BRANCH, quarantined={tag(NEW)}
    )
    rulings = image_policies.of(DEFAULT, "cart").rulings(seen)
    assert [(each.tag, each.dropped_by) for each in rulings] == [
        (tag(MID), ""),
        (tag(OLD), ""),
        (tag(NEW), "it is under quarantine"),
        ("latest", "it does not match {branch}-{sha} of branch main"),
        ("main-ddddddd", "its commit is not known on main, or several begin so"),
    ]
    choice = select(seen)
    assert image_table.rows(choice, seen, rulings)[1:4] == [
        (tag(MID), MID[:12], "chosen"),
        (tag(OLD), OLD[:12], "in use"),
        (tag(NEW), NEW[:12], "left out: it is under quarantine"),
    ]
    assert image_table.values(choice, seen, rulings)["chosen"] == tag(MID)


def test_of_thousands_of_tags_people_read_the_first() -> None:
    many = [f"other-{number:04}" for number in range(1000)]
    seen = SeenTags([*many, tag(NEW)], tag(NEW), BRANCH)
    rulings = image_policies.of(DEFAULT, "cart").rulings(seen)
    rows = image_table.rows(select(seen), seen, rulings)
    assert rows[1] == (tag(NEW), NEW[:12], "in use")
    assert len(rows) == image_table.MOST + 4
    assert rows[-2:] == [
        ("...", "", "960 more left out: it does not match {branch}-{sha} of branch main"),
        ("...", "", "-o json shows all"),
    ]

"""The set of inputs that is rejected with a version, and which other packages hold it: they would fail as well."""

from collections.abc import Collection, Iterable, Iterator

from headway.decide.release import advice
from headway.model.record import Attempt, Good, Rejection, ReleaseRecord

IMAGE = "image"
CONTENT = "content"
"""The kind stands first, as headway.model.quarantine.Input.recorded writes it."""


def of_attempt(attempt: Attempt, last_good: Good | None) -> tuple[str, ...]:
    """What differs from last good; of the images only those of the workload that failed, where one of these is new.

    Empty where nothing was good, so that a first version that fails speaks of nothing but itself.
    """
    if last_good is None or not last_good.inputs:
        return ()
    new = [each for each in attempt.inputs if not _holds(last_good.inputs, (each,))]
    accused = [each for each in new if _is_of(each, attempt.implicated)]
    return tuple(each for each in new if not accused or each in accused or not _is_image(each))


def held(inputs: Iterable[str], record: ReleaseRecord | None) -> str:
    """Why a package with these inputs is not due in the record's environment: the version that was rejected there with some
    of them; empty where none was.

    A set does not count where something that holds it was good there.
    """
    return _held(inputs, record, _standing(record), "here") if record else ""


def held_upstream(
    inputs: Iterable[str], here: ReleaseRecord | None, upstream: Iterable[ReleaseRecord | None]
) -> str:
    """The same of what was rejected in an environment before this one, where this one holds inputs that were not tested there,
    its own tags."""
    brought = tuple(inputs)
    whys = (
        _held(brought, each, _standing_upstream(each, here), f"in {each.environment}")
        for each in upstream
        if each
    )
    return next(filter(None, whys), "")


def sets(here: ReleaseRecord | None, upstream: Iterable[ReleaseRecord | None] = ()) -> list[tuple[str, ...]]:
    """What failed together here, or in an environment before this one, and was not good since."""
    above = (found for each in upstream if each for found in _standing_upstream(each, here))
    return [each.inputs for each in (*(_standing(here) if here else ()), *above)]


def _held(inputs: Iterable[str], record: ReleaseRecord, standing: Iterable[Rejection], where: str) -> str:
    brought = frozenset(inputs)
    for rejection in standing:
        if _holds(brought, rejection.inputs):
            what = f"it holds {in_words(rejection.inputs)}, with which {rejection.version} failed {where}"
            return (
                what
                if rejection.was_withdrawn
                else f"{what} ({advice.lift(record, rejection.version)} lets it in)"
            )
    return ""


def _standing(record: ReleaseRecord) -> Iterator[Rejection]:
    for rejection in record.rejections:
        passed = any(_holds({*good.inputs}, rejection.inputs) for good in record.good)
        if rejection.inputs and not passed:
            yield rejection


def _standing_upstream(record: ReleaseRecord, here: ReleaseRecord | None) -> Iterator[Rejection]:
    """Of what was withdrawn where it was born the quarantine in git speaks; what was good here stays."""
    for rejection in _standing(record):
        passed = any(_holds({*good.inputs}, rejection.inputs) for good in (here.good if here else ()))
        if not rejection.was_withdrawn and not passed:
            yield rejection


def _holds(brought: Collection[str], inputs: Iterable[str]) -> bool:
    return all(each in brought or any(_may_be(each, other) for other in brought) for each in inputs)


def _may_be(one: str, other: str) -> bool:
    """The same image, as far as it was recorded: where no registry told a digest, its tag decides."""
    if not (_is_image(one) and _is_image(other)):
        return False
    (tag, _, digest), (other_tag, _, other_digest) = one.partition("@"), other.partition("@")
    return tag == other_tag and not (digest and other_digest)


def _is_image(recorded: str) -> bool:
    return recorded.startswith(f"{IMAGE} ")


def _is_of(recorded: str, images: Iterable[str]) -> bool:
    """Images are `<repository>:<tag>`, by their digest or without, and recorded with it where that is known."""
    named = (image.partition("@")[0].rpartition(":") for image in images)
    return recorded.partition("@")[0] in {f"{IMAGE} {repository} {tag}" for repository, _, tag in named}


def in_words(inputs: Iterable[str]) -> str:
    """Names and versions, without digests."""
    return ", ".join(sorted(map(_input_in_words, inputs)))


def _input_in_words(recorded: str) -> str:
    kind, _, rest = recorded.partition(" ")
    return f"the content of {rest.partition(' ')[0]}" if kind == CONTENT else rest.partition("@")[0]

"""What came with a revision, for those who wonder why it was made where nobody had to say: images, charts, files of its package.

Names and versions alone: of values it says which file they stand in, and of none what it says.
"""

from collections.abc import Iterable, Mapping

from headway.model.release_history import HistoryEntry

SHOWN = 3
Files = Mapping[str, str]
"""Path in the package, and a digest of what it holds."""


def in_words(entry: HistoryEntry, before: HistoryEntry, files: Files, files_before: Files) -> str:
    """`before`: what ran before it. `files` of each: empty where Helm has forgotten them. Empty where nothing known differs."""
    # What the record alone tells of is not all that a package holds.
    whole = entry.in_helm and before.in_helm
    images = _new(
        {each.repository: each.tag or each.digest for each in entry.images},
        {each.repository: each.tag or each.digest for each in before.images},
        also_added=whole,
    )
    charts = _new(
        {each.name: each.version for each in entry.charts},
        {each.name: each.version for each in before.charts},
        also_added=whole,
    )
    found = [f"{repository.rpartition('/')[2]}:{tag}" for repository, tag in images]
    found += [f"chart {name} {version}" for name, version in charts]
    # Tags stand in the shared values: these differ with every image.
    found += [f"{path} changed" for path in _changed(files, files_before) if not (images and path == VALUES)]
    if len(found) > SHOWN:
        found = [*found[:SHOWN], f"{len(found) - SHOWN} more"]
    return ", ".join(found)


VALUES = "values.yaml"


def _new(now: Mapping[str, str], before: Mapping[str, str], *, also_added: bool) -> list[tuple[str, str]]:
    """What is there in another version than before."""
    return [
        (name, version)
        for name, version in now.items()
        if version != before.get(name) and (name in before or also_added)
    ]


def _changed(now: Files, before: Files) -> Iterable[str]:
    """Also what is gone."""
    if not (now and before):
        return ()
    return sorted(path for path in {*now, *before} if now.get(path) != before.get(path))

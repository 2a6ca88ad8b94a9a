"""Tags in a service's own chart: each new image is one commit to the service's repository, with the chart's next version.

Whoever builds every push builds that commit too. Such a build is no news: it holds the same code as the image that is written
there. So where nobody can tell which code an image holds, none is written: it could go round for ever.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from headway.decide.supply import taken_up
from headway.decide.supply.image_policies import ImageChoice
from headway.decide.supply.service_history import ServiceHistory
from headway.formats import chart_version, chart_yaml, image_values, yaml_scalar
from headway.model.edits import Edit, TakenUp
from headway.model.image_policy import EXACT
from headway.model.service_images import DeclaredImage

NOTHING_KNOWN: Mapping[str, TakenUp] = {}


@dataclass(frozen=True, slots=True)
class ChartTexts:
    """Of the service's chart at the head of its branch, and where they stand in the repository."""

    values: str
    chart: str
    folder: str

    def path(self, name: str) -> str:
        return path(self.folder, name)


def values_path(folder: str) -> str:
    return path(folder, "values.yaml")


def path(folder: str, name: str) -> str:
    return name if folder in ("", ".") else f"{folder.rstrip('/')}/{name}"


def safe(choice: ImageChoice, image: DeclaredImage) -> ImageChoice:
    """The choice, without a build whose code nobody knows: what builds our commit would make another one of the kind, for
    ever."""
    if choice.build is None or choice.build.commit or image.policy.kind == EXACT:
        return choice
    why = (
        f"{choice.build.tag} names no commit of the branch, by tag or label: written into the service's own chart it could go "
        "round for ever with what builds it; label images with org.opencontainers.image.revision"
    )
    clause = "no commit of the branch is known of it"
    return replace(choice, build=None, why=why, left_out={choice.build.tag: clause})


def edit(
    texts: ChartTexts,
    chosen: Sequence[tuple[DeclaredImage, str]],
    *,
    seen: Collection[str],
    raises: bool,
    known: Mapping[str, TakenUp] = NOTHING_KNOWN,
) -> Edit:
    """Tags, and the chart's next version where the one it bears was `seen` (published, or barred) and Headway `raises` it.

    `known`: of images, by <repository>:<tag>.

    Raises BadInput, naming file and line, for a tag that does not stand where it should.
    """
    values, chart, file = texts.values, texts.chart, texts.path("Chart.yaml")
    for image, tag in chosen:
        values = image_values.write(values, image, tag, texts.path("values.yaml"))
    if values == texts.values:
        return Edit({}, "Nothing to update: the chart holds every chosen image")
    version = chart_yaml.read(chart, file).version
    if raises and not chart_version.is_above_all(version, seen):
        chart = yaml_scalar.splice(chart, ("version",), chart_version.next_patch(version, seen), file)
    said = {"values.yaml": (texts.values, values), "Chart.yaml": (texts.chart, chart)}
    files = {texts.path(name): new.encode() for name, (old, new) in said.items() if old != new}
    images = taken_up.of_all((f"{image.repository}:{tag}" for image, tag in chosen), known)
    tags = " and ".join(tag for _, tag in chosen)
    return Edit(files, f"Update the chart's image to {tags}", images=images)


def holds_its_code(
    history: ServiceHistory,
    chart_commit: str,
    tags: Mapping[str, str],
    choices: Mapping[str, ImageChoice],
    own: Collection[str] = (),
) -> str:
    """Why the chart at that commit may not be published yet: an image that stands in it (`tags`, by key) does not hold the code
    of that commit, `own` commits of Headway's aside. Empty where all do."""
    code = history.code_commit(chart_commit, own)
    for key, tag in tags.items():
        build = next((each for each in choices[key].builds if each.tag == tag), None)
        if not tag:
            return f"it names no image of {key} yet"
        if build is None:
            return f"{tag}, which it names for {key}, is not to be had"
        if build.commit and not history.holds(build.commit, code):
            return f"{tag}, which it names, does not hold the code of {chart_commit[:7]}"
    return ""

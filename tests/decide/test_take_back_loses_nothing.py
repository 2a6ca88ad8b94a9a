"""Whatever Headway and people did in turn, and whichever version is taken back: no byte that a person wrote is lost."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache

import pytest

from headway.decide.supply import application_inverse
from headway.decide.supply.application_edit import Chosen, Locking, Versions, edit, with_inputs
from headway.decide.supply.application_inverse import Failure
from headway.decide.supply.own_scalars import OwnEdit
from headway.formats import application_files, chart_version, yaml_scalar
from headway.formats.application_files import ApplicationFiles
from headway.model.edits import Edit
from tests.decide.shop import APPLICATION, NOW, PINS, entry
from tests.decide.test_application_edit import LOCKED, applied

HISTORIES = 120
SERVICES = ("cart", "catalog")
PEOPLES_KEYS = "replicas: 1  # people's\n"
START = replace(LOCKED, values=LOCKED.values + PEOPLES_KEYS)


@dataclass
class History:
    """Commits of Headway's and of a person's in any order, oldest first; the first one is last good."""

    dice: random.Random
    commits: list[tuple[str, ApplicationFiles]] = field(default_factory=lambda: [("person", START)])
    count: int = 0

    @property
    def head(self) -> ApplicationFiles:
        return self.commits[-1][1]

    @property
    def versions(self) -> list[str]:
        return [files.chart_yaml.version for _, files in self.commits]

    def fresh(self) -> str:
        """A number that was not used yet: so whoever wrote a value can be told from it."""
        self.count += 1
        return str(1000 + self.count)

    def headway_updates(self) -> ApplicationFiles:
        moved = self.dice.choice([SERVICES, SERVICES[:1], SERVICES[1:]])
        tags = {name: f"main-{self.fresh()}aaa" for name in moved if self.dice.random() < 0.8}
        charts = {name: entry(name, f"1.0.{self.fresh()}") for name in moved if self.dice.random() < 0.4}
        inputs = with_inputs(self.head, APPLICATION, Chosen(tags, charts), Locking(NOW, PINS))
        return applied(self.head, edit(inputs, APPLICATION, Versions(self.versions)))

    def headway_raises_the_version(self) -> ApplicationFiles:
        raised = chart_version.next_patch(self.head.chart_yaml.version, self.versions)
        return replace(self.head, chart=application_files.with_version(self.head, raised))

    def person_comments(self) -> ApplicationFiles:
        at = self.dice.choice(["values", "chart"])
        text = getattr(self.head, at)
        note = f"# note {self.fresh()}\n"
        return replace(self.head, **{at: self.dice.choice([note + text, text + note])})

    def person_changes_own_key(self) -> ApplicationFiles:
        values = yaml_scalar.splice(self.head.values, ("replicas",), self.fresh(), "values.yaml")
        return replace(self.head, values=values)

    def person_deletes_a_comment(self) -> ApplicationFiles:
        return replace(self.head, values=self.head.values.replace("  # cart", "").replace("# tags\n", ""))

    def person_changes_a_tag(self) -> ApplicationFiles:
        path = (self.dice.choice(SERVICES), "image", "tag")
        values = yaml_scalar.splice(self.head.values, path, f"by-hand-{self.fresh()}", "values.yaml")
        return replace(self.head, values=values)

    def person_changes_a_dependency(self) -> ApplicationFiles:
        return self.head.with_dependency(self.dice.choice([0, 1]), f"2.0.{self.fresh()}")

    def person_raises_the_version(self) -> ApplicationFiles:
        raised = f"{self.dice.choice(['0.1', '0.2'])}.{self.fresh()}"
        return replace(self.head, chart=application_files.with_version(self.head, raised))

    def person_updates_a_third_party_chart(self) -> ApplicationFiles:
        changed = self.head.with_dependency(2, f"7.0.{self.fresh()}")
        return replace(changed, lock=application_files.refreshed_lock(changed, APPLICATION, PINS, NOW))

    def go_on(self) -> None:
        name = self.dice.choice(STEPS)
        step: Callable[[], ApplicationFiles] = getattr(self, name)
        self.commits.append((name.partition("_")[0], step()))

    def last_writer(self, place: str, until: int) -> str:
        """Of what the place held after that commit; "nobody" where it is as at the beginning."""
        values = [scalars(files)[place] for _, files in self.commits[: until + 1]]
        changed = [at for at in range(1, until + 1) if values[at] != values[at - 1]]
        return self.commits[changed[-1]][0] if changed else "nobody"

    def before_headway(self, place: str, until: int) -> str:
        """What it held before Headway's last writes, if the last ones up to then were Headway's."""
        values = [scalars(files)[place] for _, files in self.commits[: until + 1]]
        at = until
        while at > 0 and (values[at] == values[at - 1] or self.commits[at][0] == "headway"):
            at -= 1
        return values[at]


STEPS = sorted(name for name in vars(History) if name.startswith(("headway_", "person_")))


@cache
def scalars(files: ApplicationFiles) -> dict[str, str]:
    """All that Headway may write but the lock, by place."""
    tags = {
        f"tag of {name}": yaml_scalar.read_scalar(files.values, (name, "image", "tag"), "")
        for name in SERVICES
    }
    chart = files.chart_yaml
    return {
        **tags,
        **{f"chart of {name}": chart.dependencies[at].version for at, name in enumerate(SERVICES)},
    }


def peoples_bytes(files: ApplicationFiles) -> tuple[str, str]:
    """The files with all that Headway may write blotted out."""
    values = files.values
    for name in SERVICES:
        values = yaml_scalar.splice(values, (name, "image", "tag"), "BLOT", "")
    chart = application_files.with_version(files, "BLOT")
    for at in range(len(SERVICES)):
        chart = yaml_scalar.splice(chart, ("dependencies", str(at), "version"), "BLOT", "")
    return values, chart


def third_party(files: ApplicationFiles) -> list[str]:
    return [each.version for each in files.locked.dependencies[2:]] if files.locked else []


def taken_back(history: History, failed: int) -> tuple[ApplicationFiles, Edit]:
    own = [
        OwnEdit(history.commits[at - 1][1], history.commits[at][1])
        for at in range(1, failed + 1)
        if history.commits[at][0] == "headway"
    ]
    version = history.commits[failed][1].chart_yaml.version
    change = application_inverse.inverse(
        own,
        history.head,
        APPLICATION,
        Failure("testing", version, "sha256:ff", "it broke", NOW),
        Versions(history.versions, [each for each in history.versions if each != version]),
        Locking(NOW),
    )
    return applied(history.head, change), change


def a_history(seed: int) -> tuple[History, int]:
    """And the place of the commit whose version failed."""
    dice = random.Random(seed)
    history = History(dice)
    history.commits.append(("headway", history.headway_updates()))
    for _ in range(dice.randrange(7)):
        history.go_on()
    if dice.random() < 0.5:
        history.commits.append(("headway", history.headway_updates()))
    newest = len(history.commits) - 1
    return history, newest if dice.random() < 0.6 else dice.randrange(1, newest + 1)


Case = tuple[History, int, ApplicationFiles, Edit]


@pytest.fixture(scope="module")
def case() -> Callable[[int], Case]:
    """A history, the place of what failed, the files after it was taken back, and how; of a seed each test sees the same one."""

    @cache
    def made(seed: int) -> Case:
        history, failed = a_history(seed)
        return history, failed, *taken_back(history, failed)

    return made


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_any_interleaving(seed: int, case: Callable[[int], Case]) -> None:
    history, failed, after, change = case(seed)

    assert peoples_bytes(after) == peoples_bytes(history.head)
    assert third_party(after) == third_party(history.head)
    newest = len(history.commits) - 1
    then, now, result = scalars(history.commits[failed][1]), scalars(history.head), scalars(after)
    for place in now:
        taken = then[place] == now[place] and history.last_writer(place, newest) == "headway"
        assert result[place] == (history.before_headway(place, failed) if taken else now[place]), place
    if (version := history.head.chart_yaml.version) != after.chart_yaml.version:
        claimed = f"version {version} -> {after.chart_yaml.version}"
        assert claimed in change.body
        if "as published" in change.body:
            published = [files for _, files in history.commits[:failed]]
            assert replace(after, quarantine=None) in published, "what is claimed is what is written"
        else:
            assert chart_version.is_above_all(after.chart_yaml.version, history.versions)
    for path in change.files:
        assert SPOKEN_OF[path] in change.body, f"{path} changes, and the message does not say so"
    again, _ = taken_back(replace(history, commits=[*history.commits, ("headway", after)]), failed)
    assert again == after


SPOKEN_OF = {
    "values.yaml": ": image ",
    "Chart.yaml": ": version ",
    "Chart.lock": "Chart.lock",
    ".headway/quarantine.yaml": "barred",
}


def test_the_histories_hold_what_they_are_to_show(case: Callable[[int], Case]) -> None:
    """That some are restored as published, some are not, and some touch what a person wrote."""
    bodies = [change.body for _, _, _, change in map(case, range(HISTORIES))]
    for wanted in ("as published", "Chart.lock: refreshed", "stays"):
        assert sum(wanted in body for body in bodies) >= HISTORIES / 10, wanted

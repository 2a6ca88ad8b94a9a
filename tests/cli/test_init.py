"""`headway init`: a headway.yaml out of what is there, whose open points `headway check` names."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from headway.cli import initial, main
from headway.clients.git import checkout
from headway.decide.supply import draft
from headway.decide.supply.draft import Released, Seen
from headway.formats import headway_yaml, headway_yaml_draft, open_points
from headway.model.charts import Dependency
from headway.model.draft import Open

CHART = "apiVersion: v2\nname: shop\nversion: 0.1.0\ndependencies:\n- {name: cart, version: 0.1.0, repository: s3://shop-charts-testing}\n"
VALUES = "cart: {image: {repository: r.example.com/cart, tag: main-0a1b2c3}}\n"


@pytest.fixture
def umbrella(tmp_path: Path) -> Path:
    folder = tmp_path / "application"
    (folder / "values").mkdir(parents=True)
    (folder / "Chart.yaml").write_text(CHART)
    (folder / "values.yaml").write_text(VALUES)
    (folder / "values" / "testing.yaml").touch()
    return folder


def clone(folder: Path, url: str) -> None:
    folder.mkdir(exist_ok=True)
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=folder, check=True)
    subprocess.run(["git", "remote", "add", "origin", url], cwd=folder, check=True)


def test_what_is_all_known_passes_check(umbrella: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clone(umbrella.parent / "cart", "https://ada:secret@git.example.com/cart.git")
    assert main(["init", str(umbrella)]) == 0
    said = capsys.readouterr().out
    assert said.endswith("shop: services cart; environments testing\n")
    text = (umbrella / "headway.yaml").read_text()
    assert "git: https://git.example.com/cart.git\n" in text
    assert "secret" not in text
    assert headway_yaml.read(text).services["cart"].image == "r.example.com/cart"
    assert main(["check", str(umbrella)]) == 0


def test_a_clone_beside_it_is_known_by_its_chart(umbrella: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, chart in (
        ("a-broken-one", "name: ["),
        ("the-cart", "apiVersion: v2\nname: cart\nversion: 0.1.0\n"),
    ):
        clone(umbrella.parent / name, f"https://git.example.com/{name}.git")
        (umbrella.parent / name / "chart").mkdir()
        (umbrella.parent / name / "chart" / "Chart.yaml").write_text(chart)
    assert main(["init", "--dry-run", str(umbrella)]) == 0
    assert "git: https://git.example.com/the-cart.git\n" in capsys.readouterr().out


def written(folder: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)


def chart(name: str, *dependencies: str) -> str:
    needs = [f"- {{name: {each}, version: 0.1.0, repository: s3://c}}\n" for each in dependencies]
    said = "".join(["dependencies:\n", *needs]) if needs else ""
    return f"apiVersion: v2\nname: {name}\nversion: 0.1.0\n{said}"


OWN = "https://git.example.com/shop.git"
BOTH = "".join(VALUES.replace("cart", name) for name in ("cart", "catalog"))


@pytest.mark.parametrize(
    ("files", "lines"),
    [
        pytest.param(
            {"services/cart/chart": "", "services/catalog/chart": ""},
            [
                f"git: {OWN}",
                "image: r.example.com/cart",
                "chart: services/cart/chart",
                "paths: [services/cart]",
                f"git: {OWN}",
                "image: r.example.com/catalog",
                "chart: services/catalog/chart",
                "paths: [services/catalog]",
            ],
            id="each with its code",
        ),
        pytest.param(
            {"charts/cart": "cmd/cart/main.go", "charts/catalog": ""},
            [
                "chart: charts/cart",
                "paths: [cmd/cart] # fill in: guessed: does its code lie there, and nowhere else?",
                "chart: charts/catalog",
                "paths: [charts/catalog] # fill in: guessed: which folders hold its code?",
            ],
            id="charts together and code elsewhere",
        ),
        pytest.param(
            {"a/cart": "", "b/cart": "", "catalog/chart": ""},
            [
                "chart: a/cart # fill in: guessed: a/cart, b/cart hold a chart of that name",
                "chart: catalog/chart",
                "paths: [catalog]",
            ],
            id="two of one name",
        ),
    ],
)
def test_services_in_folders_of_its_own_repository(
    files: dict[str, str], lines: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repository = tmp_path / "shop"
    clone(repository, OWN)
    written(
        repository,
        {
            "deploy/Chart.yaml": chart("shop", "cart", "catalog"),
            "deploy/values.yaml": BOTH,
            "deploy/values/testing.yaml": "",
            "deploy/charts/cart/Chart.yaml": chart("cart"),
        },
    )
    for folder, code in files.items():
        name = "catalog" if "catalog" in folder else "cart"
        written(repository, {f"{folder}/Chart.yaml": chart(name, "common"), **({code: ""} if code else {})})
    assert main(["init", str(repository), "--dry-run"]) == 0
    text = capsys.readouterr().out
    assert "chart: deploy\n" in text
    headway_yaml.read(text)
    said = [line.strip() for line in text.splitlines()]
    assert [each for each in said if each in lines] == lines, text
    assert "cart:" in said
    assert "catalog:" in said


def test_services_in_folders_of_one_other_repository(
    umbrella: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clone(umbrella.parent / "services", "https://git.example.com/services.git")
    written(
        umbrella.parent / "services",
        {"cart/chart/Chart.yaml": chart("cart"), "catalog/chart/Chart.yaml": chart("catalog")},
    )
    assert main(["init", str(umbrella)]) == 0
    service = headway_yaml.read((umbrella / "headway.yaml").read_text()).services["cart"]
    assert (service.git, service.chart, service.paths) == (
        "https://git.example.com/services.git",
        "cart/chart",
        ("cart",),
    )
    assert main(["check", str(umbrella)]) == 0, capsys.readouterr().err


def test_a_chart_elsewhere_in_a_clone_of_one_service(
    umbrella: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clone(umbrella.parent / "the-cart", "https://git.example.com/the-cart.git")
    written(umbrella.parent / "the-cart", {"deploy/helm/Chart.yaml": chart("cart"), "main.go": ""})
    assert main(["init", str(umbrella), "--dry-run"]) == 0
    text = capsys.readouterr().out
    assert "git: https://git.example.com/the-cart.git\n" in text
    assert "chart: deploy/helm\n" in text
    assert "paths" not in text, "all of that repository is the service's"


def test_an_image_that_its_own_chart_alone_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repository = tmp_path / "shop"
    clone(repository, OWN)
    written(
        repository,
        {
            "Chart.yaml": chart("shop", "cart"),
            "values.yaml": "{}\n",
            "cart/chart/Chart.yaml": chart("cart"),
            "cart/chart/values.yaml": "image: {repository: r.example.com/cart, tag: main-0a1b2c3}\n",
        },
    )
    assert main(["init", str(repository), "--dry-run"]) == 0
    wanted = "from its own chart; write cart.image.tag into values.yaml as well"
    said = capsys.readouterr()
    assert f"image: r.example.com/cart # fill in: {wanted}\n" in said.out
    assert "Name the folders of services in .helmignore, or" in said.err, "the chart lies around them"


def test_in_a_folder_of_a_repository_it_says_where_it_belongs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repository = tmp_path / "shop"
    clone(repository, OWN)
    written(repository, {"deploy/Chart.yaml": chart("shop", "cart"), "deploy/values.yaml": VALUES})
    main(["init", str(repository / "deploy")])
    assert (
        f"at the root of its repository, and nowhere else: move it to {repository},"
        in capsys.readouterr().out
    )


def test_what_is_open_is_named_by_check_until_it_is_said_to_be_right(
    umbrella: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", str(umbrella)]) == 0
    assert (
        f"headway check {umbrella}, headway doctor -f {umbrella}, headway add URL" in capsys.readouterr().out
    )
    assert main(["check", str(umbrella)]) == 1
    file = umbrella / "headway.yaml"
    said = f"{file}:6: git: not filled in yet: its repository, with its chart in chart/. Correct it, and take the comment away"
    assert capsys.readouterr().err == f"{said}\n"
    lines = [line.partition(open_points.FILL_IN)[0].rstrip() for line in file.read_text().splitlines()]
    file.write_text("\n".join(lines) + "\n")
    assert main(["check", str(umbrella)]) == 0


def test_a_link_that_leads_nowhere_yet_is_not_followed(
    umbrella: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (umbrella / "headway.yaml").symlink_to(tmp_path / "elsewhere")
    assert main(["init", str(umbrella)]) == 1
    assert "it is a link" in capsys.readouterr().err
    assert not (tmp_path / "elsewhere").exists()


def test_nothing_is_overwritten(umbrella: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (umbrella / "headway.yaml").write_text("mine\n")
    assert main(["init", str(umbrella)]) == 1
    assert "it is there already, and is not overwritten" in capsys.readouterr().err
    assert main(["init", str(umbrella), "--dry-run"]) == 0
    assert capsys.readouterr().out.startswith("# Written by headway init")
    assert (umbrella / "headway.yaml").read_text() == "mine\n"


def test_a_chart_further_down_is_found(umbrella: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", str(umbrella.parent), "--dry-run"]) == 0
    assert "chart: application\n" in capsys.readouterr().out
    other = umbrella.with_name("other")
    other.mkdir()
    (other / "Chart.yaml").write_text(CHART)
    assert main(["init", str(umbrella.parent), "--dry-run"]) == 1
    assert "there are several charts with dependencies: application, other" in capsys.readouterr().err


def test_a_folder_without_a_chart_says_what_to_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", str(tmp_path)]) == 1
    assert "or a release: --from-release NAMESPACE/NAME." in capsys.readouterr().err
    assert main(["init", str(tmp_path / "none"), "--from-release", "shop/shop"]) == 1
    assert "for a release alone, make an empty one" in capsys.readouterr().err
    assert main(["init", str(tmp_path), "--from-release", "shop"]) == 1
    assert "'shop' is no NAMESPACE/NAME" in capsys.readouterr().err


def test_a_release_tells_its_chart_its_values_and_where_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    dependencies = [{"name": "cart", "version": "0.1.0", "repository": "https://charts.example.com"}]
    document: dict[str, Any] = {
        "chart": {
            "metadata": {"name": "shop", "dependencies": dependencies},
            "values": {"cart": {"image": {"repository": "r.example.com/cart", "tag": "old"}}},
        },
        "config": {"cart": {"image": {"tag": "main-0a1b2c3"}}},
    }
    monkeypatch.setattr(initial, "_release", lambda *_: (document, Released("web", "front")))
    assert main(["init", str(tmp_path), "--from-release", "web/front", "--dry-run"]) == 0
    text = capsys.readouterr().out
    environment = headway_yaml.read(text).environments["web"]
    assert (environment.namespace, environment.release) == ("web", "front")
    assert environment.charts_url == "https://charts.example.com"
    assert "pattern" not in text, "its tag is a branch with a commit"


@pytest.mark.parametrize("word", ["no", "1.5", "a: b", "x #y", "0x1f", "~", "{sha}"])
def test_what_yaml_would_read_otherwise_is_quoted(word: str) -> None:
    line = headway_yaml_draft._line("", "key", word)
    assert headway_yaml_draft.plain(line, "f") == {"key": word}


def test_a_folder_without_a_remote(tmp_path: Path) -> None:
    assert (checkout.origin(tmp_path), checkout.branch(tmp_path)) == ("", "")


@pytest.mark.parametrize("asked", ["open", "exists"])
def test_a_folder_that_cannot_be_written_is_told(
    asked: str, umbrella: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Root may do everything: so it is played."""
    real = getattr(Path, asked)

    def refused(path: Path, *args: Any, **how: Any) -> Any:
        if path.name == "headway.yaml":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *args, **how)

    monkeypatch.setattr(Path, asked, refused)
    assert main(["init", str(umbrella)]) == 1
    assert (
        f"{umbrella}/headway.yaml: it cannot be written: Permission denied. Name" in capsys.readouterr().err
    )


@pytest.mark.parametrize("named", ["shop", "shop/", "../shop/x", "shop/../x"])
def test_a_release_is_named_by_its_namespace_and_name(
    named: str, umbrella: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", str(umbrella), "--from-release", named]) == 1
    assert "is no NAMESPACE/NAME. headway init --from-release shop/shop" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("repository", "names", "order"),
    [
        pytest.param("s3://charts/first", ["first", "branch-1"], ["first", "branch-1: first"], id="named"),
        pytest.param("s3://shop-first", ["first", "a"], ["first", "a: first"], id="named by a bucket"),
        pytest.param(
            "s3://charts/first",
            ["first", "branch-1", "branch-2"],
            ["first", "branch-1: first?", "branch-2: branch-1?"],
            id="the first is named, the rest guessed",
        ),
        pytest.param("s3://x", ["first", "branch-1"], ["branch-1?", "first: branch-1?"], id="all guessed"),
        pytest.param(
            "s3://x", ["live", "staging", "dev"], ["dev", "staging: dev", "live: staging"], id="usual names"
        ),
        pytest.param(
            "s3://x", ["prod", "eu", "dev"], ["dev", "eu: dev?", "prod: eu?"], id="one among usual names"
        ),
    ],
)
def test_an_order_that_is_guessed_says_so(repository: str, names: list[str], order: list[str]) -> None:
    """`?`: open, so that check names it."""
    dependency = Dependency("cart", "0.1.0", repository, "", {})
    values = {"cart": {"image": {"repository": "r.example.com/cart", "tag": "main-0a1b2c3"}}}
    found = draft.draft(Seen("shop", [dependency], values, files=[f"values/{each}.yaml" for each in names]))
    first, *others = found.environments
    assert [
        f"{first.name}{'?' if isinstance(first.charts, Open) else ''}",
        *(
            f"{each.name}: {f'{each.after.value}?' if isinstance(each.after, Open) else each.after}"
            for each in others
        ),
    ] == order
    assert (first.charts.value if isinstance(first.charts, Open) else first.charts) == repository


@pytest.mark.parametrize("tag", ["1.2.2", "v1.2.2"])
def test_a_tag_that_is_a_version_proposes_its_policy(
    tag: str, umbrella: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (umbrella / "values.yaml").write_text(VALUES.replace("main-0a1b2c3", tag))
    assert main(["init", str(umbrella), "--dry-run"]) == 0
    text = capsys.readouterr().out
    assert f"kind: semver # fill in: guessed, as its tag is {tag}" in text
    policy = headway_yaml.read(text).services["cart"].policy
    assert (policy.kind, "pattern" in text) == ("semver", False)


@pytest.mark.parametrize(
    ("why", "end"), [("are its tags versions?", "?"), ("its repository", "."), ("its folder.", ".")]
)
def test_what_is_open_ends_as_one_sentence(why: str, end: str) -> None:
    (said,) = open_points.of(f"kind: semver # fill in: {why}\n", "f")
    assert (
        said == f"f:1: kind: not filled in yet: {why.rstrip('?.')}{end} Correct it, and take the comment away"
    )

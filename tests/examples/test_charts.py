"""The charts lint and render with Helm, and the umbrella's package is the whole content of a release."""

import shutil
import tarfile
from pathlib import Path

import pytest
import yaml

from sandbox import places
from tests.examples.conftest import EXAMPLE, REPOSITORIES, Run

pytestmark = pytest.mark.sandbox

SERVICES = ("catalog", "cart", "storefront")
BANNER = places.ROOT / "examples" / "thirdparty" / "banner"
CHARTS = {name: REPOSITORIES[name] / "chart" for name in SERVICES} | {"banner": BANNER}


@pytest.fixture
def umbrella(tmp_path: Path, helm: str, run: Run) -> Path:
    """The application with its dependencies vendored, as a release has them."""
    folder = tmp_path / "umbrella"
    shutil.copytree(REPOSITORIES["application"], folder)
    done = run([helm, "package", "--destination", folder / "charts", "--", *CHARTS.values()], tmp_path)
    assert done.returncode == 0, done.stderr
    return folder


def rendered(helm: str, chart: Path, run: Run, *options: str) -> dict[tuple[str, str], dict]:  # type: ignore[type-arg]
    done = run([helm, "template", *options, "--", "shop", chart], chart)
    assert done.returncode == 0, done.stderr
    found = [resource for resource in yaml.safe_load_all(done.stdout) if resource]
    return {(resource["kind"], resource["metadata"]["name"]): resource for resource in found}


@pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS.keys())
def test_a_chart_lints_and_renders_with_its_own_values(chart: Path, helm: str, run: Run) -> None:
    done = run([helm, "lint", "--strict", "--", chart], chart)
    assert done.returncode == 0, done.stdout
    assert rendered(helm, chart, run)


@pytest.mark.parametrize("environment", ["testing", "staging", "production"])
def test_the_umbrella_renders_for(environment: str, umbrella: Path, helm: str, run: Run) -> None:
    assert run([helm, "lint", "--", umbrella], umbrella).returncode == 0
    resources = rendered(
        helm, umbrella, run, f"--values=values/{environment}.yaml", "--set=cart.image.tag=main-1234567"
    )
    for service in SERVICES:
        for kind in ("Deployment", "Service", "ConfigMap"):
            assert (kind, service) in resources
        hook = resources["Pod", f"{service}-check"]["metadata"]["annotations"]["helm.sh/hook"]
        assert hook == "test"
    container = resources["Deployment", "cart"]["spec"]["template"]["spec"]["containers"][0]
    assert container["image"] == "registry.example.com/shop/cart:main-1234567"
    assert resources["ConfigMap", "banner"]["data"]["text"] == "Tea from the mountains\n"


def test_configuration_and_secrets_start_new_pods(umbrella: Path, helm: str, run: Run) -> None:
    def annotations(service: str, setting: str) -> object:
        template = rendered(helm, umbrella, run, f"--set={setting}")["Deployment", service]["spec"][
            "template"
        ]
        return template["metadata"]["annotations"]

    greetings = [annotations("storefront", f"storefront.greeting={text}") for text in ("hello", "bye", "bye")]
    assert greetings[0] != greetings[1] == greetings[2]
    keys = [annotations("cart", f"cart.sessionKey={text}") for text in ("one", "two", "two")]
    assert keys[0] != keys[1] == keys[2]


def test_the_secret_reaches_the_cart(umbrella: Path, helm: str, run: Run) -> None:
    resources = rendered(helm, umbrella, run, "--set=cart.sessionKey=hunter2")
    assert resources["Secret", "cart"]["stringData"] == {"SESSION_KEY": "hunter2"}
    assert "hunter2" not in str({key: value for key, value in resources.items() if key != ("Secret", "cart")})


def test_a_service_does_not_send_requests_to_its_test_pod(umbrella: Path, helm: str, run: Run) -> None:
    resources = rendered(helm, umbrella, run)
    for service in SERVICES:
        selector = resources["Service", service]["spec"]["selector"].items()
        assert selector <= resources["Deployment", service]["spec"]["template"]["metadata"]["labels"].items()
        assert not selector <= resources["Pod", f"{service}-check"]["metadata"]["labels"].items()


def test_the_package_is_the_whole_release(umbrella: Path, helm: str, run: Run, tmp_path: Path) -> None:
    for unpacked in (".headway/quarantine.yaml", ".git/config", "secrets/testing.dec.yaml"):
        file = umbrella / unpacked
        file.parent.mkdir(exist_ok=True)
        file.write_text("")
    done = run([helm, "package", "--destination", tmp_path, "--", umbrella], tmp_path)
    assert done.returncode == 0, done.stderr
    with tarfile.open(tmp_path / "shop-0.1.0.tgz") as archive:
        names = {name.removeprefix("shop/") for name in archive.getnames()}
    top = {name for name in names if not name.startswith("charts/")}
    environments = ("testing", "staging", "production")
    assert top == {
        "Chart.yaml",
        "values.yaml",
        "headway.yaml",
        ".helmignore",
        *(f"{folder}/{environment}.yaml" for folder in ("values", "secrets") for environment in environments),
    }
    assert {name.split("/")[1] for name in names if name.startswith("charts/")} >= set(CHARTS)


def test_the_application_starts_before_its_first_delivery() -> None:
    folder = EXAMPLE / "application"
    chart = yaml.safe_load((folder / "Chart.yaml").read_text())
    values = yaml.safe_load((folder / "values.yaml").read_text())
    assert not (folder / "Chart.lock").exists()
    assert not (folder / "templates").exists()
    assert [values[service]["image"]["tag"] for service in SERVICES] == ["", "", ""]
    for dependency in chart["dependencies"]:
        own = yaml.safe_load((CHARTS[dependency["name"]] / "Chart.yaml").read_text())
        assert dependency["version"] == own["version"]

"""Bad input: a clear error that names file and line or object, and nothing is changed anywhere.

Each row is a person's mistake, made in the real system where it would be made, and taken back afterwards.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prefect.client.schemas.objects import State
from pydantic import SecretStr

from blocks import Application, Cluster, S3Credentials
from flows.deliver import deliver
from flows.publish_charts import publish_charts
from flows.release import release
from flows.update_application import update_application
from headway.errors import BadInput, Retryable, Terminal, Unreachable
from sandbox.seed import Change, append, replace
from sandbox.seed.changes import Edit
from tests.flows.shop import Shop

pytestmark = pytest.mark.sandbox

NOBODY = "127.0.0.1:1"
"""Where nothing listens."""


@pytest.fixture(scope="module")
def shop(supplied_copy: Shop) -> Shop:
    """With everything supplied, so that a change is one that bad input made."""
    publish_charts(supplied_copy.name)
    update_application(supplied_copy.name)
    publish_charts(supplied_copy.name)
    return supplied_copy


def tag_of(service: str, tag: str) -> Edit:
    """Puts text in the place of the quoted tag that Headway wrote."""

    def edit(checkout: Path) -> None:
        path = checkout / "values.yaml"
        lines = path.read_text().splitlines(keepends=True)
        at = next(n for n, line in enumerate(lines) if line.startswith(f"{service}:"))
        at = next(n for n in range(at, len(lines)) if lines[n].lstrip().startswith("tag:"))
        lines[at] = f"{tag}\n" if tag else ""
        path.write_text("".join(lines))

    return edit


def test_headway_yaml(shop: Shop) -> None:
    mistake = replace("headway.yaml", "application: ", "aplication: x\napplication: ")
    sentence = r"headway\.yaml:1: .*aplication"
    with pushed_to(shop, "application", mistake), nothing_changes(shop):
        with pytest.raises(BadInput, match=sentence):
            deliver(shop.name)
        with pytest.raises(BadInput, match=sentence):
            release(shop.name, "testing")


VALUES = {
    "the value path does not exist": (tag_of("cart", ""), r"values\.yaml.*cart\.image\.tag"),
    "the tag is not in the registry": (
        tag_of("cart", '    tag: "main-0000000"'),
        r"values\.yaml cart\.image\.tag: .*/cart:main-0000000 is not in the registry",
    ),
}


@pytest.mark.parametrize("row", VALUES.values(), ids=VALUES.keys())
def test_values(shop: Shop, row: tuple[Edit, str]) -> None:
    edit, sentence = row
    with pushed_to(shop, "application", edit), nothing_changes(shop), pytest.raises(Terminal, match=sentence):
        publish_charts(shop.name)


CHARTS = {
    "does not lint": (
        replace("chart/Chart.yaml", "type: application", "type: something"),
        r"Chart\.yaml.*type",
    ),
    "does not render": (
        append("chart/templates/service.yaml", '{{ fail "no such luck" }}\n'),
        r"templates/service\.yaml:\d+.*no such luck",
    ),
    "does not fit the schema": (
        replace("chart/templates/deployment.yaml", "  replicas: {{ .Values.replicas }}", "  replicas: three"),
        r"Deployment.*cart.*replicas",
    ),
}


@pytest.mark.parametrize("row", CHARTS.values(), ids=CHARTS.keys())
def test_chart_of_a_service(shop: Shop, row: tuple[Edit, str]) -> None:
    edit, sentence = row
    with pushed_to(shop, "cart", edit), nothing_changes(shop), pytest.raises(Terminal, match=sentence):
        publish_charts(shop.name)


def test_registry_unreachable(shop: Shop) -> None:
    move = replace("headway.yaml", f"image: {shop.layout.image('cart')}", f"image: {NOBODY}/cart")
    unreachable = pytest.raises(Retryable, match=rf"cart.*{NOBODY}.*(did not answer|refused)")
    with pushed_to(shop, "application", move), nothing_changes(shop), unreachable:
        update_application(shop.name)


def test_s3_unreachable(shop: Shop) -> None:
    s3 = S3Credentials(
        access_key="nobody", secret_key=SecretStr("none"), endpoint_url=f"http://{NOBODY}", region="us-east-1"
    )
    broken = Application(git_url=shop.layout.git_url, s3_credentials=s3)
    with registered(shop, broken), nothing_changes(shop):
        with pytest.raises(Retryable, match=f"{NOBODY}|{shop.layout.bucket('testing')}"):
            publish_charts(shop.name)
        with pytest.raises(Retryable, match=f"{NOBODY}|{shop.layout.bucket('testing')}"):
            update_application(shop.name)


def test_git_remote_unreachable(shop: Shop) -> None:
    broken = Application(git_url=f"git://{NOBODY}/application.git")
    with registered(shop, broken), nothing_changes(shop), pytest.raises(Unreachable, match=NOBODY):
        deliver(shop.name)


def test_branch_of_the_block_beginning_with_a_dash(shop: Shop) -> None:
    broken = Application(git_url=shop.layout.git_url, branch="--upload-pack=touch")
    refused = pytest.raises(BadInput, match="--upload-pack=touch")
    with registered(shop, broken), nothing_changes(shop), refused:
        deliver(shop.name)


@pytest.mark.cluster
def test_api_server_unreachable(shop: Shop, tmp_path: Path) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(
        shop.layout.address.kubeconfig.read_text().replace("https://10.244.0.1:6443", f"https://{NOBODY}")
    )
    with (
        registered(shop, Cluster(kubeconfig_path=str(kubeconfig)), f"{shop.name}-testing"),
        nothing_changes(shop),
    ):
        state: State[object] = release(shop.name, "testing", return_state=True)
        with pytest.raises(Retryable, match=rf"release: testing: could not be looked at .*{NOBODY}"):
            deliver(shop.name)
    assert state.is_failed()
    assert NOBODY in str(state.message)
    assert "did not answer" in str(state.message)
    assert shop.cluster.history("testing") == []


@pytest.mark.cluster
def test_secrets_file_whose_key_is_missing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOPS_AGE_KEY_FILE", "/dev/null")
    with (
        nothing_changes(shop),
        pytest.raises(BadInput, match=r"secrets/testing\.yaml: no key on this machine"),
    ):
        release(shop.name, "testing")
    assert shop.cluster.history("testing") == []


def test_an_application_that_is_not_registered() -> None:
    with pytest.raises(BadInput, match="no application 'flows-nobody' is registered"):
        deliver("flows-nobody")


def test_an_environment_that_headway_yaml_does_not_name(shop: Shop) -> None:
    with pytest.raises(BadInput, match=r"headway\.yaml: there is no environment 'moon'"):
        release(shop.name, "moon")


@contextmanager
def pushed_to(shop: Shop, repository: str, *edits: Edit) -> Iterator[None]:
    with shop.pushed(repository, Change("Make a mistake", edits)):
        yield


@contextmanager
def nothing_changes(shop: Shop) -> Iterator[None]:
    before = shop.supplied()
    yield
    assert shop.supplied() == before


@contextmanager
def registered(shop: Shop, block: Application | Cluster, name: str = "") -> Iterator[None]:
    """Another block in the place of the copy's own."""
    name = name or shop.name
    own = type(block).load(name)
    assert isinstance(own, type(block))
    block.save(name, overwrite=True)
    try:
        yield
    finally:
        own.save(name, overwrite=True)

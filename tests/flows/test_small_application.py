"""Supply of an application without services or clusters: where its chart may lie, and what a failed stage does not stop."""

import logging
from pathlib import Path

import pytest
from prefect import get_client
from prefect.client.schemas.actions import BlockDocumentUpdate
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterTags

from blocks import Application
from flows.deliver import deliver
from flows.promote import promote
from flows.publish_charts import publish_charts
from flows.supply import supply
from headway.errors import Terminal
from headway.formats import chart_package
from tests.clients.packages import package
from tests.flows.shop import lines_of
from tests.small_application import CHART, SmallApplication

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("prefect_server", "as_the_worker")]


@pytest.fixture(scope="module")
def registered(prefect_server: str) -> str:  # noqa: ARG001
    """Its name. Prefect is asked dozens of things whenever a block is saved: that is done once."""
    Application(git_url="file:///nowhere").save("flows-small", overwrite=True)
    return "flows-small"


@pytest.fixture
def small(tmp_path: Path, registered: str) -> SmallApplication:
    small = SmallApplication(tmp_path, registered).begin()
    with get_client(sync_client=True) as client:
        block = client.read_block_document_by_name(registered, Application.get_block_type_slug())
        client.update_block_document(block.id, BlockDocumentUpdate(data={"git_url": small.git.url}))
    return small


WEB = "dependencies:\n- {name: web, version: 1.0.0, repository: ''}\n"
MISTAKES = {
    "push refused": (
        {"Chart.yaml": f"{CHART}{WEB}", "charts/web-1.0.0.tgz": package("web").data},
        "the remote refused the push: .*main is protected",
    ),
    "malformed values": ({"values.yaml": "text: [\n"}, r"values\.yaml:2: this is not the YAML"),
    "values that are not text": ({"values.yaml": b"text: \xff\n"}, r"values\.yaml: this is not UTF-8"),
    "an environment's values that are not text": (
        {"values/staging.yaml": b"text: \xff\n"},
        r"values/staging\.yaml: this is not UTF-8",
    ),
    "no chart any more": ({"headway.yaml": None}, r"gone/values\.yaml: this file is missing"),
}


@pytest.mark.parametrize("row", MISTAKES.values(), ids=MISTAKES.keys())
def test_a_supply_stage_that_fails_does_not_stop_promotion_and_releases(
    row: tuple[dict[str, str | bytes | None], str], small: SmallApplication
) -> None:
    files, sentence = row
    publish_charts(small.name)
    text = small.git.read("headway.yaml")
    small.git.push({path: content or f"{text}chart: gone\n" for path, content in files.items()})
    small.git.protect()
    with pytest.raises(Terminal, match=sentence) as failed:
        deliver(small.name)
    for later in ("promote: staging", "release: testing", "release: staging"):
        assert f"{later}: could not be" in str(failed.value)
    assert [entry.version for entry in small.charts.entries("small")] == ["0.1.0"]


def test_a_chart_in_a_subfolder_is_packaged_with_the_headway_yaml_of_the_root(
    small: SmallApplication,
) -> None:
    text = f"{small.git.read('headway.yaml')}chart: deploy/shop\n"
    for path in ("Chart.yaml", "values.yaml", "templates/text.yaml"):
        small.git.move(path, f"deploy/shop/{path}")
    small.git.push({"headway.yaml": text})
    publish_charts(small.name)
    (entry,) = small.charts.entries("small")
    files = chart_package.files(small.charts.read(entry))
    assert files["headway.yaml"].decode() == text

    small.git.push({"headway.yaml": f"{text}# Changed.\n"})
    publish_charts(small.name)
    assert [entry.version for entry in small.charts.entries("small")] == ["0.1.1", "0.1.0"]
    publish_charts(small.name)
    assert lines_of(small.name, "publish_charts") == [("publish_charts", "small 0.1.1", "published already")]

    small.git.push({"deploy/shop/headway.yaml": text})
    with pytest.raises(
        Terminal, match=r"deploy/shop/headway\.yaml: it differs from the one at the repository's root"
    ):
        publish_charts(small.name)


def test_promotion_by_itself_says_what_it_could_not_look_at(small: SmallApplication) -> None:
    publish_charts(small.name)
    with pytest.raises(Terminal, match=r"promote: staging: could not be promoted .*no cluster"):
        promote(small.name)


def test_dependencies_in_requirements_yaml_are_vendored_as_helm_does(small: SmallApplication) -> None:
    small.git.push(
        {
            "Chart.yaml": CHART.replace("v2", "v1"),
            "requirements.yaml": WEB,
            "charts/web-1.0.0.tgz": package("web").data,
        }
    )
    supply(small.name)
    (entry,) = small.charts.entries("small")
    files = chart_package.files(small.charts.read(entry))
    assert {"requirements.yaml", "charts/web/Chart.yaml"} <= set(files)
    assert "- name: web" in small.git.read("Chart.lock")


def test_a_run_that_came_without_tags_gets_them_and_says_nothing_of_it(
    small: SmallApplication, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        publish_charts(small.name)
    with get_client(sync_client=True) as client:
        wanted = FlowRunFilter(tags=FlowRunFilterTags(all_=[f"application:{small.name}"]))
        assert [run.name for run in client.read_flow_runs(flow_run_filter=wanted)]
    assert caplog.messages
    assert not [line for line in caplog.messages if "hook" in line.lower()]

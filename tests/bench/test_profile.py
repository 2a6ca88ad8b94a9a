"""What a delivery waits for is told by phase and system: nothing is counted twice, and what is left is Python's."""

import xml.etree.ElementTree as ElementTree

import pytest

from bench import profile
from bench.spans import PYTHON, SYSTEMS, Span, waited


def span(system: str, begin: float, end: float) -> Span:
    return Span(system, "", begin, end)


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        pytest.param([], {PYTHON: 10.0}, id="nothing is waited for"),
        pytest.param([span("helm", 2, 5)], {"helm": 3.0, PYTHON: 7.0}, id="one"),
        pytest.param(
            [span("helm", 2, 5), span("helm", 3, 6)], {"helm": 4.0, PYTHON: 6.0}, id="two of one system"
        ),
        pytest.param(
            [span("helm", 0, 10), span("S3", 4, 6)], {"helm": 9.0, "S3": 1.0}, id="two systems share the time"
        ),
        pytest.param(
            [span("git", -5, 1), span("git", 9, 20)], {"git": 2.0, PYTHON: 8.0}, id="beyond the edges"
        ),
    ],
)
def test_seconds_by_system(spans: list[Span], expected: dict[str, float]) -> None:
    assert waited(spans, 0.0, 10.0) == expected


def test_a_phase_inside_another_is_taken_out_of_it() -> None:
    spans = [span("helm", 0, 10), span("Kubernetes", 20, 21)]
    found = profile.of(spans, [("release", 0, 20), ("release", 20, 22), ("upgrade", 0, 12)])
    assert dict(found.seconds["upgrade"]) == {"helm": 10.0, PYTHON: 2.0}
    assert {each: seconds for each, seconds in found.seconds["release"].items() if seconds} == {
        PYTHON: 9.0,
        "Kubernetes": 1.0,
    }
    assert found.asked == {"helm": 1, "Kubernetes": 1}


ONE = profile.Profile({"plan": {"helm": 1.0, PYTHON: 0.25}, "a < b": {"S3": 0.001}}, {"helm": 2})
TWO = profile.Profile({"plan": {"helm": 3.0, PYTHON: 0.25}, "a < b": {}}, {"helm": 2})


def test_the_table_has_medians() -> None:
    lines = profile.table([ONE, TWO]).splitlines()
    assert lines[0].split(" | ")[1:] == [*SYSTEMS[:-1], f"{PYTHON} |"]
    assert lines[2] == "| plan | 2.00 |  |  |  |  |  |  | 0.25 |"
    assert lines[3].replace(" ", "") == "|a<b|||||||||"
    assert lines[4] == "| processes, requests | 2 |  |  |  |  |  |  |  |"


def test_the_chart_is_sound() -> None:
    chart = ElementTree.fromstring(profile.chart("what is & was", [ONE, TWO]))
    texts = ["".join(each.itertext()) for each in chart.iter() if each.tag.endswith("}text")]
    assert {"plan", "a < b", "2.25 s", *SYSTEMS} <= set(texts)


def test_figures_take_the_place_of_former_ones() -> None:
    document = "before\n<!-- it -->\nold\n<!-- /it -->\nafter\n"
    once = profile.written(document, "it", "new\n")
    assert once == "before\n<!-- it -->\n\nnew\n\n<!-- /it -->\nafter\n"
    assert profile.written(once, "it", "new") == once
    with pytest.raises(ValueError, match="no <!-- other -->"):
        profile.written(document, "other", "new")


def test_requests_to_prefect_are_counted_by_kind() -> None:
    asked = [
        "POST http://127.0.0.1:4200/api/flow_runs/0a1b2c3d-1111-2222-3333-444455556666/set_state",
        "POST http://127.0.0.1:4200/api/flow_runs/0a1b2c3d-1111-2222-3333-444455556667/set_state",
        "GET http://h/api/block_types/slug/headway-cluster/block_documents/name/shop-testing?include_secrets=true",
        "POST http://h/api/logs/",
    ]
    spans = [Span("Prefect", each, 0, 1) for each in asked]
    lines = profile.prefect_table([profile.of(spans, [("look", 5, 6)])]).splitlines()
    assert lines[2:] == [
        "| `GET /api/block_types/slug/.../block_documents/name/...` | 1 |",
        "| `POST /api/flow_runs/.../set_state` | 2 |",
        "| `POST /api/logs` | 1 |",
        "| in all | 4 |",
    ]

"""What `headway doctor` says of repositories that others run, and that no credentials of ours open."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from headway.clients.chart_repository import open_writable_repository
from headway.decide.review.checkup import REACH, Checked
from headway.formats import chart_lock, chart_yaml
from headway.workspace import checkup
from headway.workspace.checkup import Subject
from headway.workspace.systems import Access, Systems
from tests.clients.memory_oci import HOST, MemoryOci
from tests.clients.packages import package
from tests.decide.shop import APPLICATION

WEB, OCI = "https://thirdparty.example.com", f"oci://{HOST}/charts"
INDEX = """\
entries:
  redis:
  - {version: 7.0.15, urls: [redis.tgz]}
  - {version: 7.0.14, urls: [redis.tgz]}
  postgresql: [{version: 15.1.0, urls: [postgresql.tgz]}]
"""
SYSTEMS = Systems(Access("https://git.example.com/shop.git"), lambda _: pytest.fail("no cluster is asked"))
CHART = """\
apiVersion: v2
name: shop
version: 0.1.0
dependencies:
- {name: cart, version: 0.1.0, repository: https://ours.example.com}
- {name: basket, alias: catalog, version: 0.1.0, repository: https://ours.example.com}
- {name: committed, version: 1.0.0, repository: ""}
"""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """One web server and one registry, and what they are asked; every other host is away."""
    registry = MemoryOci()

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == HOST:
            return registry.answer(request)
        registry.asked.append(f"{request.method} {request.url.host}{request.url.path}")
        if request.url.host == "guarded.example.com":
            return httpx.Response(401)
        if request.url.host != "thirdparty.example.com":
            raise httpx.ConnectError("nobody listens")
        return httpx.Response(200, text=INDEX)

    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(httpx, "HTTPTransport", lambda **_: httpx.MockTransport(answer))
    open_writable_repository(OCI).publish(package("queue", "2.0.0"), created=datetime.now(UTC))
    registry.asked.clear()
    return registry.asked


def lines(chart: str, **files: str) -> list[Checked]:
    texts = {"Chart.yaml": chart, **files}
    content = {name.replace("_", "."): text.encode() for name, text in texts.items()}
    attempts = checkup.of(Subject(APPLICATION, SYSTEMS, {}, "shop", content))
    return checkup.examine([each for each in attempts if each.what == "third parties' charts"])


def told(chart: str, **files: str) -> Mapping[str, tuple[str, str]]:
    return {each.where: (str(each.verdict), each.says) for each in lines(chart, **files)}


def dependency(name: str, version: str, repository: str) -> str:
    return f'- {{name: {name}, version: "{version}", repository: "{repository}"}}\n'


REDIS = dependency("redis", "^7.0.0", WEB)
POSTGRESQL = dependency("postgresql", "15.1.0", f"{WEB}/")


def test_each_repository_of_others_is_one_line(asked: list[str]) -> None:
    chart = CHART + REDIS + POSTGRESQL + dependency("queue", "2.0.0", OCI)
    assert told(chart) == {
        WEB: ("ok", "it offers redis 7.0.15, postgresql 15.1.0"),
        OCI: ("ok", "it offers queue 2.0.0"),
    }
    assert {each.split("/")[0] for each in asked} == {"GET thirdparty.example.com", f"GET {HOST}"}, (
        "nor is the repository of our own charts asked"
    )


@pytest.mark.usefixtures("asked")
def test_what_is_locked_is_what_will_be_taken() -> None:
    chart = CHART + REDIS
    read = chart_yaml.read(chart)
    locked = [chart_lock.Locked(each.name, each.version, each.repository) for each in read.dependencies]
    for version, verdict, says in (
        ("7.0.14", "ok", "it offers redis 7.0.14"),
        ("7.0.13", "missing", "it does not offer redis 7.0.13"),
    ):
        locked[-1] = chart_lock.Locked("redis", version, WEB)
        lock = chart_lock.write(read.dependencies, locked, datetime.now(UTC))
        assert told(chart, Chart_lock=lock) == {WEB: (verdict, says)}
    assert told(chart, Chart_lock=lock.replace("7.0.13", "6.0.0"))[WEB][0] == "ok", (
        "a lock that counts no more"
    )


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize(
    ("more", "says", "remedy"),
    [
        pytest.param(
            REDIS + dependency("redis-cluster", "1.x", WEB),
            "it does not offer redis-cluster 1.x",
            "It knows no such chart.",
            id="an unknown chart",
        ),
        pytest.param(
            dependency("redis", ">=8", WEB),
            "it does not offer redis >=8",
            "Its newest is redis 7.0.15.",
            id="no such version",
        ),
        pytest.param(
            dependency("redis", "^7", "https://guarded.example.com"),
            "it answered 401",
            "Correct the address, or what is behind it.",
            id="credentials wanted",
        ),
        pytest.param(
            dependency("redis", "^7", "https://away.example.com"), "nobody listens", REACH, id="away"
        ),
        pytest.param(
            dependency("redis", "^7", "s3://theirs"),
            "a third party's chart is not read with Headway's credentials",
            'commit the chart to charts/, and write repository: "".',
            id="S3",
        ),
        pytest.param(
            dependency("redis", "^7", "file://../redis"),
            "dependency redis is a folder",
            'repository: "".',
            id="a folder",
        ),
    ],
)
def test_what_is_missing_is_told_with_what_to_do(more: str, says: str, remedy: str) -> None:
    (line,) = lines(CHART + more)
    assert str(line.verdict) == "missing"
    assert says in line.says
    assert line.remedy.endswith(remedy)


@pytest.mark.usefixtures("asked")
def test_a_chart_that_cannot_be_read_is_told_as_that() -> None:
    (line,) = lines("name: [")
    assert (str(line.verdict), line.where) == ("missing", "Chart.yaml")

"""An index in S3 is asked for once by many looks beside each other, and anew by whoever is about to write."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import urllib3

from headway.clients import together
from headway.clients.chart_repository import (
    WritableChartRepository,
    glanced,
    glanced_s3,
    open_writable_repository,
)
from headway.errors import Conflict
from headway.model.credentials import RepositoryCredentials, S3Credentials
from tests.clients.packages import package

pytestmark = pytest.mark.sandbox
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.fixture
def open_again(s3: S3Credentials, bucket: str) -> Callable[[], WritableChartRepository]:
    return lambda: open_writable_repository(f"s3://{bucket}", RepositoryCredentials(s3=s3))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Requests as they leave for S3."""
    made: list[str] = []
    urlopen = urllib3.connectionpool.HTTPConnectionPool.urlopen

    def counted(
        self: urllib3.HTTPConnectionPool, method: str, url: str, *rest: object, **options: object
    ) -> object:
        made.append(method)
        return urlopen(self, method, url, *rest, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(urllib3.connectionpool.HTTPConnectionPool, "urlopen", counted)
    return made


def versions(repository: WritableChartRepository) -> list[str]:
    return [each.version for each in repository.entries("web")]


@pytest.mark.parametrize("kept", [glanced_s3.KEPT, 0], ids=["kept for others", "its tag alone"])
def test_one_question_serves_all(
    open_again: Callable[[], WritableChartRepository],
    asked: list[str],
    monkeypatch: pytest.MonkeyPatch,
    kept: int,
) -> None:
    monkeypatch.setattr(glanced_s3, "KEPT", kept)
    open_again().publish(package(), created=NOW)
    one, other = open_again(), open_again()
    asked.clear()
    with together.together(4), together.glancing():
        assert [versions(one), versions(one), versions(other), versions(other)] == [["1.0.0"]] * 4
        assert len(asked) <= (1 if kept else 2)
        with ThreadPoolExecutor() as somebody_else:
            written = somebody_else.submit(
                open_again().publish, package(version="1.1.0"), created=NOW
            ).result()
        assert written
        assert versions(one) == ["1.0.0"], "as it was when somebody first asked"
        with pytest.raises(Conflict, match="read for many at once"):
            glanced.guarded(one).publish(package(version="1.2.0"), created=NOW)
        assert versions(one) == ["1.1.0", "1.0.0"]
        glanced.guarded(one).publish(package(version="1.2.0"), created=NOW)
    assert versions(open_again()) == ["1.2.0", "1.1.0", "1.0.0"]


def test_one_that_is_not_there_is_none_for_all(
    open_again: Callable[[], WritableChartRepository], asked: list[str]
) -> None:
    with together.together(4), together.glancing():
        assert versions(open_again()) == versions(open_again()) == []
        open_again().publish(package(), created=NOW)
    assert versions(open_again()) == ["1.0.0"]
    assert asked


def test_alone_each_look_asks(open_again: Callable[[], WritableChartRepository], asked: list[str]) -> None:
    repository = open_again()
    repository.publish(package(), created=NOW)
    asked.clear()
    versions(repository)
    versions(repository)
    assert len(asked) == 2

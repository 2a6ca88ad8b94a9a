"""Answers that no API server gives: a proxy in between, a wrong address. They are bad input, and end no run with a stack."""

from typing import Any

import pytest
import urllib3
from kubernetes.client import ApiClient, Configuration

from headway.clients.kubernetes.api import KubernetesApi
from headway.errors import BadInput, HeadwayError, Unreachable


class Proxy:
    def __init__(self, status: int, answer: bytes) -> None:
        self._status, self._answer = status, answer

    def request(self, *_: Any, **__: Any) -> urllib3.HTTPResponse:
        return urllib3.HTTPResponse(body=self._answer, status=self._status)


@pytest.mark.parametrize(
    ("status", "answer", "kind", "sentence"),
    [
        pytest.param(
            200, b"<html>Log in</html>", BadInput, "no API server answers so: .*<html>", id="a page"
        ),
        pytest.param(200, b"[1]", BadInput, "no API server answers so", id="a list"),
        pytest.param(404, b"[1]", HeadwayError, "1", id="a list that is refused"),
        pytest.param(502, b"<html>Bad gateway</html>", Unreachable, "Bad gateway", id="a bad gateway"),
    ],
)
def test_an_answer_of_another_kind(
    status: int, answer: bytes, kind: type[HeadwayError], sentence: str
) -> None:
    client = ApiClient(Configuration(host="https://here"))
    client.rest_client.pool_manager = Proxy(status, answer)
    with pytest.raises(kind, match=sentence):
        KubernetesApi(client).get("/version")

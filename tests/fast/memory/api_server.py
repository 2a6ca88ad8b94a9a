"""A Kubernetes API server in this process, spoken to as by HTTP: everything above urllib3 runs as it ships.

Its kubelet and controllers are in `kubelet`; what they do with an image is scripted there.
"""

import io
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import urllib3

from tests.fast.memory.kubelet import Kubelet
from tests.fast.memory.objects import SERVED, ApiError, Object, ObjectStore, discovered

Interference = Callable[[], None]


@dataclass
class ApiServer:
    """`request` is that of a urllib3 pool manager."""

    host: str
    version: str = "1.34"
    away: bool = False
    """Nobody answers, from now on."""
    answers: dict[str, tuple[int, str]] = field(default_factory=dict)
    """"GET /part/of/a/path" -> status and sentence that such requests are refused with."""
    meanwhile: list[tuple[str, Interference]] = field(default_factory=list)
    """"PUT /part/of/a/path" -> what somebody else does right before such a request arrives, once."""
    requests: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = ObjectStore()
        self.kubelet = Kubelet(self.store)
        self.store.after_write = self.kubelet.see
        self._counting = threading.Lock()

    def request(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,  # noqa: ARG002
        timeout: object = None,  # noqa: ARG002
        retries: object = None,  # noqa: ARG002
        preload_content: bool = True,
    ) -> urllib3.HTTPResponse:
        parts = urlsplit(url)
        query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        with self._counting:
            if method != "POST" or "dryRun" not in query:
                self.requests.append((method, parts.path))
            due = [each for each in self.meanwhile if _is_about(each[0], method, parts.path)][:1]
            for each in due:
                self.meanwhile.remove(each)
        for _, act in due:
            act()
        if self.away:
            raise urllib3.exceptions.ProtocolError("connection refused")
        status, answer = 200, b""
        try:
            self._refuse_as_scripted(method, parts.path)
            answer = self._answer(method, parts.path, query, json.loads(body) if body else {})
        except ApiError as error:
            status = error.status
            answer = json.dumps({"kind": "Status", "reason": error.reason, "message": error.message}).encode()
        return urllib3.HTTPResponse(
            body=_Body(answer),
            headers={"Date": format_datetime(datetime.now(UTC), usegmt=True)},
            status=status,
            preload_content=preload_content,
        )

    @property
    def writes(self) -> list[tuple[str, str]]:
        """Requests that change something, but for those to the lease, which every run takes and gives back."""
        return [
            each for each in self.requests if each[0] not in ("GET", "PATCH") and "/leases" not in each[1]
        ]

    def _refuse_as_scripted(self, method: str, path: str) -> None:
        for request, (code, sentence) in self.answers.items():
            if _is_about(request, method, path):
                raise ApiError(code, "", sentence)

    def _answer(self, method: str, path: str, query: Mapping[str, str], body: Object) -> bytes:
        if method == "GET" and path.endswith("/log"):
            return self.kubelet.log(path.removesuffix("/log")).encode()
        if query.get("watch"):
            events = self.kubelet.happened(
                path, query.get("labelSelector", ""), query.get("fieldSelector", "")
            )
            return b"".join(json.dumps(each).encode() + b"\n" for each in events)
        return json.dumps(self._object(method, path, query, body)).encode()

    def _object(self, method: str, path: str, query: Mapping[str, str], body: Object) -> Any:
        store = self.store
        match method:
            case "GET" if path == "/version":
                major, minor = self.version.split(".")
                return {"major": major, "minor": minor}
            case "GET" if path.rpartition("/")[2] in _PLURALS:
                return {"items": store.items(path, query.get("labelSelector", "")), "metadata": {}}
            case "GET" if path in SERVED or (path.count("/") in (2, 3) and not path.startswith("/api/v1/")):
                return discovered(path)
            case "GET":
                return store.get(path)
            case "POST" if query.get("dryRun"):
                return body
            case "POST":
                return store.create(path, body)
            case "PUT":
                return store.replace(path, body)
            case "DELETE":
                return store.delete(path, (body or {}).get("preconditions"))
            case "PATCH" if query.get("dryRun"):
                return store.would_apply(path, body)
            case "PATCH":
                return store.apply(path, body)
        raise ApiError(405, "MethodNotAllowed", f"{method} {path}")


class _Body(io.BytesIO):
    """Closed at its end, as a response of http.client is: what streams it looks at that."""

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        if self.tell() == len(self.getbuffer()):
            self.close()
        return data


_PLURALS = frozenset(plural for kinds in SERVED.values() for plural in kinds.values())


def _is_about(request: str, method: str, path: str) -> bool:
    wanted, _, part = request.partition(" ")
    return wanted == method and part in path

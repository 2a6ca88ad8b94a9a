"""Requests to a Kubernetes API server as plain JSON, with its errors turned into ours in this one place.

Objects stay dictionaries: what is compared, stored and shown is what the server sent, also for kinds that no
client library knows. Credentials, TLS and token renewal are the kubernetes package's.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

import urllib3
from kubernetes.client import ApiClient

from headway.clients.clock import elapsing
from headway.clients.kubernetes.kubeconfig import CHECK
from headway.errors import BadInput, Conflict, Gone, HeadwayError, Refused, Retryable, Terminal, Unreachable
from headway.formats import json_limits
from headway.model.moment import in_utc

Object = dict[str, Any]
FIELD_MANAGER = "headway"
APPLY_PATCH = "application/apply-patch+yaml"

GRANT = "Grant this in the cluster, or use other credentials."
"""The server's sentence names user, verb, resource and namespace."""
_UNTYPED = "failed to create typed patch object"
"""With status 500, and of the content all the same: a field that its schema does not have, or not so."""
_CONNECT_SECONDS = 3.0
_READ_SECONDS = 30.0
_WHOLE = "application/json, */*"
_METADATA_ALONE = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
# Tried once more, and only where nothing can have happened: a connection refused, or a read cut short.
_RETRIES = urllib3.Retry(total=1, connect=1, read=1, status=0, redirect=0, other=0, allowed_methods=["GET"])


class KubernetesApi:
    """One API server. Every call raises the errors of `_error_of`, within seconds where nobody answers."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client
        self.host: str = client.configuration.host.rstrip("/")
        self._date: tuple[datetime, float] | None = None

    def server_now(self) -> datetime:
        """The server's clock, to a second: the one clock that everybody who asks it shares."""
        if self._date is None:
            self.get("/version")
        if self._date is None:
            return datetime.now(UTC)
        date, at = self._date
        return date + timedelta(seconds=elapsing() - at)

    def get(self, path: str, **query: Any) -> Object:
        return self._object("GET", path, query)

    def find(self, path: str, **query: Any) -> Object | None:
        """`get`, or None where there is no such object."""
        try:
            return self.get(path, **query)
        except Gone:
            return None

    def items(self, path: str, *, at_most: int | None = None, **query: Any) -> list[Object]:
        """All items of a collection, page after page. Refused where there are more than `at_most`."""
        return self._pages(path, query, _WHOLE, at_most)

    def metadata_of_items(self, path: str, *, at_most: int | None = None, **query: Any) -> list[Object]:
        """The same, each with no more than its metadata (PartialObjectMetadataList, Kubernetes 1.15)."""
        return self._pages(path, query, _METADATA_ALONE, at_most)

    def _pages(self, path: str, query: Mapping[str, Any], accept: str, at_most: int | None) -> list[Object]:
        found: list[Object] = []
        token = None
        while True:
            page = self._object("GET", path, {"limit": 500, **query, "continue": token}, accept=accept)
            found.extend(page.get("items") or [])
            token = page.get("metadata", {}).get("continue")
            if at_most is not None and (len(found) > at_most or (token and len(found) == at_most)):
                raise Refused(f"more than {at_most} objects are there", where=f"{self.host}{path}")
            if not token:
                return found

    def create(self, path: str, body: Object, **query: Any) -> Object:
        """Raises Conflict where the object exists."""
        return self._object("POST", path, {"fieldManager": FIELD_MANAGER, **query}, body)

    def replace(self, path: str, body: Object, **query: Any) -> Object:
        """Compare-and-swap where `body` has a resourceVersion: Conflict when somebody wrote since."""
        return self._object("PUT", path, {"fieldManager": FIELD_MANAGER, **query}, body)

    def apply(self, path: str, body: Object, field_manager: str, *, force: bool = False) -> Object:
        """Server-side apply: Conflict where another manager owns a field, unless it is taken by force."""
        query = {"fieldManager": field_manager, "force": "true" if force else None}
        return self._object("PATCH", path, query, body, APPLY_PATCH)

    def dry_run_apply(
        self, path: str, body: Object, field_manager: str, *, strict: bool = False, force: bool = True
    ) -> Object:
        """What the object would be after a server-side apply; nothing is written. `strict` refuses unknown fields. Raises
        Conflict, which names other managers' fields, where it is not forced."""
        query = {"fieldManager": field_manager, "force": "true" if force else "false", "dryRun": "All"}
        if strict:
            query["fieldValidation"] = "Strict"
        return self._object("PATCH", path, query, body, APPLY_PATCH)

    def dry_run_create(self, path: str, body: Object) -> Object:
        """What the object would be; nothing is written. Raises Conflict where a sound one exists."""
        return self.create(path, body, dryRun="All", fieldValidation="Strict")

    def delete(self, path: str, *, propagation: str = "Background", resource_version: str = "") -> bool:
        """False where there was nothing to delete. Conflict where it is not that `resource_version` any more."""
        body = {"preconditions": {"resourceVersion": resource_version}} if resource_version else None
        try:
            self._object("DELETE", path, {"propagationPolicy": propagation}, body)
        except Gone:
            return False
        return True

    def text(self, path: str, **query: Any) -> str:
        """A sub-resource that is no JSON, such as a log."""
        return self._send("GET", path, query).data.decode("utf-8", errors="replace")

    def watch(self, path: str, seconds: float, **query: Any) -> Iterator[tuple[str, Object]]:
        """(ADDED | MODIFIED | DELETED, object), first those that are there; ends after `seconds`.

        Ends early when the server closes the connection or says that the version is too old: look again.
        """
        query = {**query, "watch": "true", "timeoutSeconds": max(1, round(seconds))}
        response = self._send("GET", path, query, preload=False, read_seconds=seconds + 5)
        try:
            for line in _lines(response):
                event = _parsed(line, f"GET {self.host}{path}")
                if event["type"] == "ERROR":
                    return
                yield event["type"], event["object"]
        except (urllib3.exceptions.ProtocolError, urllib3.exceptions.TimeoutError):
            return
        finally:
            response.close()

    def _object(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any],
        body: Object | None = None,
        content_type: str = "application/json",
        accept: str = _WHOLE,
    ) -> Object:
        response = self._send(method, path, query, body=body, content_type=content_type, accept=accept)
        return _parsed(response.data or b"{}", f"{method} {self.host}{path}")

    def _send(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any],
        *,
        body: Object | None = None,
        content_type: str = "application/json",
        accept: str = _WHOLE,
        preload: bool = True,
        read_seconds: float = _READ_SECONDS,
    ) -> urllib3.BaseHTTPResponse:
        headers = {"Accept": accept, "User-Agent": "headway"}
        if body is not None:
            headers["Content-Type"] = content_type
        where = f"API server {self.host}"
        try:
            self._client.update_params_for_auth(headers, [], ["BearerToken"], path, method, None)
            response: urllib3.BaseHTTPResponse = self._client.rest_client.pool_manager.request(
                method,
                self.host + path + (f"?{_query(query)}" if query else ""),
                body=None if body is None else json.dumps(body).encode(),
                headers=headers,
                timeout=urllib3.Timeout(connect=_CONNECT_SECONDS, read=read_seconds),
                retries=_RETRIES,
                preload_content=preload,
            )
        except urllib3.exceptions.HTTPError as error:
            raise _transport_error(error, where) from error
        if self._date is None and "Date" in response.headers:
            self._date = _dated(response.headers["Date"])
        if response.status >= 400:
            raise _error_of(response.status, response.data, f"{method} {path}", where)
        return response


def _dated(text: str) -> tuple[datetime, float] | None:
    """The server's time, and when it was heard; None for what no server of ours would say, but something in between might."""
    try:
        return in_utc(parsedate_to_datetime(text)), elapsing()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _query(query: Mapping[str, Any]) -> str:
    return urlencode({key: value for key, value in query.items() if value is not None})


def _lines(response: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    rest = b""
    for chunk in response.stream(amt=None, decode_content=True):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from filter(None, lines)


def _parsed(data: bytes, where: str) -> Object:
    """BadInput for what is no JSON object, such as the web page of a proxy in between."""
    try:
        found = json_limits.load(data)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise BadInput(
            f"no API server answers so: it begins {data[:40]!r}",
            where=where,
            next_step="Is this the address of an API server?",
        )
    return found


def _transport_error(error: urllib3.exceptions.HTTPError, where: str) -> HeadwayError:
    reason = getattr(error, "reason", None) or error
    if "certificate verify failed" in str(reason):
        return Terminal(
            f"its certificate is not trusted ({reason})", where=where, next_step="Check the kubeconfig."
        )
    return Unreachable(f"it did not answer ({reason})", where=where, next_step="It is tried again.")


def _error_of(status: int, data: bytes, request: str, where: str) -> HeadwayError:
    """The API conventions' Status object as one of our errors.

    https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md
    """
    try:
        said = _parsed(data, where)
    except BadInput:
        said = {}
    message = str(said.get("message") or data[:500].decode("utf-8", errors="replace") or f"status {status}")
    reason = said.get("reason", "")
    if status == 409:
        return Conflict(message, where=where, next_step="It is looked at again.")
    if message.startswith(_UNTYPED):
        return BadInput(f"{request}: {message}", where=where)
    if status == 429 or status >= 500:
        return Unreachable(f"{request}: {message}", where=where, next_step="It is tried again.")
    if status == 404:
        return Gone(message, where=where)
    if status == 403 and ("exceeded quota" in message or "being terminated" in message):
        return Retryable(message, where=where, next_step="It is tried again when there is room.")
    if status == 403:
        return Refused(message, where=where, next_step=GRANT)
    if status == 401:
        return Refused("it does not accept the credentials", where=where, next_step=CHECK)
    if status == 410 or reason == "Expired":
        return Conflict(message, where=where, next_step="It is looked at again.")
    return BadInput(f"{request}: {message}", where=where)

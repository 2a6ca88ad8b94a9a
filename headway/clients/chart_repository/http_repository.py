"""A chart repository that others run and everyone reads over HTTP: the source of third-party dependencies."""

import time
import weakref
from collections.abc import Collection, Sequence
from urllib.parse import urljoin, urlsplit

import httpx

from headway.clients import hosts
from headway.clients.bounded import BoundedTransport, as_ours, refuse_downgrade
from headway.clients.chart_repository.last_indexes import LastIndex
from headway.clients.chart_repository.protocol import DOCUMENT_LIMIT, INDEX, Signature
from headway.clients.chart_repository.publishing import INDEX_LIMIT, checked, of_file
from headway.errors import BadInput, Unreachable
from headway.formats import retry_after
from headway.formats.chart_package import PACKAGE_LIMIT
from headway.formats.written_index import WrittenIndex
from headway.model.charts import ChartEntry
from headway.model.credentials import HttpCredentials

TIMEOUT = httpx.Timeout(15, connect=3)
TOTAL_SECONDS = 300.0
_SYSTEM = "the chart repository"


class _MissingError(BadInput):
    """Nothing is there."""


class HttpRepository:
    """Reads http(s)://host/path; see ReadableChartRepository.

    Of an index that anybody on this machine has read is asked only whether it has changed, where the server says by what.
    """

    def __init__(self, url: str, credentials: HttpCredentials | None = None) -> None:
        self._url = url.rstrip("/")
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise BadInput("not an address such as https://host/charts", where=url)
        self._client = httpx.Client(
            timeout=TIMEOUT,
            follow_redirects=True,
            transport=BoundedTransport(seconds=TOTAL_SECONDS, limit=INDEX_LIMIT),
            event_hooks={"response": [refuse_downgrade]},
        )
        self._credentials = credentials
        weakref.finalize(self, self._client.close)
        self._last = LastIndex(self._url)

    @property
    def url(self) -> str:
        return self._url

    def entries(self, name: str) -> list[ChartEntry]:
        return self._look().versions(name)

    def entries_beside(self, name: str, others: Collection[str]) -> dict[str, list[ChartEntry]]:
        index = self._look()
        return {each: index.versions(each) for each in {name, *others}}

    def versions(self, name: str) -> list[str]:
        return [each.version for each in self.entries(name)]

    def entry(self, name: str, version: str) -> ChartEntry | None:
        return self._look().find(name, version)

    def read(self, entry: ChartEntry) -> bytes:
        return checked(self._get(entry.url, PACKAGE_LIMIT), entry, self._url)

    def provenance(self, entry: ChartEntry) -> bytes | None:
        return self._beside(entry, ".prov")

    def signatures(self, entry: ChartEntry) -> Sequence[Signature]:
        return of_file(self._beside(entry, ".sig"))

    def _beside(self, entry: ChartEntry, ending: str) -> bytes | None:
        try:
            return self._get(f"{entry.url}{ending}", DOCUMENT_LIMIT)
        except _MissingError:
            return None

    def documents(self, folder: str) -> None:
        """A web server does not say what lies in a folder."""

    def document(self, name: str) -> None:
        """Who cannot ask for names knows none."""

    def _look(self) -> WrittenIndex:
        known, where = self._last.known(), f"{self._url}/{INDEX}"
        data, tag = self._asked(INDEX, INDEX_LIMIT, known[1] if known else "")
        if data is not None:
            return self._last.heard(data, tag, where)
        if known is None:
            raise BadInput("it says that nothing has changed to who knows nothing", where=where)
        return known[0]

    def _get(self, reference: str, limit: int) -> bytes:
        return self._asked(reference, limit)[0] or b""

    def _asked(self, reference: str, limit: int, known: str = "") -> tuple[bytes | None, str]:
        """The body and its tag; None where it still has the tag `known`. `reference`: an address, or one below this
        repository's."""
        headers = {"If-None-Match": known} if known else {}
        with as_ours(_SYSTEM, f"{self._url} {reference}"):
            address = urljoin(f"{self._url}/", reference)
        with hosts.OF_THIS_MACHINE.asking(hosts.of_address(address)), as_ours(_SYSTEM, address):
            if urlsplit(address).scheme not in ("http", "https"):
                raise BadInput(f"the index points to {address}", where=self._url)
            with self._client.stream("GET", address, headers=headers, auth=self._auth(address)) as response:
                if response.status_code == 304:
                    return None, known
                _check(response, address)
                data = bytearray()
                for chunk in response.iter_bytes():
                    data += chunk
                    if len(data) > limit:
                        raise BadInput(f"it is larger than {limit} bytes", where=address)
                return bytes(data), response.headers.get("ETag", "")

    def _auth(self, address: str) -> tuple[str, str] | None:
        """None for another server, to which an index or a redirect may lead."""
        known = self._credentials
        if known is None or _origin(address) != _origin(known.address):
            return None
        return known.username, known.password


def _origin(address: str) -> tuple[str, str, int | None]:
    url = httpx.URL(address)
    return url.scheme, url.host, url.port


def _check(response: httpx.Response, address: str) -> None:
    status = response.status_code
    if status == 429 or status >= 500:
        raise Unreachable(
            f"it answered {status}",
            where=address,
            next_step="It is tried again.",
            status=status,
            retry_after=retry_after.of_answer(response.headers, time.time()),
        )
    if status != 200:
        raise (_MissingError if status in (404, 410) else BadInput)(
            f"it answered {status}", where=address, next_step="Correct the address, or what is behind it."
        )

"""An index as the bytes in which it is written, chart by chart: who asks for one chart reads no other, and who changes one leaves
the bytes of the others as they are.

It says what `chart_index` says, and its bytes are those of `chart_index.serialise`: a chart's versions stand behind its name, the
names in order, all that is no chart before them. Where something else was written the whole is read and written anew.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

import orjson

from headway.errors import BadInput
from headway.formats import chart_index, json_limits
from headway.formats.chart_index import CHARTS, END, Index
from headway.model.charts import ChartEntry, Package

_FIRST = 64 * 2**10
"""Bytes in which the first version of a chart ends; else all of them are read."""
_Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class WrittenIndex:
    """`rest`: all but the charts. Made by `read`, and by what changes one. Safe among threads."""

    rest: Mapping[str, Any]
    _text: bytes = field(repr=False)
    """Its bytes; more may follow."""
    _places: Mapping[str, _Place] = field(repr=False)
    """Where each chart's versions begin and end, as a JSON array."""
    _known: dict[str, tuple[ChartEntry, ...]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, index: Index) -> Self:
        charts = {name: chart_index.dumped(found) for name, found in index.entries.items()}
        return cls._joined(index.rest, charts)

    @classmethod
    def _joined(cls, rest: Mapping[str, Any], charts: Mapping[str, bytes | memoryview]) -> Self:
        pieces: list[bytes | memoryview] = [chart_index.head(rest)]
        places = dict[str, _Place]()
        at = len(pieces[0])
        for name in sorted(charts):
            key = b"%s%s:" % (b"," if places else b"", chart_index.dumped(name))
            pieces += (key, charts[name])
            places[name] = (at + len(key), at + len(key) + len(charts[name]))
            at = places[name][1]
        return cls(rest, b"".join([*pieces, END]), places)

    @property
    def data(self) -> bytes:
        """As it is written into index.yaml."""
        return self._text[: self._end]

    @property
    def _end(self) -> int:
        last = max((end for _, end in self._places.values()), default=len(chart_index.head(self.rest)))
        return last + len(END)

    def versions(self, name: str) -> list[ChartEntry]:
        """See chart_index.versions."""
        return list(self._entries(name))

    def find(self, name: str, version: str) -> ChartEntry | None:
        if name not in self._known:
            if name not in self._places or not self._may_hold(name, version):
                return None
            first = chart_index.entry(name, self._first(name) or {})
            if first is not None and first.version == version:
                return first
        return next((each for each in self._entries(name) if each.version == version), None)

    def pinned_charts(self) -> dict[str, str]:
        return chart_index.pinned_charts(Index({}, self.rest))

    def withdrawn_digest(self, name: str, version: str) -> str:
        return chart_index.withdrawn_digest(Index({}, self.rest), name, version)

    def insert(self, package: Package, *, created: datetime) -> Self:
        """See chart_index.insert."""
        name, raw = package.name, chart_index.new_entry(package, created=created)
        first = self._first(name)
        if first is None or not chart_index.is_above(raw, first):
            return self._with(name, chart_index.insert(self._chart(name), package, created=created))
        start, end = self._places[name]
        versions = b"[%s,%s" % (chart_index.dumped(raw), memoryview(self._text)[start + 1 : end])
        rest = chart_index.rest_with(self.rest, package, created=created)
        return self._joined(rest, {**self._charts(), name: versions})

    def withdraw(self, name: str, version: str, digest: str) -> Self | None:
        """See chart_index.withdraw."""
        found = chart_index.withdraw(self._chart(name), name, version, digest)
        return None if found is None else self._with(name, found)

    def kept(self) -> bytes:
        """For `restored`: the bytes, and behind them where what stands."""
        places = [[name, *place] for name, place in self._places.items()]
        return b"".join([memoryview(self._text)[: self._end], orjson.dumps(places), b"\n%020d" % self._end])

    @classmethod
    def restored(cls, kept: bytes) -> Self:
        """Of bytes that `kept` gave, unchanged."""
        end = int(kept[-20:])
        places = {name: (start, stop) for name, start, stop in orjson.loads(memoryview(kept)[end:-21])}
        first = next(iter(places), None)
        head = places[first][0] - len(chart_index.dumped(first)) - 1 if first is not None else end - len(END)
        return cls(_rest(kept, head), kept, places)

    def _entries(self, name: str) -> tuple[ChartEntry, ...]:
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = tuple(chart_index.versions(self._chart(name), name))
        return found

    def _chart(self, name: str) -> Index:
        """The index with that chart alone."""
        if name not in self._places:
            return Index({}, self.rest)
        start, end = self._places[name]
        with json_limits.without_collections():
            return Index({name: tuple(json.loads(self._text[start:end]))}, self.rest)

    def _charts(self) -> dict[str, bytes | memoryview]:
        view = memoryview(self._text)
        return {name: view[start:end] for name, (start, end) in self._places.items()}

    def _with(self, name: str, index: Index) -> Self:
        """`index`: that chart as it is now, or without it, and all that is no chart."""
        charts = self._charts()
        charts.pop(name, None)
        if name in index.entries:
            charts[name] = chart_index.dumped(index.entries[name])
        return self._joined(index.rest, charts)

    def _may_hold(self, name: str, version: str) -> bool:
        """False where no value anywhere in the chart says so: what is written has no other spelling."""
        return self._text.find(b'"version":' + chart_index.dumped(version), *self._places[name]) >= 0

    def _first(self, name: str) -> Mapping[str, Any] | None:
        """The newest version as it is written; None where there is none, or it is too long."""
        start, end = self._places.get(name, (0, 0))
        text = self._text[start + 1 : min(end, start + _FIRST)].decode(errors="ignore")
        try:
            found, _ = json.JSONDecoder().raw_decode(text)
        except ValueError:
            return None
        return found if isinstance(found, dict) else None


def read(data: bytes, where: str, known: WrittenIndex | None = None) -> WrittenIndex:
    """An index in YAML or JSON. Of `known`, what it was before, what has not changed is not read again. BadInput naming
    `where` for anything else."""
    found = _changed(data, where, known) if known is not None else None
    return found or WrittenIndex.of(chart_index.parse(data, where))


def _changed(data: bytes, where: str, known: WrittenIndex) -> WrittenIndex | None:
    """None where it is not written so, or where too much has changed for that to be seen."""
    head = data.find(CHARTS) + len(CHARTS)
    if head < len(CHARTS) or not data.endswith(END):
        return None
    try:
        json_limits.check_values(data)
        rest = _rest(data, head)
        chart_index.require_rest(rest, where)
        places = _places(data, head, known)
    except (ValueError, BadInput):
        return None
    if places is None or not data.startswith(chart_index.head(rest)) or len(chart_index.head(rest)) != head:
        return None
    return WrittenIndex(rest, data, places)


def _places(data: bytes, at: int, known: WrittenIndex) -> dict[str, _Place] | None:
    """`at`: where the charts begin. Those that stand there as before are taken as they are. What stands between two of them is
    read: one chart, or nothing is taken."""
    end, places, before = len(data) - len(END), dict[str, _Place](), ""
    charts, names = known._charts(), [*known._places]
    while at < end:
        if places and data[at : at + 1] != b",":
            return None
        at += bool(places)
        name, start = _key(data, at)
        if places and name <= before:
            return None
        old = charts.get(name)
        if old is not None and data.startswith(old, start):
            stop = start + len(old)
        else:
            stop = _end_of_chart(data, start, end, name, names)
            if not _is_written(data[start:stop], name):
                return None
        places[name], before, at = (start, stop), name, stop
    return places if at == end else None


def _key(data: bytes, at: int) -> tuple[str, int]:
    """A name, and where what it names begins. ValueError where that is written otherwise."""
    stop = data.index(b'":', at + 1)
    name = json.loads(data[at : stop + 1].decode())
    if not isinstance(name, str) or chart_index.dumped(name) != data[at : stop + 1]:
        raise ValueError("a name that is written otherwise")
    return name, stop + 2


def _end_of_chart(data: bytes, start: int, end: int, name: str, names: list[str]) -> int:
    """Where it ends if the next chart is the next one that was known."""
    after = next((each for each in names if each > name), None)
    if after is None:
        return end
    found = data.find(b"],%s:" % chart_index.dumped(after), start, end)
    return end if found < 0 else found + 1


def _is_written(chart: bytes, name: str) -> bool:
    """Whether these are versions of one chart, as they are written."""
    versions = json_limits.load(chart)
    return chart_index.dumped(chart_index.versions_of(versions, name, "")) == chart


def _rest(data: bytes, head: int) -> dict[str, Any]:
    """All that is no chart. ValueError where what stands before `head` is no object that ends there."""
    before = data[: head - len(CHARTS)]
    rest = json_limits.load(before.removesuffix(b",") + b"}")
    if not isinstance(rest, dict) or "entries" in rest:
        raise ValueError("no index is written so")
    return rest

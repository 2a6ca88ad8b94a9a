"""States of releases as numbers, in Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/)."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from headway.decide.review.status import CALLED
from headway.view.looks import Seen, Sight

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_ESCAPED = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


def text(sight: Sight, releases: Iterable[Seen]) -> str:
    """`releases`: those that may be seen."""
    shown = list(releases)
    return "".join(f"{line}\n" for line in _lines(sight, shown))


def _lines(sight: Sight, releases: list[Seen]) -> Iterator[str]:
    yield from _head("headway_release_state", "1 for the state that a release is in, 0 for the others.")
    for each in releases:
        for called in CALLED:
            yield f"headway_release_state{_labels(each, state=called)} {int(each.status.called == called)}"
    yield from _head("headway_release_info", "Always 1; its version and what waits are labels.")
    for each in releases:
        labels = _labels(each, version=each.status.version, waits=each.status.waits)
        yield f"headway_release_info{labels} 1"
    moments: tuple[tuple[str, str, Callable[[Seen], datetime | None]], ...] = (
        ("deployed", "When what runs was deployed", lambda each: each.status.since),
        ("tested", "When what runs passed its tests", lambda each: each.status.tested_at),
    )
    for name, what, value in moments:
        yield from _head(f"headway_release_{name}_timestamp_seconds", f"{what}, in seconds since 1970.")
        for each in releases:
            if at := value(each):
                yield f"headway_release_{name}_timestamp_seconds{_labels(each)} {at.timestamp():.0f}"
    yield from _head("headway_release_drifted_objects", "Live objects that differ from what is deployed.")
    for each in releases:
        yield f"headway_release_drifted_objects{_labels(each)} {len(each.status.drift)}"
    yield from _head("headway_release_barred_versions", "Versions above what is deployed that are barred.")
    for each in releases:
        yield f"headway_release_barred_versions{_labels(each)} {len(each.status.rejected)}"
    yield from _head(
        "headway_cluster_unreadable", "1 for a cluster that could not be read when it was last looked at."
    )
    for trouble in sight.troubles:
        yield f"headway_cluster_unreadable{_braced({'cluster': trouble.cluster})} 1"


def _head(name: str, what: str) -> Iterator[str]:
    yield f"# HELP {name} {what}"
    yield f"# TYPE {name} gauge"


def _labels(seen: Seen, **more: str) -> str:
    ref = seen.status.ref
    named = {
        "application": ref.application,
        "environment": ref.environment,
        "release": ref.release,
        "cluster": seen.cluster,
        # Else one record that names another's place would make two of the same, and Prometheus read none.
        "namespace": seen.status.namespace,
    }
    return _braced({**named, **more})


def _braced(labels: dict[str, str]) -> str:
    return "{" + ",".join(f'{name}="{value.translate(_ESCAPED)}"' for name, value in labels.items()) + "}"

"""A change on its way, for people at a terminal and for programs."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from headway.decide.review import stage_times
from headway.decide.review.delivery import Delivery
from headway.decide.review.delivery_facts import Stage
from headway.decide.review.history_table import took
from headway.decide.review.status_table import age

_TITLES = ("STAGE", "STANDS", "SINCE", "WHY")


def rows(found: Delivery, now: datetime, *, wide: bool = False) -> list[list[str]]:
    """Titles first. `wide`: with what each stage of a delivery took."""
    times = [each.upper() for each in stage_times.STAGES] if wide else []
    return [[*_TITLES[:3], *times, _TITLES[3]], *(_row(each, now, wide=wide) for each in found.stages)]


def _row(stage: Stage, now: datetime, *, wide: bool) -> list[str]:
    told = stage.moments
    times = [took(told.seconds(each)) if told else "-" for each in stage_times.STAGES] if wide else []
    sentence = " ".join(stage.sentence.split())
    return [stage.name, stage.standing.value, age(stage.at, now), *times, sentence]


def values(found: Delivery) -> dict[str, Any]:
    return {
        "what": found.what,
        "stands": found.sentence,
        "stages": [
            {
                "name": each.name,
                "environment": each.environment,
                "stands": each.standing.value,
                "why": each.sentence,
                "since": each.at,
                "facts": [{"name": name, "value": value} for name, value in each.facts],
                "moments": asdict(each.moments) if each.moments else None,
                "seconds": {
                    stage: each.moments.seconds(stage) if each.moments else None
                    for stage in stage_times.STAGES
                },
            }
            for each in found.stages
        ],
        "unknown": list(found.unknown),
    }

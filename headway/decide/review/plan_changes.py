"""What has changed between two plans of one release: the one that somebody answered, and the one that would be made now."""

from collections.abc import Mapping

from headway.decide.review.plan import PACKAGE, REVISION


def changes(answered: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    """Sentences without a stop. `answered` and `now`: `Plan.parts`; `answered` is empty where it is not known any more."""
    if not answered:
        return ("what was shown then is not known any more",)
    found = []
    if answered.get(PACKAGE) != now.get(PACKAGE):
        found.append("it is another package")
    if answered.get(REVISION) != now.get(REVISION):
        found.append(f"{_revision(now)} runs, and {_revision(answered)} ran then")
    names = [name for name in (*now, *(each for each in answered if each not in now)) if _is_resource(name)]
    for name in names:
        if name not in answered:
            found.append(f"{name} has come")
        elif name not in now:
            found.append(f"{name} has gone")
        elif answered[name] and now[name] and answered[name] != now[name]:
            found.append(f"{name} is rendered otherwise")
    return tuple(found) or ("its content is rendered otherwise",)


def _is_resource(name: str) -> bool:
    return name not in (PACKAGE, REVISION)


def _revision(parts: Mapping[str, str]) -> str:
    number = parts.get(REVISION, "0")
    return f"revision {number}" if number != "0" else "nothing"

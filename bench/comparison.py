"""The rounds: Headway, the plain script, Headway, ... each with an image of its own and nothing else under way."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from prefect import get_client

from bench import chart_history, headway_deployed, headway_flow, profile
from bench.phases import Round, ratio, table
from bench.plain import Plain
from bench.profile import Profile
from bench.shops import ENVIRONMENT, SERVICE, new_image, require_running, shops
from sandbox.address import Address
from sandbox.demo.prefect_api import WATCH, PrefectApi
from sandbox.seed import Layout


def compare(
    address: Address,
    home: Path,
    *,
    rounds: int,
    sizes: Sequence[int],
    charts: int,
    plain_json: bool,
    deployed: int,
) -> tuple[str, dict[str, str]]:
    """What was measured, in Markdown: a table for each way and size, the ratios, what was waited for; charts by file name.

    Raises RuntimeError where a delivery did not succeed.
    """
    require_quiet_watch()
    said, charts_of_phases = list[str](), dict[str, str]()
    prefect = PrefectApi(address.prefect_api)
    _say("seed two shops, and release each once")
    with shops(address, prefect) as (ours, theirs):
        plain = Plain(theirs, home, "--json" if plain_json else "")
        for versions in sizes:
            _say(f"fill both indexes with {versions} versions")
            chart_history.fill(ours, ENVIRONMENT, versions, charts, json=True)
            chart_history.fill(theirs, ENVIRONMENT, versions, charts, json=plain_json)
            plain.refresh()
            text, chart = _size(ours, theirs, plain_json, versions, prefect, plain, rounds, deployed)
            charts_of_phases[f"delivery-{versions}.svg"] = chart
            said.append(text)
    return "\n\n".join(said), charts_of_phases


def _size(
    ours: Layout,
    theirs: Layout,
    plain_json: bool,
    versions: int,
    prefect: PrefectApi,
    plain: Plain,
    rounds: int,
    deployed: int,
) -> tuple[str, str]:
    headway, script, events = list[Round](), list[Round](), list[Round]()
    profiles = list[Profile]()
    api = urlsplit(ours.address.prefect_api).netloc
    for number in range(1, rounds + 1):
        _quiet(prefect, ours)
        image = new_image(ours)
        measured, waited_for = headway_flow.profiled(ours.name, ENVIRONMENT, api)
        headway.append(measured)
        profiles.append(waited_for)
        require_running(ours, image)
        _quiet(prefect, ours)
        image = new_image(theirs)
        script.append(plain.deliver(SERVICE, image))
        require_running(theirs, image)
        _say(f"round {number}: Headway {headway[-1].total:.2f} s, plain script {script[-1].total:.2f} s")
        if number <= deployed:
            _quiet(prefect, ours)
            image = new_image(ours)
            events.append(headway_deployed.deliver(ours, prefect, image, ENVIRONMENT))
            require_running(ours, image)
            _say(f"round {number}: Headway through events and the worker {events[-1].total:.2f} s")
    index = [chart_history.size(each, ENVIRONMENT) / 1e6 for each in (ours, theirs)]
    title = f"{versions:,} versions: what a delivery by Headway waits for, seconds"
    said = [
        f"### {versions:,} versions, {rounds} rounds",
        f"Index: Headway {index[0]:.2f} MB (JSON), plain {index[1]:.2f} MB ({_form(plain_json)}).",
        table("Headway, in one process", headway),
        table("plain script", script),
        f"**Headway / plain script: {ratio(headway, script)}**",
    ]
    if events:
        said += [
            table(f"Headway, event to tested release ({len(events)})", events),
            f"**Headway with Prefect's scheduling / plain script: {ratio(events, script)}**",
        ]
    said += [
        f"![{title}](delivery-{versions}.svg)",
        profile.table(profiles),
        profile.prefect_table(profiles),
    ]
    return "\n\n".join(said), profile.chart(title, profiles)


def _quiet(prefect: PrefectApi, ours: Layout) -> None:
    """A tested release is an event that starts a look at what follows: it must be over before there is a new image."""
    headway_deployed.settle(prefect, (ours.name,))
    _say(f"load average {os.getloadavg()[0]:.2f}")


def require_quiet_watch() -> None:
    """The schedule of `watch` would deliver what is to be measured."""
    with get_client(sync_client=True) as client:
        schedules = client.read_deployment_by_name(WATCH).schedules
    if any(schedule.active for schedule in schedules):
        raise RuntimeError(
            f"the schedule of {WATCH} is active; pause it: the measurement is about one delivery"
        )


def _form(plain_json: bool) -> str:
    return "JSON" if plain_json else "YAML"


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)

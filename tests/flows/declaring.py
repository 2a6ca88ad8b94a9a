"""What stands at the top of the supplied shop's headway.yaml, with nothing left to write for it."""

from prefect import flow

from flows.stages import PUBLISH_APPLICATION, run_stages
from tests.supplied_shop import SuppliedShop


def declare(shop: SuppliedShop, *lines: str) -> None:
    declared = shop.show("headway.yaml")
    begin = declared.index("services:")
    shop.push("application", {"headway.yaml": "\n".join(["application: shop", *lines, declared[begin:]])})
    publish(shop)


def publish(shop: SuppliedShop) -> None:
    """What a person committed, under a version that they raised: the next look has nothing to write for it."""
    chart = shop.show("Chart.yaml")
    version = next(line for line in chart.splitlines() if line.startswith("version: "))
    major, minor, patch = version.removeprefix("version: ").split(".")
    raised = f"version: {major}.{minor}.{int(patch) + 1}"
    shop.push("application", {"Chart.yaml": chart.replace(version, raised)})
    (line,) = flow(run_stages, validate_parameters=False)([PUBLISH_APPLICATION], shop.workspace())
    assert line.outcome.startswith("published to"), line

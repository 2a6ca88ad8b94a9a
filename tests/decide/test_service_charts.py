import pytest

from headway.decide.supply import service_charts
from headway.decide.supply.pins import Pin
from headway.decide.supply.service_charts import ChartChoice
from headway.formats import chart_yaml
from headway.formats.chart_yaml import ChartYaml
from headway.model.charts import ChartEntry
from tests.decide.shop import entry

OFFERED = [entry("cart-chart", version) for version in ("2.0.0", "1.1.0", "1.0.0", "1.2.0-rc.1")]


def umbrella(dependency: str) -> ChartYaml:
    return chart_yaml.read(f"name: shop\nversion: 1.0.0\ndependencies: [{dependency}]\n")


@pytest.mark.parametrize(
    ("used", "constraint", "quarantined", "newest", "current", "new"),
    [
        pytest.param("1.0.0", None, (), "2.0.0", "1.0.0", "2.0.0", id="newest"),
        pytest.param("2.0.0", None, (), "2.0.0", "2.0.0", None, id="in use already"),
        pytest.param("1.0.0", "<2", (), "1.1.0", "1.0.0", "1.1.0", id="constraint"),
        pytest.param("1.0.0", None, ("2.0.0",), "1.1.0", "1.0.0", "1.1.0", id="quarantine is skipped"),
        pytest.param("1.1.0", ">=3", (), None, "1.1.0", None, id="nothing allowed"),
        pytest.param("9.9.9", None, (), "2.0.0", None, "2.0.0", id="what is in use is not offered any more"),
    ],
)
def test_the_chart_to_move_to(
    used: str,
    constraint: str | None,
    quarantined: tuple[str, ...],
    newest: str | None,
    current: str | None,
    new: str | None,
) -> None:
    choice = service_charts.choose(
        umbrella(f"{{name: cart-chart, alias: cart, version: {used}}}"),
        "cart",
        offered=OFFERED,
        constraint=constraint,
        quarantined=quarantined,
    )
    found = [each and each.version for each in (choice.newest, choice.current, choice.new)]
    assert found == [newest, current, new]


def test_of_a_chart_that_is_a_dependency_twice_the_first_one_tells_what_is_in_use() -> None:
    twice = umbrella(
        "{name: cart-chart, alias: one, version: 1.0.0}, {name: cart-chart, alias: two, version: 1.1.0}"
    )
    choice = service_charts.choose(
        twice, "cart-chart", offered=OFFERED, constraint=None, quarantined=frozenset()
    )
    assert choice.current is not None
    assert choice.current.version == "1.0.0"


@pytest.mark.parametrize(
    ("dependency", "name"),
    [
        pytest.param("{name: cart, version: 1.0.0}", "cart", id="by name"),
        pytest.param("{name: cart-chart, alias: cart, version: 1.0.0}", "cart-chart", id="by alias"),
        pytest.param("{name: other, version: 1.0.0}", "cart", id="not a dependency yet"),
    ],
)
def test_the_name_of_the_chart(dependency: str, name: str) -> None:
    assert service_charts.chart_name(umbrella(dependency), "cart") == name


ONE, OLD, NEW = OFFERED[2], OFFERED[1], OFFERED[0]


@pytest.mark.parametrize(
    ("choice", "pin", "moves_to", "why"),
    [
        pytest.param(ChartChoice(NEW, ONE), None, NEW, "", id="nobody wrote it"),
        pytest.param(
            ChartChoice(OLD, ONE),
            Pin("0123456789", ("1.1.0",)),
            None,
            "chart 1.0.0 was written by a person in 0123456 in place of 1.1.0; "
            "it stays until something newer than that appears",
            id="a person left what is offered",
        ),
        pytest.param(
            ChartChoice(NEW, ONE), Pin("0123456789", ("1.1.0",)), NEW, "", id="something newer came"
        ),
        pytest.param(
            ChartChoice(NEW, None),
            Pin("0123456789", ("2.0.0",)),
            NEW,
            "",
            id="what they wrote is not offered",
        ),
        pytest.param(ChartChoice(ONE, ONE), Pin("0123456789", ("2.0.0",)), None, "", id="nothing is new"),
    ],
)
def test_what_a_person_wrote_stays(
    choice: ChartChoice, pin: Pin | None, moves_to: ChartEntry | None, why: str
) -> None:
    found = service_charts.pinned(choice, pin)
    assert (found.new, found.why, found.current) == (moves_to, why, choice.current)

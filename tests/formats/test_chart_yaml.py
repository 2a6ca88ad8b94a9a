import pytest

from headway.errors import BadInput
from headway.formats import chart_yaml

HEAD = "apiVersion: v2\nname: shop\nversion: 0.1.0\n"


def test_reads_dependencies_in_file_order() -> None:
    chart = chart_yaml.read(
        HEAD + "dependencies:\n- {name: cart, version: 1.0.0}\n- {name: db, alias: orders, version: ''}\n"
    )
    assert [(each.key, each.version) for each in chart.dependencies] == [("cart", "1.0.0"), ("orders", "")]


def test_positions_by_alias_first_then_all_of_the_name() -> None:
    chart = chart_yaml.read(
        HEAD + "dependencies:\n- {name: db, version: 1.0.0}\n- {name: db, alias: orders, version: 1.0.0}\n"
    )
    assert chart.positions("orders") == (1,)
    assert chart.positions("db") == (0,)
    both = chart_yaml.read(
        HEAD
        + "dependencies:\n- {name: db, alias: a, version: 1.0.0}\n- {name: db, alias: b, version: 1.0.0}\n"
    )
    assert both.positions("db") == (0, 1)
    assert both.positions("cart") == ()


@pytest.mark.parametrize(
    ("requirements", "names"),
    [
        pytest.param(None, ["cart"], id="no such file"),
        pytest.param("", ["cart"], id="empty"),
        pytest.param("# nothing\n", ["cart"], id="without dependencies"),
        pytest.param("dependencies:\n- {name: db, version: 1.0.0}\n", ["db"], id="its list counts"),
        pytest.param("dependencies: []\n", [], id="its empty list counts"),
    ],
)
def test_requirements_yaml_counts_as_for_helm(requirements: str | None, names: list[str]) -> None:
    chart = chart_yaml.read(
        HEAD + "dependencies:\n- {name: cart, version: 1.0.0}\n", requirements=requirements
    )
    assert [each.name for each in chart.dependencies] == names
    assert chart.in_requirements is (names != ["cart"])


def test_a_mistake_in_requirements_yaml_names_that_file() -> None:
    with pytest.raises(BadInput, match=r"^deploy/requirements\.yaml:2: a dependency is a mapping"):
        chart_yaml.read(HEAD, "deploy/Chart.yaml", "dependencies:\n- a\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("- a\n", "Chart.yaml: this is not a chart's mapping", id="no mapping"),
        pytest.param("name: a\n", "Chart.yaml:1: version is missing", id="no version"),
        pytest.param("name: a\nversion: 1.10\n", "Chart.yaml:2: version is read as float", id="number"),
        pytest.param(
            HEAD + "dependencies:\n- name: a\n", "Chart.yaml:5: version is missing", id="dependency's"
        ),
        pytest.param(HEAD + "dependencies:\n- a\n", "Chart.yaml:5: a dependency is a mapping", id="string"),
        pytest.param(
            HEAD + "dependencies:\n- {name: a, version: '1'}\n- {name: a, version: '1'}\n",
            "Chart.yaml:6: there are two dependencies 'a'",
            id="twice",
        ),
        pytest.param("name: [\n", "Chart.yaml:2: this is not the YAML", id="malformed"),
    ],
)
def test_bad_input_names_file_and_line(text: str, message: str) -> None:
    with pytest.raises(BadInput) as error:
        chart_yaml.read(text)
    assert str(error.value).startswith(message)

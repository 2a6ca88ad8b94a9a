"""What is said of a key that there is not."""

import pytest

from headway.errors import BadInput
from headway.formats import headway_yaml, policy_yaml
from headway.formats.near_names import keys_at, meant
from headway.model.application import Application

SHOP = """\
application: shop
services: {{cart: {{git: https://x/cart.git, image: x/cart, {service}}}}}
environments: {{testing: {{charts: s3://t, {environment}}}}}
tests: [{{name: buy, image: "x/t:1", {test}}}]
{top}
"""


@pytest.mark.parametrize(
    ("place", "written", "said"),
    [
        ("environment", "gaet: approval", "environments.testing.gaet: unknown key; did you mean gate?"),
        ("environment", "Gate: approval", "environments.testing.Gate: unknown key; did you mean gate?"),
        ("environment", "version: 1", "environments.testing.version: unknown key; did you mean versions?"),
        ("environment", "colour: red", "environments.testing.colour: unknown key"),
        ("service", "imge: x", "services.cart.imge: unknown key; did you mean image?"),
        ("service", "policy: {brunch: x}", "services.cart.policy.brunch: unknown key; did you mean branch?"),
        ("test", "comand: [x]", "tests.0.comand: unknown key; did you mean command?"),
        ("test", "resources: {limit: {cpu: 1}}", "tests.0.resources.limit: must be 'requests' or 'limits'"),
        ("top", "enviroments: {}", "enviroments: unknown key; did you mean environments?"),
    ],
    ids=lambda value: value.split(":")[0] if isinstance(value, str) else None,
)
def test_the_key_that_was_meant_is_named(place: str, written: str, said: str) -> None:
    filled = dict.fromkeys(("service", "environment", "test", "top"), "") | {place: written}
    with pytest.raises(BadInput) as raised:
        headway_yaml.read(SHOP.format(**filled))
    assert any(line.endswith(said) for line in str(raised.value).splitlines()), str(raised.value)


def test_a_file_of_policy_names_its_own_keys() -> None:
    with pytest.raises(BadInput, match=r"2: environments\.testing\.soack: unknown key; did you mean soak\?"):
        policy_yaml.read("environments:\n  testing: {charts: s3://t, soack: 1h}\n", "policy.yaml")


def test_names_that_people_choose_are_no_keys() -> None:
    assert keys_at(("services",), Application) == frozenset()
    assert keys_at(("nowhere", "cart"), Application) == frozenset()


@pytest.mark.parametrize(
    ("written", "said"),
    [("shp", "; did you mean shop?"), ("shop", ""), ("cart", "")],
    ids=["near", "known itself", "near to none"],
)
def test_what_is_known_itself_is_not_offered_for_itself(written: str, said: str) -> None:
    assert meant(written, {"shop", "tea"}) == said

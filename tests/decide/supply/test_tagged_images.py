"""Images as git names them: where each stands, and what is said where a tag reaches no manifest."""

from headway.decide.supply import tagged_images
from headway.decide.supply.image_use import Render
from headway.formats import application_files, headway_yaml

CART, WORKER, TESTS = (f"r.example.com/{name}:1" for name in ("cart", "worker", "tests"))
CHART = """\
apiVersion: v2
name: shop
version: 0.1.0
dependencies:
  - {name: cart, version: 0.1.0, repository: s3://charts-testing}
"""
FILES = application_files.read(
    {
        "Chart.yaml": CHART.encode(),
        "values.yaml": b"cart:\n  image: {tag: '1'}\n  worker: {image: {tag: '1'}}\n",
        "values/staging.yaml": b"cart: {image: {tag: '0'}, worker: {image: {tag: '0'}}}\n",
    },
    layers=["values/staging.yaml"],
)
DECLARED = """\
application: shop
services:
  cart:
    git: https://git.example.com/cart.git
    image: r.example.com/cart
    images: {worker: {image: r.example.com/worker}}
environments:
  testing: {charts: s3://charts-testing}
  staging: {charts: s3://charts-staging, policies: {cart: {}}}
tests: [{name: buy, image: "r.example.com/tests:1"}]
"""
APPLICATION = headway_yaml.read(DECLARED, "headway.yaml")


def test_where_each_image_is_named() -> None:
    assert tagged_images.places(FILES, APPLICATION) == {
        CART: "values.yaml cart.image.tag",
        "r.example.com/cart:0": "values/staging.yaml cart.image.tag",
        WORKER: "values.yaml cart.worker.image.tag",
        "r.example.com/worker:0": "values/staging.yaml cart.worker.image.tag",
        TESTS: "headway.yaml tests.buy",
    }


def test_a_tag_without_effect_is_told_with_the_keys_that_headway_yaml_has() -> None:
    services = tagged_images.of_services(FILES, APPLICATION)
    render = Render(
        "testing", "image: worker:fixed", {"shop/charts/cart/templates/web.yaml": ("worker:fixed",)}
    )
    one, more = tagged_images.without_effect(FILES, APPLICATION, services, [render])
    assert one.startswith(f"values.yaml cart.image.tag: no manifest of testing uses {CART}, so that")
    assert one.endswith("correct `image:` or `value:` of services.cart in headway.yaml")
    assert more.startswith(
        f"values.yaml cart.worker.image.tag: no manifest of testing uses {WORKER}, so that"
    )
    assert "let the chart of cart render" in more
    assert more.endswith("correct `image:` or `value:` of services.cart.images.worker in headway.yaml")

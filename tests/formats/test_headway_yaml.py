import pytest

from headway.errors import BadInput
from headway.formats import headway_yaml

GOOD = """\
application: shop
services:
  catalog: {git: https://git.example.com/shop/catalog.git, image: registry.example.com/shop/catalog}
  cart:
    git: https://git.example.com/shop/cart.git
    image: registry.example.com/shop/cart
    charts: ">=1 <2"
environments:
  testing: {charts: s3://shop-charts-testing}
  staging: {charts: s3://shop-charts-staging, after: testing}
  production: {charts: s3://shop-charts-production, after: staging, gate: approval}
tests:
  - {name: buy, image: registry.example.com/shop/tests:1, command: [/tests, --url, "http://storefront"]}
"""


OWN_TAGS = (
    (
        "own tags of a service that there is not",
        "policies: {carts: {kind: semver}}, after: staging",
        "policies: there is no service 'carts'; did you mean cart?",
    ),
    (
        "own tags of some without a source",
        "policies: {cart: {kind: semver}}",
        "policies: production comes after no environment, and has no policy for catalog, whose tags would come untested",
    ),
    (
        "a soak where nothing is promoted",
        "policy: {kind: semver}, soak: 1h",
        "soak: production comes after no environment, in which a version could have been good for that long",
    ),
    (
        "own tags without a file",
        "values: [], policy: {kind: semver}",
        "policy: production has no value file (values: [])",
    ),
    (
        "own tags in another's file",
        "values: [values/staging.yaml], policy: {kind: semver}",
        "policy: values/staging.yaml, its last value file, which holds its tags, is also one of staging",
    ),
    (
        "own tags in another's file, otherwise spelt",
        "values: [values//staging.yaml], policy: {kind: semver}",
        "policy: values//staging.yaml, its last value file, which holds its tags, is also one of staging",
    ),
    (
        "own tags in the file of all",
        "values: [./values.yaml], policy: {kind: semver}",
        "policy: ./values.yaml, its last value file, which holds its tags, is that of all environments",
    ),
    (
        "own tags in an encrypted file",
        "values: [a.yaml], secrets: [a.yaml], policy: {kind: semver}",
        "policy: a.yaml, its last value file, which holds its tags, is also one of production, as a secret",
    ),
    ("an own range that is none", 'policy: {kind: semver, range: ">> 1"}', "policy.range: "),
    ("an own expression that is none", "policy: {kind: regex, match: '(', order: date}", "policy.match: "),
    (
        "a key of another kind",
        "policy: {kind: semver, order: date}",
        "policy: order is a key of regex, not of semver, which has range, match",
    ),
    (
        "a misspelt key of an own policy",
        "policies: {cart: {kind: semver, rnage: ^1}}",
        "policies.cart.rnage: unknown key; did you mean range?",
    ),
)


def test_reads_the_whole_file() -> None:
    application = headway_yaml.read(GOOD)
    assert application.first_environment == "testing"
    assert application.images["cart"].tag == ("cart", "image", "tag")
    assert application.environments["production"].gate == "approval"
    assert application.tests[0].command[1] == "--url"


def test_releases_may_share_two_of_cluster_namespace_and_release() -> None:
    text = GOOD.replace("after: testing", "after: testing, cluster: c, namespace: n, release: blue")
    text = text.replace("after: staging", "after: staging, cluster: c, namespace: n, release: green")
    assert headway_yaml.read(text).cluster("production") == "c"


def test_the_port_of_a_registry_is_no_tag() -> None:
    text = GOOD.replace("image: registry.example.com/shop/cart\n", "image: localhost:5000/cart\n")
    assert headway_yaml.read(text).services["cart"].image == "localhost:5000/cart"


def test_services_that_come_in_together() -> None:
    text = GOOD.replace("environments:", "together: [[cart, catalog]]\nenvironments:")
    assert headway_yaml.read(text).together == (("cart", "catalog"),)


def test_more_images_of_a_service() -> None:
    worker = "{image: r.example.com/worker, value_digest: w.digest, policy: {kind: semver}}"
    more = f"images: {{worker: {worker}, jobs: {{image: r/jobs}}}}"
    text = GOOD.replace('charts: ">=1 <2"', f"policy: {{branch: dev}}\n    {more}")
    images = headway_yaml.read(text).images
    assert list(images) == ["catalog", "cart", "cart.worker", "cart.jobs"]
    one, other = images["cart.worker"], images["cart.jobs"]
    assert (one.tag, one.digest) == (("cart", "worker", "image", "tag"), ("w", "digest"))
    assert (one.policy.kind, one.policy.branch) == ("semver", "dev")
    assert (other.policy.kind, other.policy.branch) == ("commit-order", "dev")


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        pytest.param(
            'charts: ">=1',
            'chart_s: ">=1',
            "7: services.cart.chart_s: unknown key; did you mean charts?",
            id="unknown key",
        ),
        pytest.param("application: shop\n", "", "1: application: is missing", id="missing field"),
        pytest.param(
            "    image: registry.example.com/shop/cart\n",
            "",
            "4: services.cart.image: is missing",
            id="no image",
        ),
        pytest.param(
            "application: shop", "application: 7", "1: application: must be a string", id="wrong type"
        ),
        pytest.param(
            "gate: approval",
            "frozen: maybe",
            "11: environments.production.frozen: must be true",
            id="no bool",
        ),
        pytest.param("gate: approval", "gate: ask", "must be 'automatic' or 'approval'", id="no such choice"),
        pytest.param("gate: approval", "timeout: 5x", "'5x' is not a duration", id="no duration"),
        pytest.param(
            "command: [/tests", "command: 5, x: [/tests", "13: tests.0.command: must be a list", id="no list"
        ),
        pytest.param(
            "  staging:",
            "  testing:",
            "10: environments.testing: stands twice, first in line 9",
            id="duplicate",
        ),
        pytest.param(
            "git: https",
            "git: x, git: https",
            "3: services.catalog.git: stands twice",
            id="duplicate in flow",
        ),
        pytest.param(", after: staging", "", "11: environments.production: no source", id="no source"),
        pytest.param(
            "testing}", "testing, after: staging}", "9: environments.testing: two sources", id="two sources"
        ),
        pytest.param(
            "after: staging", "after: stagin", "there is no environment 'stagin'", id="after unknown"
        ),
        pytest.param("after: staging", "after: production", "cannot come after itself", id="after itself"),
        pytest.param(
            "after: testing",
            "after: production",
            "a cycle: staging after production after staging",
            id="cycle",
        ),
        pytest.param(
            "s3://shop-charts-staging",
            "s3://shop-charts-testing/",
            "10: environments.staging.charts: two sources",
            id="one repository",
        ),
        pytest.param(
            "s3://shop-charts-staging",
            "https://charts.example.com",
            "10: environments.staging.charts: over http a chart repository can only be read; write to s3://",
            id="charts over http",
        ),
        pytest.param(
            "s3://shop-charts-staging",
            "shop-charts",
            "10: environments.staging.charts: 'shop-charts' is not an address such as s3://bucket/prefix",
            id="charts without a scheme",
        ),
        pytest.param(
            "s3://shop-charts-staging",
            "file://../cart/chart",
            "10: environments.staging.charts: 'file://../cart/chart' is no folder of the worker such as file:///srv/charts",
            id="charts in a folder beside",
        ),
        pytest.param(
            "environments:",
            "together:\n  - [cart, catalogue]\nenvironments:",
            "9: together.0: there is no service 'catalogue'; there are catalog, cart",
            id="together with what is no service",
        ),
        pytest.param(
            "environments:",
            "together: [[cart]]\nenvironments:",
            "8: together.0: name two services or more",
            id="together with nobody",
        ),
        pytest.param(
            "environments:",
            "together:\n  - [cart, catalog]\n  - [catalog, cart]\nenvironments:",
            "10: together.1: catalog is in together.0 already",
            id="together in two groups",
        ),
        pytest.param(
            "environments:", "together: [cart]\nenvironments:", "8: together.0: must be a list", id="no group"
        ),
        pytest.param(
            "{name: buy,",
            "{name: sell, image: r.example/x:1, needs: [buyy]}\n  - {name: buy,",
            "13: tests.0.needs: no test is called 'buyy'; did you mean buy?",
            id="needs: nearly a test",
        ),
        pytest.param(
            "{name: buy,",
            "{name: buy, needs: [load, chart-tests],",
            "13: tests.0.needs: no test is called 'load'; there are buy, chart-tests",
            id="needs: no test",
        ),
        pytest.param(
            "{name: buy,",
            "{name: buy, needs: [buy],",
            "13: tests.0.needs: buy can never begin: it needs itself, or tests that can never begin either",
            id="needs: itself",
        ),
        pytest.param(
            "  - {name: buy,",
            "  - name: look\n    image: r.example/x:1\n    needs: [buy]\n  - {name: buy, needs: [look],",
            "15: tests.0.needs: look can never begin: it needs itself, or tests that can never begin either",
            id="needs: in a circle",
        ),
        pytest.param(
            "{name: buy,",
            "{name: chart-tests,",
            "13: tests.0.name: chart-tests is what the charts' own tests are called under needs",
            id="needs: a test by that name",
        ),
        pytest.param(
            "application: shop", "application: -shop", "'-shop' is not a name", id="name begins with -"
        ),
        pytest.param(
            "git: https://git.example.com/shop/cart",
            "git: --upload-pack=x",
            "begins with '-'",
            id="git with -",
        ),
        pytest.param(
            "shop/cart\n",
            "shop/cart:latest\n",
            "6: services.cart.image: 'registry.example.com/shop/cart:latest' names a single image: write the repository "
            "alone, the tag stands in values.yaml",
            id="image with a tag",
        ),
        pytest.param(
            "shop/cart\n", "shop/cart@sha256:0\n", "6: services.cart.image: 'registry", id="image by digest"
        ),
        pytest.param(
            'charts: ">=1 <2"',
            "policy: {branch: -x}",
            "7: services.cart.policy.branch: '-x' begins with '-'",
            id="branch",
        ),
        pytest.param(
            'charts: ">=1 <2"',
            "branch: dev",
            "7: services.cart.branch: unknown key",
            id="no branch of its own",
        ),
        pytest.param(
            'charts: ">=1 <2"',
            "policy: {pattern: latest}",
            "7: services.cart.policy.pattern: 'latest' does not hold {sha} once: builds cannot be ordered",
            id="pattern without {sha}",
        ),
        pytest.param(
            'charts: ">=1 <2"',
            'policy: {pattern: "{sha}-{sha}"}',
            "'{sha}-{sha}' does not hold {sha} once",
            id="pattern with two",
        ),
        pytest.param(
            'charts: ">=1 <2"',
            'policy: {kind: semver, rnage: ">=1"}',
            "7: services.cart.policy.rnage: unknown key; did you mean range?",
            id="policy: nearly a key",
        ),
        pytest.param(
            'charts: ">=1 <2"',
            'policy: {range: ">=1"}',
            "7: services.cart.policy: range is a key of semver, not of commit-order, which has pattern",
            id="policy: key of another kind",
        ),
        pytest.param(
            'charts: ">=1 <2"',
            "policy: {kind: regex, order: numeric}",
            "7: services.cart.policy: regex needs match",
            id="policy: a key that its kind needs",
        ),
        pytest.param(
            'charts: ">=1 <2"',
            "policy: {kind: regex, match: x, order: newest}",
            "7: services.cart.policy.order: must be 'numeric', 'alphabetical' or 'date'",
            id="policy: order",
        ),
        pytest.param(
            'charts: ">=1 <2"',
            'policy: {kind: semver, range: "abc"}',
            "7: services.cart.policy.range: 'abc' is not a version constraint",
            id="policy: range",
        ),
        pytest.param(
            'charts: ">=1 <2"',
            "policy: {kind: calver, format: YYYYMMDD}",
            "7: services.cart.policy.format: 'YYYYMMDD' is no format of calendar versions: nobody can tell where MM ends",
            id="policy: calendar format",
        ),
        pytest.param(
            'charts: ">=1 <2"',
            'policy: {kind: newest-build, match: "(a"}',
            "7: services.cart.policy.match: '(a' is no regular expression (RE2): missing ): (a",
            id="policy: regular expression",
        ),
        pytest.param(
            'charts: ">=1 <2"',
            'policy: {kind: newest-build, match: "([a-z]{0,30}){0,30}x"}',
            "7: services.cart.policy.match: '([a-z]{0,30}){0,30}x' takes 1895 steps at each letter of a tag",
            id="policy: an expression that costs too much",
        ),
        pytest.param(
            'charts: ">=1 <2"',
            "policy: {kind: exact, tag: 'a b'}",
            "7: services.cart.policy.tag: 'a b' is no tag",
            id="policy: tag",
        ),
        pytest.param(
            'charts: ">=1 <2"',
            "images: {worker: {image: 'registry.example.com/shop/worker:1'}}",
            "7: services.cart.images.worker.image: 'registry.example.com/shop/worker:1' names a single image",
            id="images: with a tag",
        ),
        pytest.param(
            'charts: ">=1 <2"',
            "images: {worker: {image: Registry/Worker}}",
            "7: services.cart.images.worker.image: 'Registry/Worker' is not the name of an image repository",
            id="images: no repository",
        ),
        pytest.param(
            'charts: ">=1 <2"',
            "images: {worker: {image: r.example.com/worker, polcy: {}}}",
            "7: services.cart.images.worker.polcy: unknown key; did you mean policy?",
            id="images: nearly a key",
        ),
        pytest.param(
            'charts: ">=1 <2"',
            "images: {worker: {image: r.example.com/worker, policy: {branch: dev}}}",
            "7: services.cart.images.worker: policy.branch: all images of a service are of the branch",
            id="images: another branch",
        ),
        pytest.param(
            'charts: ">=1 <2"',
            "images: {worker: {image: r.example.com/worker, policy: {kind: semver, range: x.y.z.w}}}",
            "7: services.cart.images.worker.policy.range: 'x.y.z.w' is not a version constraint",
            id="images: range",
        ),
        pytest.param(
            'charts: ">=1 <2"',
            "marker: cart",
            "7: services.cart.marker: 'cart' is not what markers name, such as flux-system:cart",
            id="marker",
        ),
        pytest.param(
            'charts: ">=1 <2"',
            "marker: 'flux-system:cart'\n    value: cart.tag",
            "4: services.cart: value: marker says where all of the image stands",
            id="marker, and a place",
        ),
        pytest.param(
            'charts: ">=1 <2"',
            "value_image: cart.image\n    value_digest: cart.digest",
            "4: services.cart: value_digest: value_image says where all of the image stands",
            id="whole image, and a part of it",
        ),
        pytest.param(
            "gate: approval",
            "release: --x",
            "environments.production.release: '--x' is not a name",
            id="release",
        ),
        pytest.param(
            '">=1 <2"', "abc", "7: services.cart.charts: 'abc' is not a version constraint", id="constraint"
        ),
        pytest.param(
            "after: testing",
            "after: testing, cluster: shop-testing, namespace: shop-testing",
            "10: environments.staging: its cluster, namespace and release are those of testing",
            id="one release, named as by default",
        ),
        pytest.param(
            "testing}\n  staging: {charts: s3://shop-charts-staging",
            "testing, cluster: c, namespace: n}\n  staging: {namespace: n, release: shop, cluster: c, charts: s3://x",
            "10: environments.staging: its cluster, namespace and release are those of testing",
            id="one release, written out",
        ),
        pytest.param(
            "application: shop",
            'application: "shop\\n"',
            "'shop\\n' is not a name",
            id="name and a line break",
        ),
        pytest.param(
            "gate: approval", 'soak: "5m\\n"', "'5m\\n' is not a duration", id="duration and a line break"
        ),
        pytest.param(
            "https://git.example.com/shop/cart.git",
            '"https://git.example.com/shop/cart.git\\n"',
            "5: services.cart.git: 'https://git.example.com/shop/cart.git\\n' holds a line break",
            id="address and a line break",
        ),
        pytest.param(
            "  catalog:", "  Catalog:", "3: services.Catalog: 'Catalog' is not a name", id="service name"
        ),
        *(
            pytest.param("after: staging", new, f"11: environments.production.{finding}", id=name)
            for name, new, finding in OWN_TAGS
        ),
        pytest.param(
            "testing}",
            "testing, policy: {kind: semver}}",
            "9: environments.testing.policy: testing has the tags of values.yaml: say it as services.<name>.policy",
            id="own tags of the first environment",
        ),
    ],
)
def test_a_finding_names_line_and_key(old: str, new: str, finding: str) -> None:
    assert old in GOOD
    with pytest.raises(BadInput) as error:
        headway_yaml.read(GOOD.replace(old, new, 1))
    assert finding in str(error.value)


def test_all_findings_in_one_message_one_a_line_in_line_order() -> None:
    text = GOOD.replace("git: https", "gti: https").replace("after: testing", "afterr: testing")
    with pytest.raises(BadInput) as error:
        headway_yaml.read(text, "apps/headway.yaml")
    lines = str(error.value).splitlines()
    assert len(lines) == 6
    assert all(line.startswith("apps/headway.yaml:") for line in lines)
    numbers = [int(line.split(":")[1]) for line in lines]
    assert numbers == sorted(numbers)
    assert "apps/headway.yaml:10: environments.staging: no source" in str(error.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "headway.yaml:1: this is not a mapping", id="empty"),
        pytest.param("- a\n", "headway.yaml:1: this is not a mapping", id="list"),
        pytest.param("a: [\n", "headway.yaml:2: this is not the YAML", id="malformed"),
        pytest.param(
            "a: 1\n---\nb: 1\n", "headway.yaml:2: this is not the YAML of one document", id="two documents"
        ),
        pytest.param("a: !!python/object:os.system {}\n", "headway.yaml:1: this is not the YAML", id="tag"),
        pytest.param(
            "application: shop\nenvironments: {}\n", "environments: there is none", id="no environment"
        ),
        pytest.param(
            "application: shop\nenvironments: []\n",
            "environments: must be a mapping",
            id="environments a list",
        ),
    ],
)
def test_what_is_no_application_at_all(text: str, message: str) -> None:
    with pytest.raises(BadInput) as error:
        headway_yaml.read(text)
    assert message in str(error.value)


def test_an_image_with_a_tag_is_one_finding() -> None:
    with pytest.raises(BadInput) as error:
        headway_yaml.read(GOOD.replace("shop/cart\n", "shop/cart:latest\n"))
    assert len(str(error.value).splitlines()) == 1


def test_two_names_that_join_to_no_namespace_want_one() -> None:
    long = GOOD.replace("application: shop", f"application: {'s' * 53}")
    with pytest.raises(
        BadInput, match=r"headway.yaml:11: environments.production: its namespace would be s+-production, of"
    ):
        headway_yaml.read(long)
    named = long.replace("gate: approval", "gate: approval, namespace: shop")
    assert headway_yaml.read(named).namespace("production") == "shop"
    assert headway_yaml.read_packaged(long), "policy may name it elsewhere"

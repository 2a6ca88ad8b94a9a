"""Which images are found in a manifest's text."""

import pytest

from headway.formats.manifest_images import UsedImage, used

POD = "---\n# Source: shop/charts/cart/templates/web.yaml\nkind: Deployment\nspec:\n  containers:\n"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param(
            POD + "    - name: web\n      image: r.example:5000/cart:main-1\n",
            [UsedImage("r.example:5000/cart:main-1", "cart", False)],
            id="of a service chart",
        ),
        pytest.param(
            POD + '    - image: "r.example/cart:1" # newest\n    - image: r.example/cart:1\n',
            [UsedImage("r.example/cart:1", "cart", False)],
            id="quoted, with a comment, twice",
        ),
        pytest.param(
            "# Source: shop/templates/job.yaml\nkind: Job\nspec:\n  - image: busybox\n",
            [UsedImage("busybox", "shop", True)],
            id="of the application's own chart",
        ),
        pytest.param(
            "kind: Pod\nspec:\n  containers: [{name: a}]\n  image: a/b:1\n",
            [UsedImage("a/b:1", "", True)],
            id="nobody says whose",
        ),
        pytest.param(
            "# Source: shop/charts/a/charts/b/templates/x.yaml\nkind: Pod\nimage: a/b@sha256:" + "a" * 64,
            [UsedImage("a/b@sha256:" + "a" * 64, "b", False)],
            id="of a chart in a chart, by digest",
        ),
        pytest.param("kind: ConfigMap\ndata:\n  x: |\n    image: a/b:1\n", [], id="a text in a ConfigMap"),
        pytest.param("kind: Pod\nimage:\n  repository: a\n", [], id="a mapping"),
        pytest.param('kind: Pod\nimage: "{{ no }}"\nimage: A B\n', [], id="what no runtime would take"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_images(text: str, found: list[UsedImage]) -> None:
    assert list(used(text)) == found

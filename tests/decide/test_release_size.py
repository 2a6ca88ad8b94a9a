"""What Helm could not store is not published."""

import random
import re

import pytest

from headway.decide.supply.image_use import Render
from headway.decide.supply.release_size import too_large

NOISE = random.Random(1).randbytes(900_000)
TEXT = NOISE.hex()[:1_700_000]
LETTERS = "".join(map(chr, random.Random(1).choices(range(0x4E00, 0x9FA5), k=330_000)))
CHART = {"Chart.yaml": b"name: shop\n", "templates/web.yaml": b"kind: Pod\n"}


def rendered(environment: str, text: str = "kind: Pod\n") -> Render:
    return Render(environment, text, {})


@pytest.mark.parametrize(
    ("files", "text", "fits"),
    [
        pytest.param({}, "kind: Pod\n", True, id="a small one"),
        pytest.param({"files/video": NOISE}, "kind: Pod\n", False, id="a large file"),
        pytest.param({"templates/big.yaml": NOISE}, "kind: Pod\n", False, id="a large template"),
        pytest.param({"files/zeros": bytes(20_000_000)}, "kind: Pod\n", True, id="what can be packed"),
        pytest.param({"charts/db/files/video": NOISE}, "kind: Pod\n", True, id="of a dependency"),
        pytest.param({"charts/db-1.tgz": NOISE}, "kind: Pod\n", True, id="a dependency's package"),
        pytest.param(
            {},
            f"---\n# Source: shop/charts/db/templates/a.yaml\n{TEXT}",
            False,
            id="what a dependency renders",
        ),
        pytest.param(
            {}, f"---\n# Source: shop/charts/db/crds/a.yaml\n{TEXT}\n---\nkind: Pod\n", True, id="definitions"
        ),
        pytest.param(
            {},
            f"---\n# Source: shop/charts/db/templates/crds/a.yaml\n{TEXT}\n",
            False,
            id="templates of some",
        ),
        pytest.param(
            {},
            f"---\n# Source: shop/charts/crds/templates/a.yaml\n{TEXT}\n",
            False,
            id="a dependency of some",
        ),
        pytest.param({"values.yaml": b"# " + NOISE}, "kind: Pod\n", True, id="comments of values"),
        pytest.param({}, LETTERS, True, id="letters that are not ASCII"),
    ],
)
def test_what_fits(files: dict[str, bytes], text: str, fits: bool) -> None:
    assert (not too_large(CHART | files, [rendered("testing", text)])) is fits


def test_the_sentence_names_the_environment_and_what_to_do() -> None:
    (said,) = too_large(CHART, [rendered("testing"), rendered("staging", TEXT)])
    assert re.sub(r"store \d+ ", "store N ", said) == (
        "staging: Helm would store N KiB for each revision, and a Secret holds 1024: take large files out of the chart "
        "(.helmignore), or what it renders apart"
    )

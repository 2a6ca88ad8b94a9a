"""What was just published is found before anything is released of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from flows.supply import supply
from headway.cli import main
from tests.fast.conftest import KUBECONFIG
from tests.fast.shop import Shop


@pytest.mark.parametrize(
    ("by", "how"),
    [
        pytest.param("image", "image in it", id="tag of an image"),
        pytest.param("commit", "commit of the image in it", id="commit of a service"),
        pytest.param("version", "version", id="version of the application"),
    ],
)
def test_what_was_just_published_is_found(
    delivered: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str], by: str, how: str
) -> None:
    delivered.change_code()
    supply(delivered.name)
    what = {"image": delivered.tag(), "commit": delivered.service().head, "version": "0.1.1"}[by]
    file = tmp_path / "kubeconfig"
    file.write_text(KUBECONFIG.format(server=delivered.host("testing")))

    def trace() -> tuple[int, Any]:
        capsys.readouterr()
        code = main(["trace", what, "--kubeconfig", str(file), "-o", "json"])
        return code, json.loads(capsys.readouterr().out)

    code, found = trace()
    assert (code, found["trails"]) == (0, [])
    assert [(each["chart"], each["version"], each["how"]) for each in found["published"]] == [
        (delivered.name, "0.1.1", how)
    ]
    delivered.deliver()
    (trail,) = trace()[1]["trails"]
    assert (trail["version"], trail["now"]) == ("0.1.1", True)

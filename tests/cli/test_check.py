"""What `headway check` refuses of the chart beside a headway.yaml."""

from pathlib import Path

import pytest

from headway.cli import registration
from headway.errors import BadInput


def test_two_aliases_in_two_versions_are_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "headway.yaml").write_text("application: shop\nenvironments: {testing: {charts: s3://t}}\n")
    chart = "apiVersion: v2\nname: shop\nversion: 0.1.0\ndependencies:\n"
    aliases = "- {name: pod, alias: a, version: 1.0.0}\n- {name: pod, alias: b, version: 1.1.0}\n"
    (tmp_path / "Chart.yaml").write_text(chart + aliases)
    with pytest.raises(BadInput, match=r"the chart pod in two versions.* under a chart name of its own"):
        registration.check(tmp_path)
    (tmp_path / "Chart.yaml").write_text(chart + aliases.replace("1.1.0", "1.0.0"))
    assert registration.check(tmp_path)

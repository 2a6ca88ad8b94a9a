"""What is told of a release that people made with helm itself, on a real cluster."""

import json
import subprocess
from pathlib import Path

import pytest

from headway.cli import main
from sandbox import address

CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata: {{name: web}}
data: {{greeting: {{{{ .Values.greeting }}}}}}
---
apiVersion: v1
kind: Secret
metadata: {{name: web}}
stringData: {{password: {{{{ .Values.password }}}}}}
"""


@pytest.fixture
def by_hand(sandbox: address.Address, namespace: str, tmp_path: Path) -> str:
    """Two upgrades and a way back of release `web`; its namespace."""
    chart = tmp_path / "web"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: web\nversion: 1.0.0\n")
    (chart / "templates/all.yaml").write_text(CONFIG.format())

    def helm(*arguments: str) -> None:
        where = ["--namespace", namespace, "--kubeconfig", str(sandbox.kubeconfig)]
        subprocess.run([sandbox.bin / "helm", *arguments, *where], check=True, capture_output=True)

    helm("install", "web", str(chart), "--set", "greeting=hello,password=first-password")
    helm("upgrade", "web", str(chart), "--set", "greeting=good-day,password=second-password")
    helm("rollback", "web", "1")
    return namespace


@pytest.mark.cluster
def test_history_show_and_diff(
    by_hand: str, sandbox: address.Address, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(*arguments: str) -> str:
        assert main([*arguments, "--kubeconfig", str(sandbox.kubeconfig)]) == 0
        return capsys.readouterr().out

    entries = json.loads(said("history", "web", by_hand, "-o", "json"))
    assert [(each["revision"], each["kind"], each["status"], each["why"]) for each in entries] == [
        (3, "by hand", "deployed", "Rollback to 1"),
        (2, "by hand", "superseded", "Upgrade complete"),
        (1, "by hand", "superseded", "Install complete"),
    ]
    assert "2: 1 ConfigMap, 1 Secret" in said("show", "web", by_hand)
    diff = said("diff", "web", by_hand, "1", "2")
    assert "+  greeting: good-day" in diff
    assert "~ Secret/web" in diff
    assert "first-password" not in diff
    assert "second-password" not in diff
    assert said("diff", "web", by_hand, "1", "3") == ""

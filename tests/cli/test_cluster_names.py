"""How the cluster is called that is looked at where nobody names a context."""

from pathlib import Path

import pytest

from headway.cli.kubeconfig import current_name

FILE = "apiVersion: v1\nkind: Config\ncurrent-context: eu\ncontexts: [{name: eu, context: {cluster: c}}]\n"


@pytest.mark.parametrize(
    ("text", "environment", "name"),
    [
        pytest.param(FILE, {}, "eu", id="the context of the file"),
        pytest.param(FILE, {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "eu", id="the file, also in a pod"),
        pytest.param(None, {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "this cluster", id="that of the pod"),
        pytest.param("contexts: []\n", {}, "current context", id="the file names none"),
        pytest.param("{", {}, "current context", id="it cannot be read"),
        pytest.param(None, {}, "current context", id="there is none"),
    ],
)
def test_name(
    text: str | None,
    environment: dict[str, str],
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for unset in ("KUBECONFIG", "KUBERNETES_SERVICE_HOST"):
        monkeypatch.delenv(unset, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    if text is not None:
        (tmp_path / ".kube").mkdir()
        (tmp_path / ".kube" / "config").write_text(text)
    assert current_name(None) == name

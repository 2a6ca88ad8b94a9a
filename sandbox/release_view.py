"""The release view of the sandbox: `headway view` on the sandbox's cluster, with a token for whoever reads the state folder."""

import hashlib
import os
import secrets
from pathlib import Path

from sandbox import control_plane, external, files, git_daemon, places, prefect_server, s3
from sandbox.ports import Listener
from sandbox.processes import Service
from sandbox.webcheck import answers

PORT = 4300
URL = f"http://127.0.0.1:{PORT}"
WHO = "demo"
SITE_S_CHARTS = f"{s3.ENDPOINT}/shop-charts-production"
"""How the demo's site, which has no right to S3, reads the bucket."""
_SETTINGS = """\
url: {url}
sign_in: {{tokens: tokens.yaml}}
environments: [testing, staging, production]
charts: {{"*": ["s3://", "{site}"]}}
registries: ["127.0.0.1:5000"]
git:
  shop: {{url: "{git}/shop/application.git"}}
roles:
  - {{who: [{who}], may: [read, deliver, approve, operate]}}
"""


def service(state: Path) -> Service:
    """It shows that the cluster is away until there is one."""
    other = external.external()
    kubeconfig = other.kubeconfig if other else control_plane.kubeconfig(state)
    return Service(
        "view",
        [
            *(str(places.VENV / "bin" / "headway"), "view", "--port", str(PORT)),
            *("--kubeconfig", str(kubeconfig), "--config", str(_configured(state))),
        ],
        ready=lambda _: answers(f"{URL}/healthz"),
        listens=(Listener("127.0.0.1", PORT),),
        environment=_environment() | {"XDG_CACHE_HOME": str(_folder(state) / "cache")},
        cwd=places.ROOT,
        patience_seconds=120,
    )


def token(state: Path) -> str:
    """With which one signs in; the same as long as the state folder lives."""
    file = _folder(state) / "token"
    if not file.exists():
        files.write(file, f"headway_{secrets.token_urlsafe(32)}\n", mode=0o600)
    return file.read_text().strip()


def _configured(state: Path) -> Path:
    folder = _folder(state)
    digest = hashlib.sha256(token(state).encode()).hexdigest()
    files.write(folder / "tokens.yaml", f"{WHO}: sha256:{digest}\n", mode=0o600)
    files.write(
        folder / "view.yaml", _SETTINGS.format(url=URL, who=WHO, git=git_daemon.URL, site=SITE_S_CHARTS)
    )
    return folder / "view.yaml"


def _folder(state: Path) -> Path:
    folder = state / "view"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _environment() -> dict[str, str]:
    """The caller's, without its own Prefect settings; with the ways to the sandbox's Prefect server and S3."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    return own | {
        "PREFECT_API_URL": prefect_server.API,
        "AWS_ENDPOINT_URL": s3.ENDPOINT,
        "AWS_ACCESS_KEY_ID": s3.ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": s3.SECRET_KEY,
        "AWS_DEFAULT_REGION": s3.REGION,
    }

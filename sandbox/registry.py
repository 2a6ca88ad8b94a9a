"""The OCI registry of the sandbox: distribution, with its blobs, manifests and tags on disk."""

from pathlib import Path

from sandbox import files
from sandbox.ports import Listener
from sandbox.processes import Service
from sandbox.webcheck import answers

ADDRESS = "127.0.0.1:5000"

_CONFIG = """\
version: 0.1
log:
  level: warn
  accesslog:
    disabled: true
storage:
  filesystem:
    rootdirectory: {data}
  delete:
    enabled: true
http:
  addr: {address}
  secret: only-one-process-serves-uploads
# Where each push is announced (webhooks); add an endpoint by hand to try a receiver.
notifications:
  endpoints: []
"""


def service(state: Path, programs: Path) -> Service:
    """The server, after its configuration is written."""
    data = state / "registry"
    data.mkdir(parents=True, exist_ok=True)
    config = files.write(state / "registry.yaml", _CONFIG.format(data=data, address=ADDRESS))
    host, _, port = ADDRESS.partition(":")
    return Service(
        "registry",
        [str(programs / "registry"), str(config)],
        ready=lambda _: answers(f"http://{ADDRESS}/v2/"),
        listens=(Listener(host, int(port)),),
        # Else it traces every request to an OpenTelemetry collector that is not there.
        environment={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "OTEL_TRACES_EXPORTER": "none"},
    )

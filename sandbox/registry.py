"""The OCI registry of the sandbox: distribution, with its blobs, manifests and tags on disk."""

from pathlib import Path

from sandbox import files, receiver
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
# Each push of a manifest is told to the receiver of hints.
notifications:
  endpoints:
    - name: headway
      url: {hints}
      headers: {{Authorization: [Bearer {secret}]}}
      timeout: 5s
      threshold: 3
      backoff: 2s
      ignoredmediatypes: [application/octet-stream]
      ignore: {{actions: [pull, mount, delete]}}
"""


def service(state: Path, programs: Path) -> Service:
    """The server, after its configuration is written."""
    data = state / "registry"
    data.mkdir(parents=True, exist_ok=True)
    text = _CONFIG.format(
        data=data,
        address=ADDRESS,
        hints=receiver.address("registry"),
        secret=receiver.secret(state, "registry"),
    )
    config = files.write(state / "registry.yaml", text, mode=0o600)
    host, _, port = ADDRESS.partition(":")
    return Service(
        "registry",
        [str(programs / "registry"), str(config)],
        ready=lambda _: answers(f"http://{ADDRESS}/v2/"),
        listens=(Listener(host, int(port)),),
        # Else it traces every request to an OpenTelemetry collector that is not there.
        environment={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "OTEL_TRACES_EXPORTER": "none"},
    )

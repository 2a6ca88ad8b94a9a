"""Chart packages made without helm."""

import gzip
import io
import tarfile

from headway.formats.chart_package import read_package
from headway.model.charts import Package


def archive(files: dict[str, bytes]) -> bytes:
    """A gzipped tar with these names as they are."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return gzip.compress(buffer.getvalue(), mtime=0)


def package(name: str = "web", version: str = "1.0.0", text: str = "hello", commit: str = "") -> Package:
    annotation = f"annotations:\n  headway.dev/commit: {commit}\n" if commit else ""
    chart = f"apiVersion: v2\nname: {name}\nversion: {version}\n{annotation}"
    return read_package(
        archive({f"{name}/Chart.yaml": chart.encode(), f"{name}/values.yaml": f"text: {text}\n".encode()})
    )

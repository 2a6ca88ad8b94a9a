"""A small application as texts, for the tests of edits to it."""

from datetime import UTC, datetime

from headway.formats import headway_yaml
from headway.formats.application_files import ApplicationFiles
from headway.model.charts import ChartEntry

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
CHARTS = "http://charts.example.com"
PINS = {"redis": "7.0.15"}

APPLICATION = headway_yaml.read(
    """\
application: shop
services:
  cart: {git: https://git.example.com/cart.git, image: r.example.com/cart}
  catalog: {git: https://git.example.com/catalog.git, image: r.example.com/catalog}
environments:
  testing: {charts: s3://testing}
"""
)
MANUAL = APPLICATION.model_copy(update={"version": "manual"})

FILES = ApplicationFiles(
    values="""\
# tags
cart:
  image:
    tag: main-aaaaaaa  # cart
catalog: {image: {tag: 'main-bbbbbbb'}}
""",
    chart=f"""\
apiVersion: v2
name: shop
version: 0.1.0   # ours
dependencies:
  - name: cart
    version: 0.1.0
    repository: {CHARTS}
  - {{name: catalog, version: "0.2.0", repository: {CHARTS}}}
  - name: redis
    version: ^7.0
    repository: https://thirdparty.example.com
""",
)


def entry(name: str, version: str, digest: str = "sha256:00") -> ChartEntry:
    return ChartEntry(name, version, digest, f"{name}-{version}.tgz", NOW)

"""Small applications, as many as are wanted: the example's cart alone, with its test, its secret and one environment.

Twenty whole shops would be some hundred and fifty pods, and one node takes a hundred and ten.
"""

import shutil
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from textwrap import dedent

from sandbox import worker_rights
from sandbox.address import Address
from sandbox.seed import Change, Layout, PushedImage, append, change_service, push_image, repositories
from sandbox.seed import images as seeded_images
from sandbox.seed.application import install_age_key
from sandbox.seed.commands import git, program, run
from sandbox.seed.layout import APPLICATION, EXAMPLE

BUCKET = "fleet-charts"
ENVIRONMENT = "testing"
SERVICE = "cart"
AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class SmallLayout(Layout):
    """One of them. All share a bucket, each with a chart repository of its own in it; or that too, as a team does that has one
    for each environment. Then the service's chart is called after the application."""

    shares_charts: bool = False

    def bucket(self, environment: str) -> str:  # noqa: ARG002
        return f"{BUCKET}/{'shared' if self.shares_charts else self.name}"

    @property
    def namespace(self) -> str:
        return f"{self.name}-{ENVIRONMENT}"

    @property
    def service_chart(self) -> str:
        return f"{self.name}-{SERVICE}" if self.shares_charts else SERVICE


def layouts(
    address: Address, prefix: str, count: int, *, share_charts: bool = False
) -> tuple[SmallLayout, ...]:
    return tuple(SmallLayout(address, f"{prefix}-{number:02}", share_charts) for number in range(count))


def seed(wanted: Sequence[SmallLayout], *, replicas: int = 1) -> None:
    """Their repositories, and one image for all. The services' histories are the same, so one commit is built once; where charts
    are shared each has a commit more, which names the chart, and the image with the label of that.

    Without `replicas` there is no test, and there are no pods."""
    first = wanted[0]
    install_age_key(first)
    repositories.create(first, SERVICE)
    if not replicas:
        _take_out_test(first)
    image = push_image(first, SERVICE)
    for each in wanted:
        if each is not first:
            _copy_service(first, each)
        _create_application(each, replicas)
    if first.shares_charts:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda each: _named_after(each, image), wanted))
    else:
        _copy_image(first, wanted, image)
    worker_rights.grant(first.address, [each.namespace for each in wanted])


def push(wanted: Sequence[SmallLayout]) -> dict[str, PushedImage]:
    """A new image of each, by application: built once, pushed under each one's own name, announced to nobody. Of applications
    that share no charts: their services have one history."""
    first = wanted[0]
    change = Change("Say something more", (append("README.md", "More.\n"),))
    image = change_service(first, SERVICE, change)
    for each in wanted:
        if each is not first:
            git("push", "--quiet", each.remote_url(SERVICE), "main", cwd=first.checkout(SERVICE))
    return _copy_image(first, wanted, image)


def take_away(wanted: Iterable[SmallLayout]) -> None:
    """Their images and repositories, if they exist; buckets and namespaces go as a whole."""
    for each in wanted:
        seeded_images._delete_tags(program(each.address.bin, "crane"), each.image(SERVICE))
        repositories.delete(each)


def _take_out_test(layout: SmallLayout) -> None:
    """It asks the pods."""
    checkout = layout.checkout(SERVICE)
    shutil.rmtree(checkout / "chart" / "templates" / "tests")
    repositories.commit_all(checkout, "Test elsewhere")
    repositories.push(checkout)


def _copy_service(first: SmallLayout, other: SmallLayout) -> None:
    remote = other.remote(SERVICE)
    remote.parent.mkdir(parents=True)
    git("clone", "--quiet", "--bare", str(first.remote(SERVICE)), str(remote), cwd=remote.parent)


def _named_after(layout: SmallLayout, image: PushedImage) -> None:
    """The service's chart is called after its application; its image is that image, of the commit that says so."""
    checkout = layout.checkout(SERVICE)
    if not checkout.exists():
        checkout.parent.mkdir(parents=True, exist_ok=True)
        git("clone", "--quiet", layout.remote_url(SERVICE), str(checkout), cwd=checkout.parent)
    chart = checkout / "chart" / "Chart.yaml"
    chart.write_text(chart.read_text().replace(f"name: {SERVICE}\n", f"name: {layout.service_chart}\n"))
    commit = repositories.commit_all(checkout, "Name the chart after the application")
    repositories.push(checkout)
    crane, label = program(layout.address.bin, "crane"), f"org.opencontainers.image.revision={commit}"
    tag = f"main-{git('rev-parse', '--short=7', 'HEAD', cwd=checkout)}"
    run([crane, "mutate", "--label", label, "--tag", f"{layout.image(SERVICE)}:{tag}", image.reference])


def _copy_image(
    first: SmallLayout, wanted: Sequence[SmallLayout], image: PushedImage
) -> dict[str, PushedImage]:
    crane = program(first.address.bin, "crane")
    made = {each.name: PushedImage(each.image(SERVICE), image.tag, image.commit) for each in wanted}
    others = [each for name, each in made.items() if name != first.name]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda each: run([crane, "copy", image.reference, each.reference]), others))
    return made


def _create_application(layout: SmallLayout, replicas: int) -> None:
    remote, checkout = layout.remote(APPLICATION), layout.checkout(APPLICATION)
    remote.mkdir(parents=True)
    git("init", "--quiet", "--bare", "--initial-branch=main", cwd=remote)
    source = EXAMPLE / APPLICATION
    secrets = f"secrets/{ENVIRONMENT}.yaml"
    copied = {path: (source / path).read_text() for path in (secrets, ".helmignore", ".sops.yaml")}
    for path, text in {**_texts(layout, replicas), **copied}.items():
        (checkout / path).parent.mkdir(parents=True, exist_ok=True)
        (checkout / path).write_text(text)
    git("init", "--quiet", "--initial-branch=main", cwd=checkout)
    git("remote", "add", "origin", layout.git_url, cwd=checkout)
    repositories.commit_all(checkout, "Begin")
    git("push", "--quiet", "--set-upstream", "origin", "main", cwd=checkout)


def _texts(layout: SmallLayout, replicas: int) -> dict[str, str]:
    bucket = layout.bucket(ENVIRONMENT)
    charts = f"{layout.address.s3.endpoint}/{bucket}"
    texts = {
        "headway.yaml": f"""\
            application: {layout.name}
            services:
              {SERVICE}: {{git: "{layout.remote_url(SERVICE)}", image: "{layout.image(SERVICE)}"}}
            environments:
              {ENVIRONMENT}: {{charts: "s3://{bucket}", charts_url: "{charts}"}}
            """,
        "Chart.yaml": f"""\
            apiVersion: v2
            name: {layout.name}
            version: 0.1.0
            dependencies:
              - name: {layout.service_chart}
                alias: {SERVICE}
                version: 0.1.0
                repository: {charts}
            """,
        "values.yaml": f"""\
            {SERVICE}:
              replicas: {replicas}
              image:
                repository: {layout.image(SERVICE)}
                tag: ""
            """,
        f"values/{ENVIRONMENT}.yaml": f"""\
            {SERVICE}:
              maxItems: 5
            """,
    }
    return {path: dedent(text) for path, text in texts.items()}

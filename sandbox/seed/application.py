"""Seeds a whole copy of the example, and resets it."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from sandbox import files
from sandbox.failure import SandboxError
from sandbox.seed import buckets, images, repositories
from sandbox.seed.images import PushedImage, push_image
from sandbox.seed.layout import APPLICATION, DEMO_AGE_KEY, IMAGES, SERVICES, Layout

TESTS_TAG = "1"  # as headway.yaml names it


def seed(layout: Layout) -> Mapping[str, PushedImage]:
    """Makes remotes, buckets and images of the copy, which must not exist; returns images by service.

    The application repository has empty tags and no Chart.lock: that is what the first delivery expects.
    Needs S3, registry and git remotes, and no cluster; Helm only for `buckets.publish_third_party`.
    """
    buckets.publish_third_party(layout)
    return push_sources(layout)


def push_sources(layout: Layout) -> Mapping[str, PushedImage]:
    """What the shop's people push, before anything is delivered: repositories and images. Needs no Helm."""
    install_age_key(layout)
    buckets.create(layout)
    for repository in (*IMAGES, APPLICATION):
        repositories.create(layout, repository)
    with ThreadPoolExecutor(max_workers=2) as pool:
        tests = pool.submit(push_image, layout, "tests", tag=TESTS_TAG)
        services = {service: pool.submit(push_image, layout, service) for service in SERVICES}
        tests.result()
        return {service: pushed.result() for service, pushed in services.items()}


def reset(layout: Layout) -> None:
    """Takes away this copy's images, buckets, remotes and working trees if they exist; nothing else."""
    images.delete(layout)
    buckets.delete(layout)
    repositories.delete(layout)


def install_age_key(layout: Layout) -> None:
    """Puts the demo key into the sandbox's file of age keys, where it may stand among others."""
    if not DEMO_AGE_KEY.exists():
        raise SandboxError(f"{DEMO_AGE_KEY} is missing")
    file = layout.address.age_key_file
    present = file.read_text() if file.exists() else ""
    secret = DEMO_AGE_KEY.read_text().splitlines()[-1]
    if secret not in present.splitlines():
        files.write(file, f"{present}{DEMO_AGE_KEY.read_text()}", mode=0o600)

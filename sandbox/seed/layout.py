"""Where one seeded copy of the example has its remotes, images and buckets. Its name keeps copies apart."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox import places
from sandbox.address import Address
from sandbox.failure import SandboxError

EXAMPLE = places.ROOT / "examples" / "shop"
THIRD_PARTY = places.ROOT / "examples" / "thirdparty"
DEMO_AGE_KEY = EXAMPLE / "demo-age-key.txt"

SERVICES = ("catalog", "cart", "storefront")
IMAGES = (*SERVICES, "tests")
APPLICATION = "application"
ENVIRONMENTS = ("testing", "staging", "production")
THIRD_PARTY_BUCKET = "thirdparty-charts"

_NAME = re.compile(r"^[a-z][-a-z0-9]{0,30}$")


@dataclass(frozen=True, slots=True)
class Layout:
    """The addresses of the copy called `name`: `shop` in the demo, a name of their own in tests."""

    address: Address
    name: str = "shop"

    def __post_init__(self) -> None:
        if not _NAME.match(self.name):
            raise SandboxError(
                f"{self.name!r} is not a name for an application: lower-case letters, digits, '-'"
            )

    @property
    def remotes(self) -> Path:
        return self.address.git_root / self.name

    @property
    def checkouts(self) -> Path:
        """Working trees of the remotes, in which a person may change things by hand as well."""
        return self.address.git_root.parent / "checkouts" / self.name

    @property
    def built(self) -> Path:
        """Programs of images, by what they are made of, which is the same in every copy until somebody changes it."""
        return self.address.git_root.parent / "built"

    @property
    def image_folder(self) -> str:
        return f"{self.address.registry}/{self.name}"

    @property
    def buckets(self) -> tuple[str, ...]:
        return tuple(f"{self.name}-charts-{environment}" for environment in ENVIRONMENTS)

    @property
    def git_url(self) -> str:
        """Of the application repository."""
        return self.remote_url(APPLICATION)

    def remote(self, repository: str) -> Path:
        return self.remotes / f"{repository}.git"

    def remote_url(self, repository: str) -> str:
        return f"{self.address.git}/{self.name}/{repository}.git"

    def checkout(self, repository: str) -> Path:
        return self.checkouts / repository

    def image(self, service: str) -> str:
        return f"{self.image_folder}/{service}"

    def bucket(self, environment: str) -> str:
        return f"{self.name}-charts-{environment}"

    def source(self, repository: str) -> Path:
        """The example's folder with the content of a repository."""
        if repository in SERVICES:
            return EXAMPLE / "services" / repository
        return EXAMPLE / repository

    def replacements(self) -> Mapping[str, str]:
        """The example's addresses, and what stands in their place in this copy."""
        return {
            "application: shop\n": f"application: {self.name}\n",
            "https://git.example.com/shop/": f"{self.address.git}/{self.name}/",
            "registry.example.com/shop/": f"{self.image_folder}/",
            "s3://shop-charts-": f"s3://{self.name}-charts-",
            "https://charts.example.com/shop-charts-": f"{self.address.s3.endpoint}/{self.name}-charts-",
            "https://charts.example.com/": f"{self.address.s3.endpoint}/",
        }

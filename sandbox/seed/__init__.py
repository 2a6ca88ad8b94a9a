"""Puts the example into the sandbox, changes it as its developers would, and takes exactly that away."""

from sandbox.seed.application import push_sources, reset, seed
from sandbox.seed.buckets import publish_third_party
from sandbox.seed.changes import (
    CART_COUNTS_ITEMS,
    CATALOG_GIVES_PRICE_BACK,
    CATALOG_RENAMES_PRICE,
    Change,
    append,
    change_application,
    change_configuration,
    change_service,
    replace,
)
from sandbox.seed.images import PushedImage, push_image
from sandbox.seed.layout import ENVIRONMENTS, SERVICES, Layout

__all__ = [
    "CART_COUNTS_ITEMS",
    "CATALOG_GIVES_PRICE_BACK",
    "CATALOG_RENAMES_PRICE",
    "ENVIRONMENTS",
    "SERVICES",
    "Change",
    "Layout",
    "PushedImage",
    "append",
    "change_application",
    "change_configuration",
    "change_service",
    "publish_third_party",
    "push_image",
    "push_sources",
    "replace",
    "reset",
    "seed",
]

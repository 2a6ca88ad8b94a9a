"""OCI registries: the images in them, and how they are asked."""

from headway.clients.registry.images import Registry

__all__ = ["Registry"]

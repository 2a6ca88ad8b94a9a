"""Many image repositories of one registry, polled in one process: what is read, and what it costs when nothing has changed."""

import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import httpx

from bench.many_applications import FOLDER, Images
from headway.clients.registry import Registry
from headway.clients.registry.budget import AT_ONCE
from sandbox.address import Address

TAG = "main-0a1b2c3"


class Polled(NamedTuple):
    seconds: float
    processor: float
    """Seconds of it, of this process."""
    requests: str


def measure(address: Address, count: int) -> dict[str, Polled]:
    """A first look at each (its tags, and the newest image whole), then one of another process that has what was kept."""
    images = Images(address.registry)
    repositories = [f"{FOLDER}/polled-{number:03}" for number in range(count)]
    names = [f"{address.registry}/{each}" for each in repositories]
    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda each: images.push(each, TAG, "0a1b2c3" + "0" * 33), repositories))
        with tempfile.TemporaryDirectory() as folder:
            return {look: _look(names, Path(folder)) for look in ("the first look", "nothing has changed")}
    finally:
        images.delete_all()


def _look(names: list[str], folder: Path) -> Polled:
    registry, asked = Registry(cache=folder), Counter[str]()
    registry.access._client.event_hooks["response"].append(
        lambda answer: asked.update([f"{answer.request.method} {_what(answer)} {answer.status_code}"])
    )
    began, processor = time.monotonic(), time.process_time()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for tags, image in pool.map(lambda each: (registry.tags(each), registry.found(each, TAG)), names):
            if tags != [TAG] or image is None:
                raise RuntimeError(f"{tags}, {image}")
    return Polled(
        time.monotonic() - began,
        time.process_time() - processor,
        ", ".join(f"{count} {what}" for what, count in sorted(asked.items())),
    )


def _what(answer: httpx.Response) -> str:
    return next(each for each in ("tags", "manifests", "blobs") if f"/{each}/" in answer.request.url.path)

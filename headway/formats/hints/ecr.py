"""Amazon's registry by EventBridge (https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html)."""

import re
from collections.abc import Iterator
from typing import Any

from headway.formats.hints.payload import mapping, text
from headway.model.hints import Named, NamedImage

_ACCOUNT = re.compile(r"[0-9]{12}\Z", re.ASCII)
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-[0-9]{1,2}\Z", re.ASCII)


def named(payload: Any, event: str = "", registry: str = "") -> Iterator[Named]:  # noqa: ARG001
    detail = mapping(payload, "detail")
    pushed = text(detail, "action-type") == "PUSH" and text(detail, "result") == "SUCCESS"
    host, repository = registry or _host(payload), text(detail, "repository-name")
    # A detail-type holds spaces, so that it is no name.
    if payload.get("detail-type") == "ECR Image Action" and pushed and host and repository:
        yield NamedImage(f"{host}/{repository}", text(detail, "image-tag"))


def _host(payload: Any) -> str:
    account, region = text(payload, "account"), text(payload, "region")
    if not _ACCOUNT.match(account) or not _REGION.match(region):
        return ""
    end = ".cn" if region.startswith("cn-") else ""
    return f"{account}.dkr.ecr.{region}.amazonaws.com{end}"

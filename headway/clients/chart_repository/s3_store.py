"""A chart repository in an S3 bucket, written with conditional requests alone.

`If-None-Match: *` creates, `If-Match: <ETag>` swaps. 412 says that somebody else was first, or that the SDK
repeated a write of ours whose answer was lost; 409 says that two came at the same moment: try again.

An S3 that takes no notice of conditions would lose what others wrote: before the first write of a process one is asked for
that cannot happen, and the first file that is created is created twice.
"""

import contextlib
import functools
import os
import time
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import boto3
import botocore.loaders
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from headway.clients import hosts
from headway.clients.chart_repository.publishing import within_limit
from headway.decide.hosts.leaving_alone import NO_ANSWER
from headway.errors import BadInput, Unreachable
from headway.formats import retry_after
from headway.model.credentials import S3Credentials

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_LOST_RACE = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409", "OperationAborted")
_MISSING = ("NoSuchKey", "404", "NotFound")
_GIVE = "Name S3 credentials in the application's block, or give the worker its own."
_PROBE = ".headway-doctor"
_NO_TAG = f'"{"0" * 32}"'
_CHANGE = "Use an S3 that knows If-Match and If-None-Match on writes."
_CORRECT = "Correct the S3 credentials."
_CORRECT_OR_ALLOW = "Correct the S3 credentials, or their rights."
_NOT_OURS = {
    "NoSuchBucket": ("there is no such bucket", "Create it, or correct `charts:`."),
    "AccessDenied": ("access was refused", _CORRECT_OR_ALLOW),
    "InvalidAccessKeyId": ("the access key is unknown", _CORRECT),
    # Versity's gateway, with 404.
    "XAdminUserNotFound": ("the access key is unknown", _CORRECT),
    "SignatureDoesNotMatch": ("the secret key is wrong", _CORRECT),
    "403": ("access was refused", _CORRECT_OR_ALLOW),
    "NotImplemented": ("it knows no conditional writes", _CHANGE),
}
_CLOCK = "RequestTimeTooSkewed"
"""Refused like a wrong key, and over as soon as a clock is right."""
_SWAPS: set[tuple[str | None, str]] = set()
"""Endpoints and buckets that this process has seen to take notice of If-Match."""
_CREATES: set[tuple[str | None, str]] = set()
"""The same of If-None-Match."""

CONNECTIONS = 32
"""Kept open, for all environments of a run: one more than the client keeps is made anew, TLS and all, for each request."""
NAMES_LIMIT = 200_000
"""Of files whose name begins alike."""


class S3Store:
    """Files below s3://bucket[/prefix]; see Store."""

    def __init__(self, url: str, credentials: S3Credentials | None) -> None:
        parts = urlsplit(url)
        if parts.scheme != "s3" or not parts.netloc:
            raise BadInput("not an address such as s3://bucket/prefix", where=url)
        self._url = url.rstrip("/")
        self._bucket = parts.netloc
        self._prefix = f"{parts.path.strip('/')}/" if parts.path.strip("/") else ""
        credentials = credentials or S3Credentials()
        self._s3 = client(credentials)
        self._place = (credentials.endpoint_url, self._bucket)
        endpoint = hosts.of_address(credentials.endpoint_url or "")
        # Each bucket of Amazon's has a host, and a limit, of its own.
        self._host = endpoint or f"{self._bucket}.s3.{credentials.region}.amazonaws.com"

    @property
    def url(self) -> str:
        return self._url

    @property
    def place(self) -> str:
        return f"{self._place[0] or ''} {self._bucket}/{self._prefix}"

    def get(self, name: str) -> bytes | None:
        with self._answered(name):
            try:
                found = self._s3.get_object(Bucket=self._bucket, Key=self._prefix + name)
                return within_limit(found["Body"], name, self._url)
            except ClientError as error:
                if _code(error) in _MISSING:
                    return None
                raise

    def names(self, prefix: str) -> list[str]:
        with self._answered(prefix):
            pages = self._s3.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=self._prefix + prefix
            )
            keys = (item["Key"] for page in pages for item in page.get("Contents", []))
            found = [each.removeprefix(self._prefix) for each in islice(keys, NAMES_LIMIT + 1)]
        if len(found) > NAMES_LIMIT:
            raise BadInput(
                f"more than {NAMES_LIMIT} files are there",
                where=f"{self._url}/{prefix}",
                next_step="Move what nobody needs elsewhere.",
            )
        return found

    def create(self, name: str, data: bytes, content_type: str) -> bool:
        self._probe()
        with self._answered(name):
            if not self._put(name, data, content_type, _LOST_RACE, IfNoneMatch="*"):
                return False
            if self._place not in _CREATES and self._put(
                name, data, content_type, _LOST_RACE, IfNoneMatch="*"
            ):
                raise BadInput(
                    f"it takes no notice of If-None-Match: {name} was written twice",
                    where=self._url,
                    next_step=_CHANGE,
                )
            _CREATES.add(self._place)
            return True

    def get_tagged(self, name: str, known: str | None) -> tuple[bytes | None, str | None]:
        key = self._prefix + name
        with self._answered(name):
            try:
                if known:
                    found = self._s3.get_object(Bucket=self._bucket, Key=key, IfNoneMatch=known)
                else:
                    found = self._s3.get_object(Bucket=self._bucket, Key=key)
                return within_limit(found["Body"], name, self._url), found["ETag"]
            except ClientError as error:
                if _code(error) in ("304", "NotModified"):
                    return None, known
                if _code(error) in _MISSING:
                    return None, None
                raise

    def swap(self, name: str, data: bytes, content_type: str, tag: str | None) -> str | None:
        self._probe()
        with self._answered(name):
            return self._swap(name, data, content_type, tag)

    def check_write(self) -> None:
        """Asks for a write that cannot happen. Listing tells first whether there is such a bucket."""
        self.names(_PROBE)
        _SWAPS.discard(self._place)
        self._probe()

    def _probe(self) -> None:
        """Once: of a file that is not there, on condition of the content that it has. BadInput where it is written."""
        if self._place in _SWAPS:
            return
        with self._answered(_PROBE):
            if self._swap(_PROBE, b"", "text/plain", _NO_TAG):
                raise BadInput(
                    f"it takes no notice of If-Match: {_PROBE} was written, which is empty",
                    where=self._url,
                    next_step=_CHANGE,
                )
        _SWAPS.add(self._place)

    def _swap(self, name: str, data: bytes, content_type: str, tag: str | None) -> str | None:
        # A file that is gone meanwhile answers 404 to If-Match.
        put = functools.partial(
            self._put, name, data, content_type, (*_LOST_RACE, *_MISSING), CacheControl="no-cache"
        )
        return put(IfNoneMatch="*") if tag is None else put(IfMatch=tag)

    def _put(
        self, name: str, data: bytes, content_type: str, lost: tuple[str, ...], **condition: str
    ) -> str | None:
        """Its new tag; None for an answer of `lost`."""
        try:
            written = self._s3.put_object(
                Bucket=self._bucket,
                Key=self._prefix + name,
                Body=data,
                ContentType=content_type,
                **condition,  # type: ignore[arg-type]
            )
        except ClientError as error:
            if _code(error) in lost:
                return None
            raise
        return written["ETag"]

    @contextlib.contextmanager
    def _answered(self, name: str) -> Iterator[None]:
        with hosts.OF_THIS_MACHINE.asking(self._host), self._as_ours(f"{self._url}/{name}"):
            yield

    @contextlib.contextmanager
    def _as_ours(self, where: str) -> Iterator[None]:
        try:
            yield
        except NoCredentialsError as error:
            raise BadInput("there are no S3 credentials", where=where, next_step=_GIVE) from error
        except ClientError as error:
            what, next_step = _not_ours(error)
            if what:
                raise BadInput(what, where=where, next_step=next_step) from error
            said = error.response.get("ResponseMetadata", {})
            raise Unreachable(
                f"S3 answered {error}",
                where=where,
                next_step="It is tried again.",
                status=said.get("HTTPStatusCode"),
                retry_after=retry_after.seconds(
                    said.get("HTTPHeaders", {}).get("retry-after", ""), "", time.time()
                ),
            ) from error
        except BotoCoreError as error:
            raise Unreachable(
                f"S3 does not answer ({error})", where=where, next_step="It is tried again.", status=NO_ANSWER
            ) from error


@functools.cache
def _models() -> botocore.loaders.Loader:
    """What S3 is to boto, read from its files once a process; nothing of a user's configuration."""
    return botocore.loaders.create_loader(os.environ.get("AWS_DATA_PATH"))


def load_models() -> None:
    """Before anybody asks for a client. Calls nobody."""
    any_one = client(S3Credentials(access_key="none", secret_key="none", region="us-east-1"))
    any_one.get_paginator("list_objects_v2")
    client.cache_clear()


@functools.cache
def client(credentials: S3Credentials) -> "S3Client":
    """One client for each set of credentials: making one takes longer than a request. Safe among threads."""
    session = botocore.session.Session()
    session.register_component("data_loader", _models())
    return boto3.session.Session(botocore_session=session).client(
        "s3",
        endpoint_url=credentials.endpoint_url or None,
        aws_access_key_id=credentials.access_key or None,
        aws_secret_access_key=credentials.secret_key or None,
        region_name=credentials.region,
        config=Config(
            connect_timeout=3,
            read_timeout=15,
            max_pool_connections=CONNECTIONS,
            retries={"total_max_attempts": 2, "mode": "standard"},
            s3={"addressing_style": "path" if credentials.endpoint_url else "auto"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


def _not_ours(error: ClientError) -> tuple[str, str]:
    """What somebody has to change, and how; empty where nobody has to."""
    code, status = _code(error), error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    if code not in _NOT_OURS and code != _CLOCK and status in (401, 403):
        return f"access was refused ({error})", _CORRECT_OR_ALLOW
    return _NOT_OURS.get(code, ("", ""))


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))

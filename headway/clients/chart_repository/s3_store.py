"""A chart repository in an S3 bucket, written with conditional requests alone.

`If-None-Match: *` creates, `If-Match: <ETag>` swaps. 412 says that somebody else was first, or that the SDK
repeated a write of ours whose answer was lost; 409 says that two came at the same moment: try again.
"""

import contextlib
import functools
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from headway.clients.chart_repository.publishing import within_limit
from headway.errors import BadInput, Unreachable
from headway.model.credentials import S3Credentials

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_LOST_RACE = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409", "OperationAborted")
_MISSING = ("NoSuchKey", "404", "NotFound")
_GIVE = "Name S3 credentials in the application's block, or give the worker its own."
_PROBE = ".headway-doctor"
_NO_TAG = f'"{"0" * 32}"'
_NOT_OURS = {
    "NoSuchBucket": ("there is no such bucket", "Create it, or correct `charts:`."),
    "AccessDenied": ("access was refused", "Correct the S3 credentials, or their rights."),
    "InvalidAccessKeyId": ("the access key is unknown", "Correct the S3 credentials."),
    "SignatureDoesNotMatch": ("the secret key is wrong", "Correct the S3 credentials."),
    "403": ("access was refused", "Correct the S3 credentials, or their rights."),
}


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
        self._s3 = client(credentials or S3Credentials())

    @property
    def url(self) -> str:
        return self._url

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
        with self._answered(name):
            try:
                self._s3.put_object(
                    Bucket=self._bucket,
                    Key=self._prefix + name,
                    Body=data,
                    ContentType=content_type,
                    IfNoneMatch="*",
                )
            except ClientError as error:
                if _code(error) in _LOST_RACE:
                    return False
                raise
            return True

    def get_tagged(self, name: str, known: str | None) -> tuple[bytes | None, str | None]:
        key = self._prefix + name
        with self._answered(name):
            try:
                if known is None:
                    found = self._s3.get_object(Bucket=self._bucket, Key=key)
                else:
                    found = self._s3.get_object(Bucket=self._bucket, Key=key, IfNoneMatch=known)
                return within_limit(found["Body"], name, self._url), found["ETag"]
            except ClientError as error:
                if _code(error) in ("304", "NotModified"):
                    return None, known
                if _code(error) in _MISSING:
                    return None, None
                raise

    def swap(self, name: str, data: bytes, content_type: str, tag: str | None) -> bool:
        put = functools.partial(
            self._s3.put_object,
            Bucket=self._bucket,
            Key=self._prefix + name,
            Body=data,
            ContentType=content_type,
            CacheControl="no-cache",
        )
        with self._answered(name):
            try:
                if tag is None:
                    put(IfNoneMatch="*")
                else:
                    put(IfMatch=tag)
            except ClientError as error:
                # A file that is gone meanwhile answers 404 to If-Match.
                if _code(error) in (*_LOST_RACE, *_MISSING):
                    return False
                raise
            return True

    def check_write(self) -> None:
        """Asks for a write that cannot happen: of a file that is not there, on condition of the content that it has. Listing
        tells first whether there is such a bucket."""
        self.names(_PROBE)
        if self.swap(_PROBE, b"", "text/plain", _NO_TAG):
            raise BadInput(
                f"it takes no notice of If-Match: {_PROBE} was written, which is empty",
                where=self._url,
                next_step="Use an S3 that knows conditional writes.",
            )

    @contextlib.contextmanager
    def _answered(self, name: str) -> Iterator[None]:
        where = f"{self._url}/{name}"
        try:
            yield
        except NoCredentialsError as error:
            raise BadInput("there are no S3 credentials", where=where, next_step=_GIVE) from error
        except ClientError as error:
            what, next_step = _NOT_OURS.get(_code(error), ("", ""))
            if what:
                raise BadInput(what, where=where, next_step=next_step) from error
            raise Unreachable(f"S3 answered {error}", where=where, next_step="It is tried again.") from error
        except BotoCoreError as error:
            raise Unreachable(
                f"S3 does not answer ({error})", where=where, next_step="It is tried again."
            ) from error


@functools.cache
def client(credentials: S3Credentials) -> "S3Client":
    """One client for each set of credentials: making one takes longer than a request. Safe among threads."""
    return boto3.session.Session().client(
        "s3",
        endpoint_url=credentials.endpoint_url or None,
        aws_access_key_id=credentials.access_key or None,
        aws_secret_access_key=credentials.secret_key or None,
        region_name=credentials.region,
        config=Config(
            connect_timeout=3,
            read_timeout=15,
            retries={"total_max_attempts": 2, "mode": "standard"},
            s3={"addressing_style": "path" if credentials.endpoint_url else "auto"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))

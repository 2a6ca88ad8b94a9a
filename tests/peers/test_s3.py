"""S3s of others: the contract of chart repositories, publishers that are killed, and what each tells the receiver of hints."""

from pathlib import Path

import pytest

from headway.clients.chart_repository import open_repository, open_writable_repository
from headway.clients.chart_repository.s3_store import client
from headway.model.credentials import RepositoryCredentials, S3Credentials
from sandbox.address import Address
from tests.clients import test_chart_repository_killed as killed
from tests.clients.chart_repository_contract import (
    NOW,
    Offering,
    OfferingContract,
    Open,
    S3Contract,
    WritableContract,
    publish,
)
from tests.clients.packages import package
from tests.peers.hearing import Served

pytestmark = [pytest.mark.sandbox, pytest.mark.rare]


@pytest.fixture(params=["minio", "versitygw"])
def s3(request: pytest.FixtureRequest) -> S3Credentials:
    """Of MinIO, and of Versity's gateway, an S3 over a POSIX file system."""
    credentials: S3Credentials = request.getfixturevalue(request.param)
    return credentials


@pytest.fixture
def open_again(s3: S3Credentials, bucket: str) -> Open:
    return lambda: open_writable_repository(f"s3://{bucket}/some/prefix", RepositoryCredentials(s3=s3))


@pytest.fixture
def offering(s3: S3Credentials, bucket: str) -> Offering:
    url, credentials = f"s3://{bucket}/some/prefix", RepositoryCredentials(s3=s3)
    written = open_writable_repository(url, credentials)
    return lambda each: publish(written, each), open_repository(url, credentials)


class TestOffering(OfferingContract):
    pass


class TestWritable(WritableContract):
    pass


class TestS3(S3Contract):
    pass


def test_what_was_acknowledged_is_offered_once_at_every_moment(
    s3: S3Credentials, bucket: str, sandbox: Address, tmp_path: Path
) -> None:
    killed.test_what_was_acknowledged_is_offered_once_at_every_moment(
        killed.SMALL, s3, bucket, sandbox, tmp_path
    )


def test_minio_tells_of_a_chart(minio: S3Credentials, hearing: Served) -> None:
    """By its own rules: a bucket names the target, and what of it is told."""
    api, bucket = client(minio), "charts-of-minio"
    api.create_bucket(Bucket=bucket)
    target = "arn:minio:sqs::HINTS:webhook"
    api.put_bucket_notification_configuration(
        Bucket=bucket,
        NotificationConfiguration={
            "QueueConfigurations": [
                {"QueueArn": target, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]}
            ]
        },
    )
    repository = open_writable_repository(f"s3://{bucket}/shop", RepositoryCredentials(s3=minio))
    repository.publish(package(version="1.0.0+b"), created=NOW)
    assert hearing.told("of-minio") == f"s3://{bucket}/shop/web-1.0.0+b.tgz"


def test_versitygw_tells_of_a_chart(versitygw: S3Credentials, hearing: Served) -> None:
    """With the key as it is, which others write as in an address: a plus is taken for a space, and the folder is right."""
    bucket = "charts-of-versitygw"
    client(versitygw).create_bucket(Bucket=bucket)
    repository = open_writable_repository(f"s3://{bucket}/shop", RepositoryCredentials(s3=versitygw))
    repository.publish(package(version="1.0.0+b"), created=NOW)
    assert hearing.told("of-versitygw").startswith(f"s3://{bucket}/shop/")

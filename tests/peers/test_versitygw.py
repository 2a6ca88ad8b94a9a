"""Versity's gateway, an S3 over a POSIX file system: the contract of chart repositories, and publishers that are killed,
and what it tells the receiver of hints."""

from pathlib import Path

import pytest

from headway.clients.chart_repository import open_writable_repository
from headway.clients.chart_repository.s3_store import client
from headway.model.credentials import RepositoryCredentials, S3Credentials
from sandbox.address import Address
from tests.clients import test_chart_repository_killed as killed
from tests.clients.chart_repository_contract import NOW, OfferingContract, S3Contract, WritableContract
from tests.clients.packages import package
from tests.peers.hearing import Served
from tests.peers.s3_of_others import offering, open_again

__all__ = ["offering", "open_again"]
BUCKET = "charts-of-versitygw"
pytestmark = [pytest.mark.sandbox, pytest.mark.rare]


@pytest.fixture
def s3(versitygw: S3Credentials) -> S3Credentials:
    return versitygw


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


def test_it_tells_of_a_chart(versitygw: S3Credentials, hearing: Served) -> None:
    """With the key as it is, which others write as in an address: a plus is taken for a space, and the folder is right."""
    client(versitygw).create_bucket(Bucket=BUCKET)
    repository = open_writable_repository(f"s3://{BUCKET}/shop", RepositoryCredentials(s3=versitygw))
    repository.publish(package(version="1.0.0+b"), created=NOW)
    assert hearing.told("of-versitygw").startswith(f"s3://{BUCKET}/shop/")

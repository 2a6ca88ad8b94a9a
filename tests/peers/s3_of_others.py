"""How a chart repository in a bucket of `s3` is opened, for the contract of chart repositories."""

import pytest

from headway.clients.chart_repository import open_repository, open_writable_repository
from headway.model.credentials import RepositoryCredentials, S3Credentials
from tests.clients.chart_repository_contract import Offering, Open, publish


@pytest.fixture
def open_again(s3: S3Credentials, bucket: str) -> Open:
    return lambda: open_writable_repository(f"s3://{bucket}/some/prefix", RepositoryCredentials(s3=s3))


@pytest.fixture
def offering(s3: S3Credentials, bucket: str) -> Offering:
    url, credentials = f"s3://{bucket}/some/prefix", RepositoryCredentials(s3=s3)
    written = open_writable_repository(url, credentials)
    return lambda each: publish(written, each), open_repository(url, credentials)

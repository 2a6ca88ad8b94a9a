"""Versity's gateway, an S3 over a POSIX file system: the contract of chart repositories, and publishers that are killed."""

import pytest

from headway.model.credentials import S3Credentials
from tests.clients.chart_repository_contract import OfferingContract, S3Contract, WritableContract
from tests.clients.test_chart_repository_killed import (
    test_what_was_acknowledged_is_offered_once_at_every_moment,
)
from tests.peers.s3_of_others import offering, open_again

__all__ = ["offering", "open_again", "test_what_was_acknowledged_is_offered_once_at_every_moment"]
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

"""What a site is called makes its namespace, unless that is named."""

import pytest

from blocks import Site
from headway.errors import BadInput


def test_two_names_that_join_to_no_namespace_want_one() -> None:
    site = Site(charts="https://charts.example.com", chart="shop", environment="production")
    assert site.declared("s" * 52).application.namespace("production") == f"{'s' * 52}-production"
    with pytest.raises(BadInput, match=r"s+-production, of more than 63 letters.*--namespace"):
        site.declared("s" * 53)
    site.namespace = "shop"
    assert site.declared("s" * 53).application.namespace("production") == "shop"

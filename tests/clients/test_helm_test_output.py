"""What `helm test --logs` prints, read: a text as Helm 4.3.1 printed it."""

from datetime import UTC, datetime

from headway.clients.helm import test_output

PRINTED = """\
NAME: shop
LAST DEPLOYED: Tue Nov 24 23:57:59 2026
NAMESPACE: shop-testing
STATUS: deployed
REVISION: 4
DESCRIPTION: Headway: shop 0.1.3 sha256:0123
TEST SUITE:     shop-cart-test
Last Started:   Wed Nov 25 00:00:01 2026
Last Completed: Wed Nov 25 00:00:03 2026
Phase:          Succeeded
TEST SUITE:     shop-catalog-test
Last Started:   Wed Nov  4 00:00:01 2026
Last Completed: Wed Nov  4 00:00:01 2026
Phase:          Failed

POD LOGS: shop-cart-test (probe)
all is well
TEST SUITE:     not a suite
Phase:          Succeeded

POD LOGS: shop-catalog-test (one)
no
POD LOGS: shop-catalog-test (two)
tea
"""


def test_runs_and_logs() -> None:
    output = test_output.read(PRINTED)
    assert {name: (run.phase, run.seconds) for name, run in output.runs.items()} == {
        "shop-cart-test": ("Succeeded", 2.0),
        "shop-catalog-test": ("Failed", 0.0),
    }
    assert output.logs["shop-catalog-test"] == "no\n[two]\ntea"
    assert output.logs["shop-cart-test"].startswith("all is well")


def test_a_run_of_before_is_told_from_one_that_was_made_now() -> None:
    run = test_output.read(PRINTED).runs["shop-cart-test"]
    assert run.started_at == datetime(2026, 11, 25, 0, 0, 1, tzinfo=UTC)
    assert run.began_as({"started_at": "2026-11-25T01:00:01.734523+01:00"})
    assert not run.began_as({"started_at": "2026-11-24T22:00:01.7Z"})
    assert not run.began_as({})
    assert run.as_stored() == {
        "started_at": "2026-11-25T00:00:01Z",
        "completed_at": "2026-11-25T00:00:03Z",
        "phase": "Succeeded",
    }


def test_nothing_printed_is_nothing_known() -> None:
    assert test_output.read("Error: something") == test_output.TestOutput()

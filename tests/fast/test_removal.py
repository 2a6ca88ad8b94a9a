"""A release that takes a workload away asks a person, also where nothing else does; what a person took out, goes."""

import json

import pytest

from tests.fast.conftest import MakeShop
from tests.fast.memory import prefect_runs
from tests.fast.shop import TESTS_IMAGE, Shop

QUEUE = f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: "{{{{ .Values.queue }}}}"}}
spec:
  replicas: 1
  selector: {{matchLabels: {{app: queue}}}}
  template:
    metadata: {{labels: {{app: queue}}}}
    spec: {{containers: [{{name: queue, image: "{TESTS_IMAGE}"}}]}}
"""


@pytest.fixture
def with_queue(make_shop: MakeShop) -> Shop:
    """0.1.1 runs Deployment/jobs, which a template of the umbrella makes."""
    shop = make_shop(delivered=True, environments=("testing",))
    values = shop.git.read("values.yaml")
    shop.git.push({"templates/queue.yaml": QUEUE, "values.yaml": f"{values}queue: jobs\n"}, "Add a queue")
    assert shop.deliver() == [("testing", "Released")]
    return shop


def waiting() -> str:
    run = next(run for run in prefect_runs.release_runs() if run.state and run.state.is_paused())
    return str(json.loads(prefect_runs.question(run.id)))


def test_a_workload_that_nobody_took_out_goes_only_once_a_person_says_so(with_queue: Shop) -> None:
    with_queue.git.replace("values.yaml", "queue: jobs", "queue: work")
    assert with_queue.deliver() == [("testing", "Suspended")]
    assert with_queue.live("deployments/jobs")
    assert with_queue.live("deployments/work") is None
    assert "A person is asked because it takes away what no commit of a person took out" in waiting()
    assert "### Goes away\n\n- Deployment/jobs" in waiting()
    assert with_queue.deliver() == [], "one run asks"
    run = next(run for run in prefect_runs.release_runs() if run.state and run.state.is_paused())
    prefect_runs.answer(run.id, approved=True, comment="it is drained")
    assert prefect_runs.work() == [("testing", "Released")]
    assert with_queue.live("deployments/jobs") is None
    assert with_queue.audit()[0] == ("approved", "0.1.2", "Ada", "it is drained")
    with_queue.change_code()
    assert with_queue.deliver() == [("testing", "Released")], "what takes nothing away asks nobody"


@pytest.mark.story
def test_what_a_person_took_out_by_a_commit_goes(with_queue: Shop) -> None:
    with_queue.git.push({"templates/queue.yaml": None}, "Drop the queue")
    assert with_queue.deliver() == [("testing", "Released")]
    assert with_queue.live("deployments/jobs") is None
    assert "Deployment/jobs: taken out by Ada Lovelace <ada@example.com> in " in with_queue.report(
        "testing-plan"
    )


@pytest.mark.story
def test_a_dependency_that_a_person_took_out_goes(make_shop: MakeShop) -> None:
    shop = make_shop(delivered=True, environments=("testing",), services=("cart", "queue"))
    chart = shop.git.read("Chart.yaml").split("  - name: queue")[0]
    headway = "".join(
        line for line in shop.git.read("headway.yaml").splitlines(True) if "  queue:" not in line
    )
    shop.git.push({"Chart.yaml": chart, "headway.yaml": headway, "Chart.lock": None}, "Drop the queue")
    assert shop.deliver() == [("testing", "Released")]
    assert shop.live("deployments/queue") is None
    assert shop.live("deployments/cart")


@pytest.mark.story
def test_what_a_person_took_out_of_a_services_chart_goes(make_shop: MakeShop) -> None:
    shop = make_shop(delivered=True, environments=("testing",))
    worker = QUEUE.replace('"{{ .Values.queue }}"', "worker")
    shop.service().push({"chart/templates/worker.yaml": worker}, "Add a worker")
    assert shop.deliver() == [("testing", "Released")]
    assert shop.live("deployments/worker")
    shop.service().push({"chart/templates/worker.yaml": None}, "Drop the worker")
    assert shop.deliver() == [("testing", "Released")]
    assert shop.live("deployments/worker") is None
    assert "Deployment/worker: taken out by Ada Lovelace" in shop.report("testing-plan")

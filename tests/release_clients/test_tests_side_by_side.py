"""Tests of several charts of one release, run at the same time by Helm on a real cluster, and Helm's own record of them."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from headway.formats.chart_package import read_package
from headway.model.charts import Package
from tests.clients.packages import archive
from tests.release_clients.conftest import TIMEOUT, Values
from tests.release_clients.probe_release import ProbeRelease

pytestmark = pytest.mark.cluster

TEST = """\
apiVersion: v1
kind: Pod
metadata:
  name: {{ .Release.Name }}-{{ .Chart.Name }}-test
  annotations: {helm.sh/hook: test, helm.sh/hook-weight: "{{ .Values.weight }}"}
spec:
  restartPolicy: Never
  terminationGracePeriodSeconds: 0
  containers:
    - name: probe
      image: {{ .Values.global.image }}
      args: ["{{ .Values.test }}"]
"""
Umbrella = Callable[..., Package]


@pytest.fixture
def umbrella(image: str) -> Umbrella:
    """A chart of subcharts, each with one test: "name: answer" and, after a colon, its weight."""

    def build(**charts: str) -> Package:
        dependencies = "".join(f"- {{name: {name}, version: 0.1.0}}\n" for name in charts)
        files = {
            "Chart.yaml": f"apiVersion: v2\nname: shop\nversion: 0.1.0\ndependencies:\n{dependencies}",
            "values.yaml": f"global: {{image: {image}}}\n",
        }
        for name, says in charts.items():
            answer, _, weight = says.partition(":")
            files |= {
                f"charts/{name}/Chart.yaml": f"apiVersion: v2\nname: {name}\nversion: 0.1.0\n",
                f"charts/{name}/values.yaml": f"test: {answer}\nweight: {weight or 0}\n",
                f"charts/{name}/templates/test.yaml": TEST,
            }
        return read_package(archive({f"shop/{path}": text.encode() for path, text in files.items()}))

    return build


def phases(release: ProbeRelease) -> dict[str, str]:
    hooks = release.history()[0].hooks
    return {hook["name"]: (hook.get("last_run") or {}).get("phase", "") for hook in hooks}


def test_all_are_in_helms_record_as_one_helm_test_would_have_it(
    release: ProbeRelease, umbrella: Umbrella, values: Values
) -> None:
    release.upgrade(umbrella(cart="pass", catalog="pass", storefront="pass"), values(), TIMEOUT)
    begun = datetime.now().astimezone() - timedelta(seconds=1)
    report = release.run_tests(TIMEOUT)
    assert report.passed, report
    assert {each.log for each in report.results} == {"probe: all is well"}
    assert set(phases(release).values()) == {"Succeeded"}
    for hook in release.history()[0].hooks:
        assert datetime.fromisoformat(hook["last_run"]["started_at"]) >= begun.replace(microsecond=0)


def test_one_that_fails_does_not_hide_the_others_of_its_round_but_ends_those_after_it(
    release: ProbeRelease, umbrella: Umbrella, values: Values
) -> None:
    release.upgrade(umbrella(cart="fail", catalog="pass", later="pass:5"), values(), TIMEOUT)
    report = release.run_tests(TIMEOUT)
    assert {each.name.split("-")[1]: (each.passed, each.ran, each.said_no) for each in report.results} == {
        "cart": (False, True, True),
        "catalog": (True, True, False),
        "later": (False, False, False),
    }
    assert phases(release) == {
        "probe-cart-test": "Failed",
        "probe-catalog-test": "Succeeded",
        "probe-later-test": "",
    }


def test_a_second_run_says_what_happened_in_it(
    release: ProbeRelease, umbrella: Umbrella, values: Values
) -> None:
    release.upgrade(umbrella(cart="pass", catalog="pass"), values(), TIMEOUT)
    first, second = release.run_tests(TIMEOUT), release.run_tests(TIMEOUT)
    assert first.passed
    assert second.passed
    assert all(each.ran for each in second.results)

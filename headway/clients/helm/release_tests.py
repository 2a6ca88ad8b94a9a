"""The test hooks of a release, run in Helm's order and with its delete policies: which failed, in which pod, and what it said."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Event

from headway.clients.helm import test_hooks
from headway.clients.helm.changes import HelmChanges
from headway.clients.helm.storage import StoredRevision
from headway.clients.helm.test_hooks import BEFORE, FAILED, SUCCEEDED, HookRun
from headway.clients.kubernetes.api import Object
from headway.clients.kubernetes.test_workloads import TestWorkloads
from headway.decide.release.test_rounds import Group, rounds
from headway.errors import BadInput, Conflict, HeadwayError
from headway.formats.known_secrets import KnownSecrets
from headway.model.tests import TestReport, TestResult, not_run

AT_ONCE = 4
"""Charts whose tests run at the same time."""
_GIVEN_UP = "the run that waited for it was ended"


def run_helm_tests(
    changes: HelmChanges, timeout: timedelta, history: Sequence[StoredRevision], *, in_turn: bool = False
) -> TestReport:
    """Run the test hooks of the newest revision, each for at most `timeout`. A failing test is a report, not an error. The
    release's secrets are redacted in what tests say. `in_turn`: one after the other.

    A test that fails ends those of its chart, and the rounds after its own. Raises what TestWorkloads raises where no
    test said no, and BadInput where there is no release.
    """
    release = changes.release
    if not history:
        raise BadInput("there is no release to test", where=release.where)
    changes.ensure_lease()
    revision = history[0].revision
    known = KnownSecrets.of(release.secrets_of(history))
    run = _Run(changes, timeout, test_hooks.of(history[0]), lambda said: changes.tell(known.hide(said)))
    for groups in rounds(map(test_hooks.as_decided_on, run.hooks.values()), in_turn=in_turn):
        run.round(groups)
        if run.failed:
            break
    run.clean_up()
    if run.noted:
        test_hooks.note(release.storage, revision, run.noted)
    run.raise_errors()
    ran = [known.hide_in(result) for result in run.results]
    done = {each.name for each in ran}
    return TestReport((*ran, *(not_run(name) for name in run.hooks if name not in done)), run.seconds)


class _Run:
    def __init__(
        self,
        changes: HelmChanges,
        timeout: timedelta,
        hooks: Mapping[str, Object],
        tell: Callable[[str], None],
    ) -> None:
        release = changes.release
        self._given_up = Event()
        self._workloads = TestWorkloads(
            release.cluster,
            release.namespace,
            changes.image_exists,
            changes.ensure_lease,
            tell,
            lambda: _GIVEN_UP if self._given_up.is_set() else "",
        )
        self._tell = tell
        self._timeout = timeout.total_seconds()
        self._begun = time.monotonic()
        self.hooks = hooks
        self.results: list[TestResult] = []
        self.noted: dict[str, HookRun] = {}
        self._errors: list[HeadwayError] = []

    @property
    def failed(self) -> bool:
        return not all(each.passed for each in self.results)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._begun

    def round(self, groups: Sequence[Group]) -> None:
        """A run that is cancelled meanwhile, or has lost its lease, waits for no test's own end."""
        with ThreadPoolExecutor(min(AT_ONCE, len(groups))) as pool:
            try:
                for _ in pool.map(self._group, groups):
                    pass
            except BaseException:
                self._given_up.set()
                raise

    def _group(self, group: Group) -> None:
        for name in group:
            try:
                result = self._test(name)
            except Conflict:
                raise
            except HeadwayError as error:
                self._errors.append(error)
                result = TestResult(name, False, "", "", str(error), ran=False)
            self.results.append(result)
            if not result.passed:
                return

    def _test(self, name: str) -> TestResult:
        hook = self.hooks[name]
        resource = test_hooks.resource(hook)
        if test_hooks.is_deleted(hook, BEFORE):
            self._workloads.remove(resource)
        started = datetime.now(UTC)
        ended = self._workloads.end_of(self._workloads.apply(resource), self._timeout, f"test {name}")
        completed = datetime.now(UTC)
        self.noted[name] = HookRun(ended.passed, started, completed)
        seconds = (completed - started).total_seconds()
        result = TestResult(
            name,
            ended.passed,
            ended.pod_name,
            ended.last_words,
            ended.reason,
            seconds,
            said_no=ended.said_no,
            cause=ended.cause,
            certain=ended.certain,
        )
        if ended.needed:
            self._tell(result.ending)
        return result

    def clean_up(self) -> None:
        """By the hooks' delete policies, once all have ended: a later test may need what an earlier hook made."""
        for result in reversed(self.results):
            hook = self.hooks[result.name]
            if result.ran and test_hooks.is_deleted(hook, SUCCEEDED if result.passed else FAILED):
                try:
                    self._workloads.remove(test_hooks.resource(hook))
                except Conflict:
                    raise
                except HeadwayError:
                    # What the tests said stands; it is deleted before it is run again.
                    continue

    def raise_errors(self) -> None:
        """What could not be run is raised, unless another test said no: that is not forgotten for it."""
        if self._errors and not any(each.said_no for each in self.results):
            raise self._errors[0]

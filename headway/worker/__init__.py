"""A Prefect worker whose runs begin in a fork of a process that has everything imported.

Prefect's process worker starts an interpreter for each run: three seconds of processor time before the first line of a flow.
This one keeps a *fork parent* with Prefect, Headway and its flows imported, and forks it for each run: a few hundredths. A run is
otherwise what it is under the process worker: a process of its own, which executes `python -m prefect.engine`.

Prefect has no public way to supervise a process that it has not started. So that states, exit codes, hooks and cancelling are
its own, the parts of `prefect.runner` are used that its process worker is made of: `FlowRunExecutor`, `CancellationManager`,
`ControlChannel`, `EventEmitter`, `ProcessManager`, `ProcessHandle`, `StateProposer` (`supervision.py`); `HookRunner` (`child.py`)
Of its workers (`worker.py`): `_submitting_flow_run_ids`, since nothing else tells which runs are between the poll and their
process; `_last_polled_time`, since a worker that drains is well; `_work_pool` and `_limit`, which have no other name;
`_submit_run` and `_propose_pending_state`, between which another worker may do what this one was given.
In a child `prefect.flow_engine` has another `observe_flow_run_suspension` (`suspension.py`) and `load_flow_run`, and clients of
`prefect.client.base` take themselves for connected (both `first_question.py`); `prefect.results` asks the server once for its
storage (`asked_once.py`); `prefect.events.related` asks it for nothing that the run knows (`relations.py`). A child ends as an
interpreter does but for the last step, by `threading._shutdown` and `atexit._run_exitfuncs` (`child.py`).
"""

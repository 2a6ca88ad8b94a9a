"""Prefect's entry point `prefect.collections`: makes the worker type `headway` known.

It is imported by each process that loads a block, and a worker takes as long to import as a flow takes to run. So the type is
registered only where workers are spoken of, which is where their base class has been imported before.
"""

import sys

if "prefect.workers.base" in sys.modules:
    import headway.worker.worker  # noqa: F401

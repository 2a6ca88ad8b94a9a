"""git for tests that are about something else: started by itself, in a third of the processor time.

Headway starts it behind setpriv, a shell and env, dozens of times a delivery; what those are for, tests/clients/test_command.py
and test_git.py say.
"""

import os

import pytest

from headway.clients import git_command


def start_git_by_itself(patch: pytest.MonkeyPatch) -> None:
    """It sees the whole environment, but for settings of its own."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        patch.delenv(name)
    patch.setattr(git_command, "dying_with_parent", lambda argv, *_: argv[argv.index("git") :])

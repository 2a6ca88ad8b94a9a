"""`python -m sandbox COMMAND`: the sandbox from a terminal, a Makefile or a test."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - run by whatever Python the machine has
    sys.exit("Headway needs Python 3.11 or newer; this is " + sys.version.split()[0])

from sandbox.commands import main

sys.exit(main(sys.argv[1:]))

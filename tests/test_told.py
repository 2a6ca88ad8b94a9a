"""What a document shows is compared with what was said, in its stable parts."""

import os
from pathlib import Path

import pytest

from tests.told import Shell, Step, not_said, steps

DOCUMENT = """\
# A story

```console
$ cat > file <<END
a line
END
$ cat file
a line
```

Not run:

```yaml
a: 1
```

```console
$ true
```
"""


def test_steps_are_the_commands_of_console_blocks() -> None:
    assert steps(DOCUMENT) == [
        Step(4, "cat > file <<END\na line\nEND", ()),
        Step(7, "cat file", ("a line",)),
        Step(18, "true", ()),
    ]


@pytest.mark.parametrize(
    ("shown", "said", "missing"),
    [
        pytest.param(["one"], "none\none\n", "", id="other-lines-may-be-said"),
        pytest.param(["two", "one"], "one\ntwo\n", "one", id="in-another-order"),
        pytest.param(["one"], "one more", "one", id="a-part-of-a-line-is-not-the-line"),
        pytest.param(["one ... three"], "one two three", "", id="what-is-left-out"),
        pytest.param(["tea  3s   no"], "tea   12m  no", "", id="ages-and-widths"),
        pytest.param(["3 pods"], "4 pods", "3 pods", id="a-number-is-compared"),
        pytest.param(["main-0a1b2c3"], "main-fedcba9", "", id="a-commit"),
        pytest.param(["decade of defaced"], "decade of facaded", "decade of defaced", id="a-word-is-none"),
        pytest.param(["after 1.2 s"], "after 10.7 s", "", id="seconds"),
        pytest.param(["at 2026-11-26T10:00:00Z"], "at 2027-01-01T00:00:01Z", "", id="a-time"),
    ],
)
def test_what_is_shown_must_be_said(shown: list[str], said: str, missing: str) -> None:
    assert not_said(tuple(shown), said) == missing


def test_a_shell_keeps_folder_and_variables(tmp_path: Path) -> None:
    shell = Shell(tmp_path, os.environ)
    try:
        assert shell.run("mkdir a; cd a; export X=1", 10) == (0, "")
        assert shell.run('echo $X; basename "$PWD"; ls none', 10)[0] == 2
        assert shell.run("cat <<END\n$X\nEND", 10) == (0, "1\n")
    finally:
        shell.close()

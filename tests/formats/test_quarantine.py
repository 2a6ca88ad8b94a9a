from dataclasses import replace
from datetime import UTC, datetime

import pytest

from headway.errors import BadInput
from headway.formats import quarantine
from headway.model.quarantine import Input, QuarantinedInput

SINCE = datetime(2026, 11, 24, 10, tzinfo=UTC)
IMAGE = QuarantinedInput(
    "image", "r.example.com/cart", "main-1a2b3c4", "testing", "sha256:ab", 'said "no": it\'s broken', SINCE
)
CHART = QuarantinedInput("chart", "cart", "0.1.4", "testing", "sha256:ab", "does not start", SINCE)
OTHER = QuarantinedInput(
    "image", "r.example.com/cart", "main-9999999", "testing", "sha256:cd", "again", SINCE
)
CATALOG = Input("image", "r.example.com/catalog", "main-7777777")
SET = replace(
    IMAGE, company=(CATALOG, Input("chart", "cart", "0.1.4"), Input("content", "shop", "sha256:ef"))
)


def test_the_format_is_one_people_can_edit() -> None:
    assert quarantine.add(None, [CHART]) == (
        "# Inputs that brought a release down; none of them is chosen again.\n"
        "# Remove an entry to let its image tag or chart version be chosen again.\n"
        '- chart: "cart"\n'
        '  version: "0.1.4"\n'
        '  environment: "testing"\n'
        '  digest: "sha256:ab"\n'
        '  reason: "does not start"\n'
        '  since: "2026-11-24T10:00:00Z"\n'
    )


def test_a_set_is_one_entry_that_names_all_of_them() -> None:
    text = quarantine.add(None, [SET])
    assert text.partition("since")[2] == (
        ': "2026-11-24T10:00:00Z"\n'
        "  with:\n"
        '    - image: "r.example.com/catalog"\n'
        '      version: "main-7777777"\n'
        '    - chart: "cart"\n'
        '      version: "0.1.4"\n'
        '    - content: "shop"\n'
        '      version: "sha256:ef"\n'
    )
    assert quarantine.read(text) == (SET,)
    assert quarantine.quarantined_tags([SET], "r.example.com/cart") == frozenset()
    assert quarantine.quarantined_versions([SET], "cart") == frozenset()
    assert quarantine.rejected_sets([SET, OTHER]) == (SET.inputs, OTHER.inputs)


@pytest.mark.parametrize(
    ("present", "new", "expected"),
    [
        pytest.param([SET], [IMAGE], [IMAGE], id="what says more takes the place of what says less"),
        pytest.param([IMAGE], [SET], [IMAGE], id="and stays"),
        pytest.param([OTHER, SET, CHART], [IMAGE], [OTHER, CHART, IMAGE], id="others stay"),
        pytest.param([], [SET, SET], [SET], id="once"),
        pytest.param([SET], [OTHER], [SET, OTHER], id="sets that share nothing"),
    ],
)
def test_the_smallest_sets_stay(
    present: list[QuarantinedInput], new: list[QuarantinedInput], expected: list[QuarantinedInput]
) -> None:
    text = "# ours\n" + quarantine.add(None, present).replace("# ", "#  ") if present else ""
    after = quarantine.add(text, new)
    assert quarantine.read(after) == tuple(expected)
    assert quarantine.add(after, new) == after
    assert after.startswith(text[:20])


@pytest.mark.parametrize("each", sorted(SET.inputs, key=str), ids=str)
def test_whichever_of_a_set_is_allowed_again_the_set_is(each: Input) -> None:
    text = quarantine.add(None, [OTHER, SET])
    after = quarantine.remove(text, each.kind, each.name, each.version)
    assert after == quarantine.add(None, [OTHER])


@pytest.mark.parametrize(
    "before",
    [
        pytest.param(None, id="no file"),
        pytest.param("", id="empty file"),
        pytest.param("# ours\n", id="comment only"),
        pytest.param("[]\n", id="emptied list"),
        pytest.param("---\n", id="empty document"),
        pytest.param(quarantine.add(None, [OTHER]), id="own entries"),
        pytest.param(quarantine.add(None, [OTHER]).rstrip("\n"), id="no newline at the end"),
        pytest.param(quarantine.add(None, [OTHER]).replace("\n", "\r\n"), id="crlf"),
        pytest.param(
            "  - image: a/b\n    version: x   # by hand\n    reason: r\n    since: 2026-11-24T10:00:00Z\n",
            id="indented",
        ),
    ],
)
def test_adds_at_the_end_and_keeps_the_rest(before: str | None) -> None:
    present = quarantine.read(before)
    after = quarantine.add(before, [IMAGE, CHART, IMAGE])
    assert quarantine.read(after) == (*present, IMAGE, CHART)
    if present and before:
        assert after.startswith(before)
    assert quarantine.add(after, [CHART, IMAGE]) == after


@pytest.mark.parametrize(
    ("reason", "since"),
    [
        pytest.param("it broke", SINCE.replace(microsecond=123456), id="a rejection's time has microseconds"),
        pytest.param("it broke:\n  no price", SINCE, id="a reason of several lines"),
    ],
)
def test_a_verdict_as_it_comes_is_written(reason: str, since: datetime) -> None:
    (read,) = quarantine.read(quarantine.add(None, [replace(IMAGE, reason=reason, since=since)]))
    assert read == replace(IMAGE, reason=" ".join(reason.split()), since=SINCE)


@pytest.mark.parametrize(
    "code", [0, 7, 0x1B, 0x7F, 0x85, 0x9F, 0x2028, 0x200B, 0xD800, 0xFEFF, 0xFFFE, 0x1F6D2]
)
def test_a_reason_in_control_characters_can_be_read(code: int) -> None:
    text = quarantine.add(None, [replace(IMAGE, reason=f'it said {chr(code)}[31mno: "why"')])
    (read,) = quarantine.read(text.encode().decode())
    assert read.reason.startswith("it said ")
    assert read.reason.endswith('[31mno: "why"')


def test_what_is_barred() -> None:
    barred = [IMAGE, CHART]
    assert quarantine.quarantined_tags(barred, "r.example.com/cart") == {"main-1a2b3c4"}
    assert quarantine.quarantined_tags(barred, "r.example.com/other") == frozenset()
    assert quarantine.quarantined_versions(barred, "cart") == {"0.1.4"}


ENTRY = "version: v\n  reason: r\n  since: 2026-11-24T10:00:00Z\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("a: 1\n", "q.yaml:1: quarantine is a list of entries. Begin each", id="mapping"),
        pytest.param("- a\n", "q.yaml:1: an entry is a mapping", id="string"),
        pytest.param(f"# x\n- {ENTRY}", "q.yaml:2: an entry bars either", id="neither"),
        pytest.param(f"- image: a\n  chart: b\n  {ENTRY}", "q.yaml:1: an entry bars either", id="both"),
        pytest.param(
            f"- image: a\n  tag: b\n  {ENTRY}",
            "q.yaml:1: unknown key tag. Known: chart, digest",
            id="unknown key",
        ),
        pytest.param(
            "- image: a\n  version: 1.0\n  reason: r\n  since: x\n", "version is not a string", id="number"
        ),
        pytest.param("- image: a\n  version: v\n  since: x\n", "reason is missing", id="no reason"),
        pytest.param(
            '- image: a\n  version: v\n  reason: r\n  since: "0001-01-01T00:00:00+14:00"\n',
            "since is not a time",
            id="a time before all years",
        ),
        pytest.param(
            "- image: a\n  version: v\n  reason: r\n  since: x\n", "since is not a time", id="no time"
        ),
        pytest.param(f"- image: a\n  with: b\n  {ENTRY}", "q.yaml:1: with is not a list", id="no list"),
        pytest.param(
            f"- image: a\n  with:\n  - b\n  {ENTRY}",
            "q.yaml:3: an entry of with is a mapping",
            id="no mapping",
        ),
        pytest.param(
            f"- image: a\n  with:\n  - chart: b\n  {ENTRY}", "q.yaml:3: an entry of with", id="no version"
        ),
        pytest.param(
            f"- image: a\n  with: [{{chart: b, version: 1}}]\n  {ENTRY}",
            "version is not a string",
            id="quote it",
        ),
        pytest.param("- [\n", "q.yaml:2", id="malformed"),
    ],
)
def test_bad_input_names_file_and_line(text: str, message: str) -> None:
    with pytest.raises(BadInput) as error:
        quarantine.read(text, "q.yaml")
    assert message in str(error.value)
    assert str(error.value).startswith("q.yaml:")


def test_a_flow_list_is_not_written_to() -> None:
    text = "[{image: a, version: v, reason: r, since: 2026-11-24T10:00:00Z}]\n"
    assert len(quarantine.read(text)) == 1
    with pytest.raises(BadInput):
        quarantine.add(text, [IMAGE])


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_an_entry_is_taken_out_and_every_other_line_stays(end: str) -> None:
    text = (quarantine.add("# ours\n", [IMAGE, CHART, OTHER]) + "# the end\n").replace("\n", end)
    without = quarantine.remove(text, "chart", "cart", "0.1.4")
    assert quarantine.read(without) == (IMAGE, OTHER)
    chart = quarantine.add("# ours\n", [CHART]).removeprefix("# ours\n").replace("\n", end)
    assert without == text.replace(chart[chart.index("- chart") :], "")
    assert quarantine.remove(without, "chart", "cart", "0.1.4") == without
    empty = quarantine.remove(quarantine.add(None, [CHART]), "chart", "cart", "0.1.4")
    assert quarantine.read(empty) == ()
    assert quarantine.read(quarantine.add(empty, [IMAGE])) == (IMAGE,)


def test_an_entry_that_shares_its_line_is_left_to_a_person() -> None:
    rest = "version: '1', reason: x, since: '2026-01-01'"
    text = f"[{{chart: cart, {rest}}}, {{image: i, {rest}}}]\n"
    with pytest.raises(BadInput, match="by hand"):
        quarantine.remove(text, "chart", "cart", "1")

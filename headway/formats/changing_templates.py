"""Whether a chart may render otherwise the next time, told from its text: by the functions that its templates call.

Of Helm's template functions these answer differently though nothing was changed: the time, chance, what is looked up outside,
and the order of a dict's keys and values (https://helm.sh/docs/chart_template_guide/function_list/). Helm lists what a cluster
serves in an order of chance as well. `tpl` makes templates of values and files as well, so that these are read too.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from headway.errors import BadInput
from headway.formats import nested_charts
from headway.formats.nested_charts import NestedChart

_CALLED = re.compile(
    rb"(?<![\w.$])(now|ago|date\w*|duration\w*|htmlDate\w*|rand[A-Z]\w*|shuffle|uuidv4|gen[A-Z]\w*|bcrypt|htpasswd|encryptAES"
    rb"|lookup|getHostByName|keys|values)(?!\w)"
)
_LISTED = re.compile(rb"(?<!\w)Capabilities(?!\.(?:KubeVersion|HelmVersion|APIVersions\.Has)(?!\w))")
_ACTION = re.compile(
    rb"""\{\{(?:
        -?\s*+/\*(?>.*?(?:(?P<comment>\*/\s*+-?\}\})|\Z))
        |(?>"(?:\\.|[^"\\\n])*+"?|'(?:\\.|[^'\\\n])*+'?|`[^`]*+`?|\}(?!\})|[^}"'`])*+(?:\}\}|\Z)
    )""",
    re.DOTALL | re.VERBOSE,
)
"""As Go reads it: braces in a text end nothing. What is not closed goes on to the end, so that no byte is read twice."""
_TPL = re.compile(rb"(?<![\w.$])tpl(?!\w)")
_DECODED = re.compile(rb"(?<![\w.$])(b64dec|b32dec|decryptAES)(?!\w)")
_ESCAPED_LETTER = re.compile(rb"\\[xuU\n]")
"""In YAML's double quotes: it may hide a letter."""
_ESCAPED_BRACE = re.compile(rb"\\(?:x|u00|U000000)7[bB]")


def why_changing(files: Mapping[str, bytes], values: Iterable[bytes] = ()) -> str:
    """What may make a chart render otherwise the next time, one sentence; empty where nothing does.

    `files` of the chart by path, its dependencies under charts/; `values`: files above its own. Rather too much is told than too
    little, also where charts/ holds what cannot be read: Helm passes over some of that.
    """
    try:
        chart = nested_charts.read(files)
    except BadInput as error:
        return f"not all of it can be read: {error}"
    templates = list(_files(chart, templates=True))
    for place, text in templates:
        for action in _actions(text):
            if why := _why(action):
                return f"{place} {why}"
    if not any(_TPL.search(action) for _, text in templates for action in _actions(text)):
        return ""
    for place, text in templates:
        for action in _actions(text):
            if b"{" in action or _DECODED.search(action):
                return f"{place} puts a template together"
    given = ((f"value file {number}", data) for number, data in enumerate(values, 1))
    for place, text in (*_files(chart, templates=False), *given):
        for action in _actions(text):
            if why := _why(action):
                return f"{place} {why}"
        if _ESCAPED_BRACE.search(text) or (b"{{" in text and _ESCAPED_LETTER.search(text)):
            return f"{place} may hide a template"
    return ""


def _files(chart: NestedChart, place: str = "", *, templates: bool) -> Iterator[tuple[str, bytes]]:
    for path, data in chart.files.items():
        if path.startswith("templates/") is templates:
            yield f"{place}{path}", data
    for name, inner in chart.subcharts.items():
        yield from _files(inner, f"{place}charts/{name}/", templates=templates)


def _why(action: bytes) -> str:
    if called := _CALLED.search(action):
        return f"calls {called[1].decode()}"
    return "lists what the cluster serves" if _LISTED.search(action) else ""


def _actions(text: bytes) -> Iterator[bytes]:
    """What stands between the braces, without comments."""
    for action in _ACTION.finditer(text):
        if action["comment"] is None:
            yield action[0][2:]

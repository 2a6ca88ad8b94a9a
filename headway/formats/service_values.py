"""What a service chart is given as a dependency: its own part of the umbrella's values, and the global one.

The part is cut out as text is written, so that no scalar is read and written anew in another way.
"""

import yaml

from headway.errors import BadInput
from headway.formats import yaml_limits


def service_part(values: bytes, key: str, file: str) -> bytes:
    """The values below `key`, one level up, and `global`; empty without any. BadInput naming `file`."""
    try:
        root = yaml_limits.compose(values)
    except yaml.YAMLError as error:
        raise BadInput(f"not YAML: {' '.join(str(error).split())}", where=file) from error
    if root is None:
        return b""
    if not isinstance(root, yaml.MappingNode):
        raise BadInput("not a mapping", where=file)
    pairs = []
    for name, value in root.value:
        if name.value == key and isinstance(value, yaml.MappingNode):
            pairs += [pair for pair in value.value if pair[0].value != "global"]
        elif name.value == "global":
            pairs.append((name, value))
    if not pairs:
        return b""
    part = yaml.MappingNode("tag:yaml.org,2002:map", pairs, flow_style=False)
    return str(yaml.serialize(part, allow_unicode=True, width=2**30)).encode()

"""`..` in addresses: what begins as an operator has named it may be read as something else."""

import re
from urllib.parse import unquote


def leads_out(url: str) -> bool:
    """Whether a server, or whoever stands before it, may read `..` in it, wherever the path ends, and however often it is
    escaped."""
    while (clear := unquote(url)) != url:
        url = clear
    return ".." in re.split(r"[/\\?#;]", url)

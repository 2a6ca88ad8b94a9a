"""What git hosts say of a branch that takes pull requests alone, to a push and by their API.

GitHub: GH006, and of rulesets a sentence (GH013 is also said of what a pull request would not help). GitLab: "You are not allowed
to push code to protected branches on this project", by its API "You are not allowed to push into this branch". Gitea and Forgejo:
"Not allowed to push to protected branch main", by their API "user cannot commit to repo".
"""

import re

_SAID = re.compile(
    r"protected branch|GH006|changes must be made through a pull request|cannot update this protected ref"
    r"|not allowed to push into this branch|user cannot commit to repo",
    re.IGNORECASE,
)


def is_said(text: str) -> bool:
    return bool(_SAID.search(text))

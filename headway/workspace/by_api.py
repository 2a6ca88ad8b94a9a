"""Edits as commits that the git host makes by its API, for branches that its API may write and git may not."""

from collections.abc import Callable
from dataclasses import dataclass, field

from headway.clients import together
from headway.clients.forge import FileChange, Forge
from headway.clients.git import Blob, GitRepository
from headway.errors import Conflict, ProtectedBranch, Refused
from headway.formats import protected_branch
from headway.model.edits import Edit
from headway.workspace.git_writer import Committed, PushingWriter, stamped


@dataclass(frozen=True)
class ApiWriter:
    """Writes to the application repository."""

    open_forge: Callable[[], Forge]
    by: PushingWriter = field(default_factory=PushingWriter)
    """Whose run and author the commits name."""

    def submit(self, edit: Edit, *, to: GitRepository, on: str, stage: str) -> Committed:
        """See GitWriter. Raises Conflict also where the host committed on top of what somebody else has pushed to other files
        meanwhile: the next look decides on both."""
        if self.by.author.signing_key:
            raise Refused(
                "a commit that the git host makes is not signed by Headway's key",
                where=to.url,
                next_step='Use `write: push`, or take the key away: headway add URL --signing-key-from "".',
            )
        together.before_write(to.url)
        edit = stamped(edit, stage=stage, run=self.by.run)
        seen, new = to.blobs(on, [*edit.files]), Blob("")
        changes = [
            FileChange(path, data, over.name, over.is_executable)
            for path, data in edit.files.items()
            for over in (seen.get(path, new),)
        ]
        try:
            sha = self.open_forge().update_files(to.branch, changes, edit.message, self.by.author, on=on)
        except (Refused, Conflict) as error:
            if not protected_branch.is_said(error.what):
                raise
            raise ProtectedBranch(error.what, where=error.where, next_step=error.next_step) from error
        if sha == on:
            return Committed(on)
        to.head()
        (commit,) = to.log(sha, 1)
        if commit.parents != (on,):
            raise Conflict(
                "it was committed, and somebody else had pushed as well",
                where=to.url,
                next_step="It is looked at again.",
            )
        return Committed(sha)

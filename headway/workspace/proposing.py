"""Edits as a pull request: the branch of Headway's that is proposed, its text, and what becomes of both.

Nothing is remembered: the branch says what is proposed, the pull request that it is, and its text what a person has said no to.
Only branches below headway/ are ever written over, each only where it holds what was just seen, and commits of Headway's alone.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property

from headway.clients import together
from headway.clients.forge import Checks, Forge, PullRequest
from headway.clients.git import GitRepository
from headway.decide.review import proposal_text
from headway.decide.supply import proposing
from headway.decide.supply.proposing import Branch, Seen, Step
from headway.errors import Conflict, HeadwayError, ProtectedBranch, Refused, Terminal
from headway.model.application import Application
from headway.model.edits import Edit
from headway.workspace.git_writer import Committed, GitWriter, Proposed, PushingWriter, stamped


@dataclass(slots=True)
class ProposedSoFar:
    """What a look has proposed until now, whichever policy it found meanwhile."""

    first: str = ""
    """The pull request of its first edit."""
    anything: bool = False
    """Whether it had anything to propose, also where a person has said no to it."""


@dataclass(frozen=True)
class ProposingWriter:
    """Proposes edits of the application repository, for one look. Of several edits only the first is proposed; the others wait
    until it is merged, since each was made without the others."""

    application: Application
    open_forge: Callable[[], Forge]
    by: PushingWriter = field(default_factory=PushingWriter)
    """Whose run and author the commits name."""
    so_far: ProposedSoFar = field(default_factory=ProposedSoFar)

    @cached_property
    def _forge(self) -> Forge:
        return self.open_forge()

    def submit(self, edit: Edit, *, to: GitRepository, on: str, stage: str) -> Committed | Proposed:
        """See GitWriter. Committed where policy let it be merged by this call."""
        together.before_write(to.url)
        edit = stamped(edit, stage=stage, run=self.by.run)
        branch = to.beside(proposing.branch_of(self.application.application, stage, edit))
        is_shared = branch.branch == self._shared
        if is_shared and self.so_far.first:
            return Proposed(
                self.so_far.first, changed=False, how="not proposed yet, another pull request comes first"
            )
        self.so_far.anything = self.so_far.anything or is_shared
        answer = self._proposed(edit, to, branch, on, stage)
        if is_shared and isinstance(answer, Proposed) and not answer.declined:
            self.so_far.first = answer.where
        return answer

    def has_proposed(self, to: GitRepository) -> bool:
        """Whether something was ever proposed from this machine that may be there still. No network."""
        return to.beside(self._shared).last_seen() is not None

    def nothing_left(self, to: GitRepository, on: str) -> tuple[str, bool] | None:
        """End what former looks have proposed, where this one had nothing to propose: what became of the pull request and its
        branch, and whether anything was written. None where there is neither."""
        return None if self.so_far.anything else self._ended(to.beside(self._shared), to, on, _OBSOLETE)

    def given_up(self, to: GitRepository, on: str) -> tuple[str, bool] | None:
        """End what was proposed before, where edits are pushed by now; as `nothing_left`. No remote is asked where nothing was
        ever proposed from this machine."""
        branch = to.beside(self._shared)
        if self.so_far.anything or not self.has_proposed(to):
            return None
        done = self._ended(branch, to, on, _PUSHED)
        if branch.find_head() is None:
            branch.forget()
        return done

    def _ended(self, branch: GitRepository, to: GitRepository, on: str, why: str) -> tuple[str, bool] | None:
        head = branch.find_head()
        step = proposing.due_without(self._branch(branch, head, on, None))
        if head is None or step is Step.NOTHING:
            return None
        found = self._forge.proposal(branch.branch, to.branch)
        where = found.url if found else f"{to.url} {branch.branch}"
        if step is Step.LEAVE:
            return (f"left to people, who have committed to its branch: {where}", False) if found else None
        if found:
            self._forge.propose(branch.branch, to.branch, found.title, why)
            self._forge.close(found.number)
        branch.delete(head)
        return f"{'closed' if found else 'branch taken away'}: {where}", True

    @property
    def _shared(self) -> str:
        return f"{proposing.PREFIX}{self.application.application}"

    def _proposed(
        self, edit: Edit, to: GitRepository, branch: GitRepository, on: str, stage: str
    ) -> Committed | Proposed:
        forge = self._forge
        merge = "by-people" if stage in proposing.BY_A_PERSON else self.application.merge
        head = branch.find_head()
        state = self._branch(branch, head, on, edit)
        found = forge.proposal(branch.branch, to.branch)
        declined = None if found else self._declined(edit, branch, to)
        asked = merge == "when-checks-pass" and found and head and state is Branch.AS_WANTED
        checks = forge.checks(head) if asked and head else Checks.NONE
        step = proposing.due(Seen(state, found is not None, declined is not None, checks), merge)
        if step is Step.DECLINED and declined:
            how = "not proposed again, which a person has closed"
            return Proposed(declined.url, changed=False, how=how, declined=True)
        if step is Step.LEAVE:
            where = found.url if found else f"{to.url} {branch.branch}"
            return Proposed(where, changed=False, how="not proposed, its branch holds a person's commits")
        if step is Step.MERGE and found and head:
            return self._merged(edit, found, branch, head, to, on)
        if step is Step.WRITE:
            branch.replace(edit, on=on, over=head, author=self.by.author)
        said = proposal_text.of(edit, self.application, stage, proposing.mark_of(edit))
        written, changed = forge.propose(branch.branch, to.branch, said.title, said.text)
        how = f"proposed, {proposing.waits_for(merge, checks)}"
        return Proposed(written.url, changed=changed or step is Step.WRITE, how=how)

    def _branch(self, branch: GitRepository, head: str | None, on: str, edit: Edit | None) -> Branch:
        """`edit`: what is wanted; None: nothing."""
        if head is None:
            return Branch.ABSENT
        author = self.by.author
        commits = branch.committers(on, head)
        if not all(commit.is_own and by == str(author) for commit, by in commits):
            return Branch.A_PERSONS
        if edit is None or len(commits) != 1 or commits[0][0].parents != (on,):
            return Branch.OURS
        if author.signing_key and not branch.is_signed(head):
            return Branch.OURS
        now, before = (branch.read_all(commit, [*edit.files]) for commit in (head, on))
        changed = {path: now.get(path) for path in branch.changed_paths(on, head)}
        is_same = proposing.is_same(edit, commits[0][0].message, changed, before)
        return Branch.AS_WANTED if is_same else Branch.OURS

    def _declined(self, edit: Edit, branch: GitRepository, to: GitRepository) -> PullRequest | None:
        closed = self._forge.closed(branch.branch, to.branch)
        return next((each for each in closed if proposing.proposes_the_same(each.text, edit)), None)

    def _merged(
        self, edit: Edit, found: PullRequest, branch: GitRepository, head: str, to: GitRepository, on: str
    ) -> Committed | Proposed:
        """Merge it. The merge commit gets no trailers of ours: the commit that is merged has them, and with two what it
        brought would be taken back twice."""
        try:
            self._forge.merge(found.number, at=head, subject=edit.subject, text=f"Pull request {found.url}")
        except (Refused, Conflict) as error:
            how = f"proposed, its checks have passed, and the git host does not merge it ({error.what})"
            return Proposed(found.url, changed=False, how=how)
        with suppress(HeadwayError):
            # The host may have done so itself; else the next look does.
            branch.delete(head)
        merged = to.head()
        (commit,) = to.log(merged, 1)
        if commit.parents[:1] != (on,) or not to.is_ancestor(head, merged):
            raise Conflict(
                "it was merged, and somebody else pushed as well",
                where=found.url,
                next_step="It is looked at again.",
            )
        return Committed(merged)


@dataclass(frozen=True, slots=True)
class PushOrPropose:
    """Pushes, or proposes where the git host protects the branch. It is tried anew each time: the protection may change at any
    moment."""

    push: GitWriter
    propose: ProposingWriter

    def submit(self, edit: Edit, *, to: GitRepository, on: str, stage: str) -> Committed | Proposed:
        """See GitWriter."""
        try:
            return self.push.submit(edit, to=to, on=on, stage=stage)
        except ProtectedBranch as protected:
            try:
                return self.propose.submit(edit, to=to, on=on, stage=stage)
            except Terminal as error:
                what = f"{protected.what.rstrip('.')}; nor can it be proposed: {error.what}"
                raise Refused(what, where=error.where, next_step=error.next_step) from error


_PUSHED = (
    "Nothing of this is left to propose: Headway has pushed it to the branch itself (`write: push`), or chosen something else. "
    "It has closed it."
)
_OBSOLETE = "Nothing of this is left to propose: the branch holds it, or something else was chosen. Headway has closed it."

"""The operations on one stack: create, update and delete, in graph order, with rollback and the cleanup phase as on AWS.

An update first brings every resource to its new state and only then deletes what is left over, so that nothing that still
serves is taken away before its successor works. A failed update runs the same steps towards the old template.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import chain

from .changes import Target, changed_properties, dependents, outputs, removal_order
from .intrinsics import IntrinsicError
from .records import LiveResource, Output
from .resource_types import needs_replacement
from .stack_policy import denial
from .template import Declaration
from .validation import missing_attributes, missing_imports
from .worker import RETAIN, ResourceFailedError, Worker


@dataclass
class Journal:
    """What an operation has done so far, enough to undo it."""

    before: Mapping[str, LiveResource] = field(default_factory=dict)
    touched: list[str] = field(default_factory=list)
    obsolete: list[LiveResource] = field(default_factory=list)  # replaced, still there until the cleanup


@dataclass
class Runner:
    """Runs one operation on one stack. `exports_in_use` names exports other stacks import; `taken` those others own."""

    worker: Worker
    exports_in_use: Mapping[str, str] = field(default_factory=dict)
    taken: Mapping[str, str] = field(default_factory=dict)
    policy: str | None = None  # the stack policy an update runs under

    def create(self, target: Target, *, on_failure: str = "ROLLBACK") -> None:
        """CREATE_COMPLETE, or ROLLBACK_COMPLETE with nothing left (`on_failure` DO_NOTHING leaves all, DELETE the stack too)."""
        worker = self.worker
        worker.stack_event("CREATE_IN_PROGRESS", "User Initiated")
        self._adopt(target)
        try:
            self._check(target)
            made = self._converge(target, Journal())
        except ResourceFailedError as failure:
            self._undo_create(failure, on_failure)
            return
        worker.stack.outputs = made
        worker.stack_event("CREATE_COMPLETE")

    def update(self, target: Target, old: Target, *, roll_back: bool = True) -> None:
        """UPDATE_COMPLETE, or UPDATE_ROLLBACK_COMPLETE with the stack as it was."""
        worker = self.worker
        journal = Journal(before=dict(worker.stack.resources))
        worker.stack_event("UPDATE_IN_PROGRESS", "User Initiated")
        try:
            self._check(target)
            made = self._converge(target, journal)
        except ResourceFailedError as failure:
            self._adopt(target)
            self._undo_update(failure, journal, old, roll_back=roll_back)
            return
        self._adopt(target)
        worker.stack.outputs = made
        worker.stack_event("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        self._clean_up(journal, frozenset(target.active))
        worker.stack_event("UPDATE_COMPLETE")

    def delete(self, *, retain: Iterable[str] = ()) -> None:
        """DELETE_COMPLETE, or DELETE_FAILED naming the resources that could not be deleted."""
        worker = self.worker
        worker.stack_event("DELETE_IN_PROGRESS", "User Initiated")
        if self.exports_in_use:
            name, user = next(iter(self.exports_in_use.items()))
            worker.stack_event("DELETE_FAILED", _in_use(name, user))
            return
        failed = self._delete_all(frozenset(retain))
        if failed:
            worker.stack_event("DELETE_FAILED", _not_deleted(failed))
            return
        worker.stack.outputs = ()
        worker.stack_event("DELETE_COMPLETE")

    def _adopt(self, target: Target) -> None:
        stack = self.worker.stack
        stack.template = target.template
        stack.parameters = dict(target.parameters)
        stack.tags = dict(target.tags)

    def _check(self, target: Target) -> None:
        """Fails the stack, before any resource is touched, for what only the rest of the account could have had."""
        problem = next(chain(missing_imports(target), missing_attributes(target)), None)
        if problem is not None:
            raise ResourceFailedError(self.worker.stack.name, problem)

    def _converge(self, target: Target, journal: Journal) -> tuple[Output, ...]:
        active = target.active
        for name in reversed(removal_order(self.worker.stack.resources)):
            if name not in active:
                self._ask_policy("Update:Delete", self.worker.stack.resources[name].declaration)
        for name in target.order():
            if self.worker.stack.is_cancelled:
                raise ResourceFailedError(self.worker.stack.name, "Update cancelled by user.")
            self._bring(active[name], target, journal)
        try:
            made = outputs(target, self.worker.stack.resources)
        except IntrinsicError as error:
            raise ResourceFailedError(self.worker.stack.name, str(error)) from error
        problems = self._export_problems(made)
        if problems:
            raise ResourceFailedError(self.worker.stack.name, " ".join(problems))
        return made

    def _export_problems(self, made: tuple[Output, ...]) -> list[str]:
        exports = {output.export: output.value for output in made if output.export}
        problems = [
            f"Export with name {name} is already exported by stack {self.taken[name]}."
            for name in exports
            if name in self.taken
        ]
        for output in self.worker.stack.outputs:
            user = self.exports_in_use.get(output.export or "")
            if not user or exports.get(output.export or "") == output.value:
                continue
            if output.export in exports:
                problems.append(f"Export {output.export} cannot be updated as it is in use by {user}")
            else:
                problems.append(_in_use(str(output.export), user))
        return problems

    def _bring(self, declaration: Declaration, target: Target, journal: Journal) -> None:
        """Brings one resource to its declaration, if it is not there yet."""
        worker = self.worker
        live = worker.stack.resources.get(declaration.logical_id)
        values = {name: resource.values for name, resource in worker.stack.resources.items()}
        try:
            properties = target.properties(declaration, target.seen(values))
        except IntrinsicError as error:
            raise worker.fail(declaration, str(error)) from error
        if live is None or live.status == "CREATE_FAILED":
            journal.touched.append(declaration.logical_id)
            worker.create(declaration, properties)
            return
        changed = changed_properties(declaration.type, live.properties, properties)
        if not changed and live.status != "UPDATE_FAILED":
            worker.stack.resources[declaration.logical_id] = replace(live, declaration=declaration)
            return
        is_replaced = bool(needs_replacement(declaration.type, changed))
        self._ask_policy("Update:Replace" if is_replaced else "Update:Modify", declaration)
        journal.touched.append(declaration.logical_id)
        if is_replaced:
            worker.create(declaration, properties, replaces=live)
        else:
            worker.update(declaration, properties)
        if worker.stack.resources[declaration.logical_id].physical_id != live.physical_id:
            journal.obsolete.append(live)

    def _ask_policy(self, action: str, declaration: Declaration) -> None:
        reason = denial(self.policy, action, declaration.logical_id, declaration.type)
        if reason is not None:
            raise self.worker.fail(declaration, reason)

    def _undo_create(self, failure: ResourceFailedError, on_failure: str) -> None:
        worker = self.worker
        reason = _because("create", failure, worker.stack.name)
        worker.stack.outputs = ()
        if on_failure == "DO_NOTHING":
            worker.stack_event("CREATE_FAILED", reason)
            worker.stack.undo = lambda: self._clear("ROLLBACK", None)
            return
        status = "DELETE" if on_failure == "DELETE" else "ROLLBACK"
        self._clear(status, f"{reason.rstrip()} {status.title()} requested by user.")

    def _clear(self, status: str, reason: str | None) -> None:
        """Takes a stack that was never whole away again."""
        worker = self.worker
        worker.stack.deleted = worker.world.timeline.next()  # recorded: a stack that is rolled back has one too
        worker.stack_event(f"{status}_IN_PROGRESS", reason)
        failed = self._delete_all(frozenset(), on_create=True)
        end = "FAILED" if failed else "COMPLETE"
        worker.stack_event(f"{status}_{end}", _not_deleted(failed) if failed else None)

    def _undo_update(self, failure: ResourceFailedError, journal: Journal, old: Target, *, roll_back: bool) -> None:
        worker = self.worker
        reason = _because("update", failure, worker.stack.name)
        if roll_back:
            self._roll_back(journal, old, reason)
        else:
            worker.stack_event("UPDATE_FAILED", reason)
            worker.stack.undo = lambda: self._roll_back(journal, old, None)

    def _roll_back(self, journal: Journal, old: Target, reason: str | None) -> None:
        """UPDATE_ROLLBACK_COMPLETE, or UPDATE_ROLLBACK_FAILED with the way back still open."""
        worker = self.worker
        worker.stack_event("UPDATE_ROLLBACK_IN_PROGRESS", reason)
        self.policy = None
        undo = Journal(before=dict(worker.stack.resources))
        self._adopt(old)
        try:
            self._return(journal, old, undo)
        except (ResourceFailedError, IntrinsicError) as error:
            worker.stack_event("UPDATE_ROLLBACK_FAILED", str(error))
            worker.stack.undo = lambda: self._roll_back(journal, old, None)
            return
        # A custom resource may answer its way back with other attributes than before.
        with suppress(IntrinsicError):
            worker.stack.outputs = outputs(old, worker.stack.resources)
        worker.stack_event("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        self._clean_up(undo, frozenset(journal.before), on_create=True)
        worker.stack_event("UPDATE_ROLLBACK_COMPLETE")

    def _return(self, journal: Journal, old: Target, undo: Journal) -> None:
        """Brings every touched resource back, in the old template's order; new ones wait for the cleanup."""
        worker = self.worker
        replaced = {resource.declaration.logical_id: resource for resource in journal.obsolete}
        active = old.active
        for name in old.order():
            if name not in journal.touched or name in worker.stack.skipped:
                if name in worker.stack.resources and name in active:
                    worker.stack.resources[name] = replace(worker.stack.resources[name], declaration=active[name])
                continue
            current, before = worker.stack.resources[name], journal.before[name]
            if current.physical_id == before.physical_id and current.properties == before.properties:
                worker.restore(before)  # its replacement failed to be made, so it was never changed itself
                continue
            fixed = changed_properties(current.declaration.type, before.properties, current.properties)
            if name in replaced and needs_replacement(current.declaration.type, fixed):
                worker.restore(before)
                undo.obsolete.append(current)
            else:
                self._bring(active[name], old, undo)

    def _clean_up(self, journal: Journal, kept: frozenset[str], *, on_create: bool = False) -> None:
        """Deletes what is left over: replaced physical resources, then those no longer wanted, users before what they use."""
        worker = self.worker
        for resource in reversed(journal.obsolete):
            policy = resource.declaration.update_replace_policy
            if policy in RETAIN and not on_create:
                worker.skip(resource)
            else:
                worker.delete(resource, is_leftover=True)
        gone = [name for name in reversed(removal_order(worker.stack.resources)) if name not in kept]
        for name in gone:
            self._remove(worker.stack.resources[name], on_create=on_create)

    def _delete_all(self, retain: frozenset[str], *, on_create: bool = False) -> list[str]:
        """Names of those that could not be deleted, or whose users could not."""
        stack = self.worker.stack
        for name in reversed(removal_order(stack.resources)):
            live = stack.resources[name]
            if name in retain:
                self.worker.skip(live)
            elif not dependents(name, stack.resources):
                self._remove(live, on_create=on_create)
        return sorted(name for name, live in stack.resources.items() if live.status == "DELETE_FAILED")

    def _remove(self, live: LiveResource, *, on_create: bool) -> None:
        policy = live.declaration.deletion_policy
        keeps = policy == "Retain" or (policy in RETAIN and not on_create)
        if live.physical_id is None or (live.status == "CREATE_FAILED" and keeps):
            # Nothing was made, or nothing worth keeping.
            self._drop(live)
        elif keeps:
            self.worker.skip(live)
        else:
            self.worker.delete(live)

    def _drop(self, live: LiveResource) -> None:
        del self.worker.stack.resources[live.declaration.logical_id]


def _in_use(export: str, user: str) -> str:
    return f"Delete canceled. Cannot delete export {export} as it is in use by {user}."


def _not_deleted(names: list[str]) -> str:
    return f"The following resource(s) failed to delete: [{', '.join(names)}]. "


def _because(verb: str, failure: ResourceFailedError, stack_name: str) -> str:
    if failure.logical_id == stack_name:
        return failure.reason
    return f"The following resource(s) failed to {verb}: [{failure.logical_id}]. "

"""Change sets: a target kept until it is executed, with what it would change."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import uuid4

from .changes import Change, Target
from .engine import Engine, Settings
from .parameters import Given
from .records import Stack
from .template import Template
from .validation import EngineError

# The CDK CLI recognises a deployment without changes by the start of this sentence.
NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """One change set of a stack."""

    id: str
    name: str
    stack_id: str
    type: str  # CREATE | UPDATE
    status: str  # CREATE_COMPLETE | FAILED
    execution_status: str  # AVAILABLE | UNAVAILABLE | EXECUTE_COMPLETE
    created: datetime
    target: Target
    settings: Settings
    changes: tuple[Change, ...] = ()
    reason: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A request for a change set."""

    name: str
    stack_name: str
    type: str
    template: Template
    given: Mapping[str, Given] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)
    description: str | None = None


class ChangeSets:
    """The change sets of one engine. Names are unique per stack, not globally."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._sets: dict[str, ChangeSet] = {}  # by id

    def create(self, proposal: Proposal) -> ChangeSet:
        """Works the changes out; one without changes is made all the same, as FAILED."""
        stack, is_new = self._stack(proposal)
        if self._named(stack, proposal.name) is not None:
            raise EngineError(f"ChangeSet {proposal.name} already exists", "AlreadyExistsException")
        try:
            target = self._engine.target(stack, proposal.template, proposal.given)
            changes = self._engine.changes(stack, target)
            has_changes = bool(changes) or self._engine.differs(stack, target)
        except Exception:
            if is_new:
                self._engine.forget(stack)
            raise
        made = ChangeSet(
            id=f"arn:aws:cloudformation:{self._engine.region}:{self._engine.account}:changeSet/{proposal.name}/{uuid4()}",
            name=proposal.name,
            stack_id=stack.id,
            type=proposal.type,
            status="CREATE_COMPLETE" if has_changes else "FAILED",
            execution_status="AVAILABLE" if has_changes else "UNAVAILABLE",
            created=self._engine.timeline.next(),
            target=target,
            settings=proposal.settings,
            changes=changes,
            reason=None if has_changes else NO_CHANGES,
            description=proposal.description,
        )
        self._sets[made.id] = made
        return made

    def get(self, name_or_id: str, stack_name: str | None) -> ChangeSet:
        """The change set, or EngineError with AWS's code."""
        found = self.find(name_or_id, stack_name)
        if found is None:
            raise EngineError(f"ChangeSet [{name_or_id}] does not exist", "ChangeSetNotFound")
        return found

    def find(self, name_or_id: str, stack_name: str | None) -> ChangeSet | None:
        """By id, or by the stack and the name. Raises EngineError when the stack itself is unknown."""
        if name_or_id in self._sets:
            return self._sets[name_or_id]
        if name_or_id.startswith("arn:"):
            return None
        return self._named(self._engine.get(stack_name or ""), name_or_id)

    def of(self, stack: Stack) -> list[ChangeSet]:
        """All of one stack."""
        return [item for item in self._sets.values() if item.stack_id == stack.id]

    def delete(self, name_or_id: str, stack_name: str | None) -> None:
        """Deletes it; deleting one that is not there succeeds, which the CDK CLI counts on."""
        found = self.find(name_or_id, stack_name)
        if found is not None:
            del self._sets[found.id]

    def execute(self, name_or_id: str, stack_name: str | None, *, disable_rollback: bool = False) -> None:
        """Begins the operation it describes; the stack's other change sets are gone then."""
        found = self.get(name_or_id, stack_name)
        if found.execution_status != "AVAILABLE":
            raise EngineError(
                f"ChangeSet [{found.id}] cannot be executed in its current status of [{found.status}]",
                "InvalidChangeSetStatus",
            )
        stack = self._engine.get(found.stack_id)
        settings = found.settings
        if disable_rollback:  # cdk deploy --no-rollback
            settings = replace(settings, disable_rollback=True, on_failure="DO_NOTHING")
        start = self._engine.start_create if stack.status == "REVIEW_IN_PROGRESS" else self._engine.start_update
        start(stack, found.target, settings)
        stack.change_set_id = found.id
        for other in self.of(stack):
            del self._sets[other.id]

    def _named(self, stack: Stack, name: str) -> ChangeSet | None:
        return next((item for item in self.of(stack) if item.name == name), None)

    def _stack(self, proposal: Proposal) -> tuple[Stack, bool]:
        """The stack of a proposal and whether it was made for it."""
        stack = self._engine.find(proposal.stack_name)
        if proposal.type == "CREATE":
            if stack is None:
                return self._engine.new_stack(proposal.stack_name), True
            if stack.status != "REVIEW_IN_PROGRESS":
                raise EngineError(
                    f"Stack [{stack.name}] already exists and cannot be created again with the changeSet [{proposal.name}]."
                )
            return stack, False
        if stack is None:
            raise EngineError(f"Stack [{proposal.stack_name}] does not exist")
        if stack.status == "REVIEW_IN_PROGRESS" or stack.is_busy or stack.status == "ROLLBACK_COMPLETE":
            raise EngineError(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")
        return stack, False

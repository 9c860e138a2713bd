"""Change sets: a target kept until it is executed, with what it would change."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import uuid4

from .changes import Change, Target
from .engine import Engine
from .parameters import Given
from .records import Stack
from .settings import Settings
from .template import Template
from .validation import EngineError, missing_imports

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
    execution_status: (
        str  # AVAILABLE | UNAVAILABLE | EXECUTE_IN_PROGRESS | EXECUTE_COMPLETE | EXECUTE_FAILED | OBSOLETE
    )
    created: datetime
    target: Target
    settings: Settings
    changes: tuple[Change, ...] = ()
    reason: str | None = None
    description: str | None = None

    @property
    def is_spent(self) -> bool:
        """It can never be executed again, and its name is free."""
        return self.execution_status.startswith("EXECUTE") or self.execution_status == "OBSOLETE"


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
            target = self._engine.target(stack, proposal.template, proposal.given, proposal.settings)
            changes = self._engine.changes(stack, target)
            problem = self._problem(stack, target, changes)
        except Exception:
            if is_new:
                self._engine.forget(stack)
            raise
        made = ChangeSet(
            id=f"arn:aws:cloudformation:{self._engine.region}:{self._engine.account}:changeSet/{proposal.name}/{uuid4()}",
            name=proposal.name,
            stack_id=stack.id,
            type=proposal.type,
            status="FAILED" if problem else "CREATE_COMPLETE",
            execution_status="UNAVAILABLE" if problem else "AVAILABLE",
            created=self._engine.timeline.next(),
            target=target,
            settings=proposal.settings,
            changes=changes,
            reason=problem,
            description=proposal.description,
        )
        self._sets[made.id] = made
        return made

    def _problem(self, stack: Stack, target: Target, changes: tuple[Change, ...]) -> str | None:
        """Why a change set is made as FAILED. Recorded: a stack may be created without any resource."""
        missing = next(missing_imports(target), None)
        if missing is not None:
            return missing
        same = not changes and not self._engine.differs(stack, target)
        return NO_CHANGES if same and stack.status != "REVIEW_IN_PROGRESS" else None

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
        if not stack_name:
            raise EngineError("StackName must be specified if ChangeSetName is not specified as an ARN.")
        stack = self._engine.find(stack_name)
        if stack is None:
            raise EngineError(f"Stack [{stack_name}] does not exist")
        mine = [item for item in self.of(stack) if item.name == name_or_id]
        return next((item for item in mine if not item.is_spent), mine[-1] if mine else None)

    def of(self, stack: Stack) -> list[ChangeSet]:
        """All of one stack, those that were executed too."""
        return [item for item in self._sets.values() if item.stack_id == stack.id]

    def retire(self, stack: Stack) -> None:
        """What was planned for a stack no longer fits it. Recorded: such a change set is OBSOLETE."""
        for item in self.of(stack):
            if not item.is_spent:
                self._sets[item.id] = replace(item, execution_status="OBSOLETE")

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
        del self._sets[found.id]
        self.retire(stack)
        self._sets[found.id] = replace(found, execution_status="EXECUTE_COMPLETE")
        try:
            start(stack, found.target, settings)
        except Exception:
            self._sets[found.id] = replace(found, execution_status="EXECUTE_FAILED")
            raise
        stack.change_set_id = found.id
        stack.updated = stack.updated or self._engine.timeline.next()  # recorded, for created stacks as well

    def _named(self, stack: Stack, name: str) -> ChangeSet | None:
        return next((item for item in self.of(stack) if item.name == name and not item.is_spent), None)

    def _stack(self, proposal: Proposal) -> tuple[Stack, bool]:
        """The stack of a proposal and whether it was made for it."""
        stack = self._engine.find(proposal.stack_name)
        if proposal.type == "CREATE":
            if stack is None:
                return self._engine.review(proposal.stack_name), True
            if stack.status != "REVIEW_IN_PROGRESS":
                raise EngineError(
                    f"Stack [{proposal.stack_name}] already exists and "
                    f"cannot be created again with the changeSet [{proposal.name}]."
                )
            return stack, False
        if stack is None or stack.is_deleted:
            raise EngineError(f"Stack [{proposal.stack_name}] does not exist")
        if stack.status == "REVIEW_IN_PROGRESS" or stack.is_busy or stack.status == "ROLLBACK_COMPLETE":
            raise EngineError(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")
        return stack, False

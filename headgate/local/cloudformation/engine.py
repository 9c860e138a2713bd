"""The stacks of one account and region: what CloudFormation's operations do, without its wire protocol.

`deploy` and `destroy` run in the calling thread (`headgate up`, fixtures); `start_*` hand the work to `spawn`, a thread by
default, and return at once, as the API does.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from threading import RLock, Thread
from uuid import uuid4

from .changes import Change, Target, outputs, plan
from .graph import check_references
from .handlers.contract import Clients, Handler, StackIdentity
from .intrinsics import IntrinsicError, Scope
from .lookup import dynamic_reader, ssm_reader
from .notifications import publisher
from .parameters import Given, Parameter, resolve
from .records import Output, Stack, StackEvent, Timeline
from .runner import Runner
from .settings import Settings, StackResult
from .template import Template, parse
from .validation import (
    EngineError,
    check_evaluation,
    check_references_of_active,
    check_rules,
    check_types,
    import_names,
    refuse_busy,
)
from .worker import OnEvent, Worker, World

Work = Callable[[], None]
UPDATABLE = frozenset(
    {
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "UPDATE_FAILED",
        "CREATE_FAILED",
        "IMPORT_COMPLETE",
    }
)


def _silent(_: StackEvent) -> None:
    """Nobody listens."""


def _nothing() -> None:
    """The work of an update that changes nothing."""


def in_thread(work: Work) -> None:
    """Runs an operation beside the caller."""
    Thread(target=work, name="cloudformation", daemon=True).start()


class Engine:
    """Every stack of one account and region. `clients("s3")` gives the boto3 clients that do all work.

    `handlers` is by type (`handlers.registry.registry(inbox)`).
    """

    def __init__(
        self,
        clients: Clients,
        handlers: Mapping[str, Handler],
        *,
        account: str = "123456789012",
        region: str = "us-east-1",
        now: Callable[[], float] = time.time,
    ) -> None:
        self.account = account
        self.region = region
        self.clients = clients
        self.stacks: dict[str, Stack] = {}  # by id; the deleted ones too
        self.timeline = Timeline(now)
        self.lock = RLock()
        self._handlers = handlers
        self.spawn: Callable[[Work], None] = in_thread

    def deploy(
        self,
        stack_name: str,
        template: str,
        parameters: Mapping[str, str] | None = None,
        on_event: OnEvent = _silent,
    ) -> StackResult:
        """Creates or updates a stack and waits. Raises TemplateError, ParameterError or EngineError before anything is done."""
        stack = self.find(stack_name)
        if stack is not None and stack.status in {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED"}:
            self._delete(stack, on_event)()
            stack = self.find(stack_name)
        given = {name: Given(value) for name, value in (parameters or {}).items()}
        parsed = parse(template)
        if stack is None or stack.status == "REVIEW_IN_PROGRESS":
            stack = stack or self.new_stack(stack_name)
            changes, work = self._create(stack, self.target(stack, parsed, given), Settings(), on_event)
        else:
            self._keep_parameters(stack, parsed, given)
            changes, work = self._update(stack, self.target(stack, parsed, given), Settings(), on_event)
        first_event = len(stack.events)
        work()
        return self._result(stack, changes, first_event)

    def destroy(self, stack_name: str, on_event: OnEvent = _silent) -> StackResult:
        """Deletes a stack and waits; one that is not there counts as deleted."""
        stack = self.find(stack_name)
        if stack is None:
            return StackResult(stack_name, "", "DELETE_COMPLETE")
        first_event = len(stack.events)
        self._delete(stack, on_event)()
        return self._result(stack, (), first_event)

    def find(self, name_or_id: str) -> Stack | None:
        """The stack with this name (never a deleted one) or id (deleted ones too)."""
        with self.lock:
            if name_or_id in self.stacks:
                return self.stacks[name_or_id]
            named = [stack for stack in self.stacks.values() if stack.name == name_or_id and not stack.is_deleted]
        return named[-1] if named else None

    def get(self, name_or_id: str) -> Stack:
        """The stack, or EngineError in AWS's words."""
        stack = self.find(name_or_id)
        if stack is None:
            raise EngineError(f"Stack with id {name_or_id} does not exist")
        return stack

    def exports(self) -> Mapping[str, tuple[Stack, Output]]:
        """Every export of a living stack."""
        return {
            output.export: (stack, output)
            for stack in list(self.stacks.values())
            if not stack.is_deleted
            for output in stack.outputs
            if output.export
        }

    def new_stack(self, name: str, *, status: str = "REVIEW_IN_PROGRESS") -> Stack:
        """A stack without resources, by default under review."""
        stack_id = f"arn:aws:cloudformation:{self.region}:{self.account}:stack/{name}/{uuid4()}"
        stack = Stack(name, stack_id, created=self.timeline.next(), status=status)
        with self.lock:
            if self.find(name) is not None:
                raise EngineError(f"Stack [{name}] already exists", "AlreadyExistsException")
            self.stacks[stack_id] = stack
        return stack

    def review(self, name: str) -> Stack:
        """A new stack that waits for its first change set, and the event that says so."""
        stack = self.new_stack(name)
        self._runner(stack, _silent).worker.stack_event("REVIEW_IN_PROGRESS", "User Initiated")
        return stack

    def forget(self, stack: Stack) -> None:
        """Drops a stack under review that nothing came of."""
        with self.lock:
            self.stacks.pop(stack.id, None)

    def start_create(self, stack: Stack, target: Target, settings: Settings) -> None:
        """Begins creating, beside the caller."""
        _, work = self._create(stack, target, settings, _silent)
        self.spawn(work)

    def start_update(self, stack: Stack, target: Target, settings: Settings, *, policy: str | None = None) -> None:
        """Begins updating under a stack policy, beside the caller. Raises EngineError when nothing would change."""
        _, work = self._update(stack, target, settings, _silent, policy=policy)
        if work is _nothing:
            raise EngineError("No updates are to be performed.")
        self.spawn(work)

    def start_rollback(self, stack: Stack) -> None:
        """Begins the way back that an operation without rollback, or a failed rollback, left open."""
        undo = stack.undo
        if undo is None:
            raise EngineError(f"Stack:{stack.id} is in {stack.status} state and can not be rolled back.")
        self._claim(stack, "ROLLBACK_IN_PROGRESS" if stack.status == "CREATE_FAILED" else "UPDATE_ROLLBACK_IN_PROGRESS")
        self.spawn(undo)

    def continue_rollback(self, stack: Stack, skipped: Iterable[str] = ()) -> None:
        """Tries again what UPDATE_ROLLBACK_FAILED left open; resources to skip stay as they are."""
        if stack.status != "UPDATE_ROLLBACK_FAILED":
            raise EngineError(
                f"Stack:{stack.id} is in {stack.status} state and can not continue its rollback; "
                "only UPDATE_ROLLBACK_FAILED can"
            )
        stack.skipped = frozenset(skipped)
        self.start_rollback(stack)

    def start_delete(self, stack: Stack, retain: Iterable[str] = (), *, token: str | None = None) -> None:
        """Begins deleting, beside the caller."""
        kept = frozenset(retain)
        if kept and stack.status != "DELETE_FAILED":
            raise EngineError(
                "Invalid operation on stack [" + stack.id + "]. "
                "RetainResources can only be specified for stacks in the DELETE_FAILED state."
            )
        work = self._delete(stack, _silent, kept)
        stack.token = token
        self.spawn(work)

    def changes(self, stack: Stack, target: Target) -> tuple[Change, ...]:
        """What the target would change, as cautiously as a change set tells it."""
        return plan(stack.resources, target, stack.parameters)

    def cancel_update(self, stack: Stack) -> None:
        """Lets a running update turn back before its next resource."""
        if stack.status != "UPDATE_IN_PROGRESS":
            raise EngineError("CancelUpdateStack cannot be called from current stack status")
        stack.is_cancelled = True

    def differs(self, stack: Stack, target: Target) -> bool:
        """Whether outputs or tags differ although no resource changes."""
        if dict(target.tags) != stack.tags:
            return True
        try:
            return outputs(target, stack.resources) != stack.outputs
        except IntrinsicError:
            return True  # the update will say what is wrong

    def _create(
        self, stack: Stack, target: Target, settings: Settings, on_event: OnEvent
    ) -> tuple[tuple[Change, ...], Work]:
        changes = plan({}, target)
        runner = self._begin(stack, "CREATE_IN_PROGRESS", target, settings, on_event=on_event)
        return changes, lambda: runner.create(target, on_failure=settings.on_failure)

    def _update(
        self, stack: Stack, target: Target, settings: Settings, on_event: OnEvent, *, policy: str | None = None
    ) -> tuple[tuple[Change, ...], Work]:
        if stack.status not in UPDATABLE:
            raise EngineError(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")
        changes = plan(stack.resources, target)
        if not changes and not self.differs(stack, target):
            return (), _nothing
        scope = self._scope(stack, stack.template, stack.parameters, stack.notification_arns)
        old = Target(stack.template, scope, dict(stack.parameters), dict(stack.tags))
        runner = self._begin(stack, "UPDATE_IN_PROGRESS", target, settings, on_event=on_event)
        runner.policy = policy
        roll_back = not settings.disable_rollback
        return changes, lambda: runner.update(target, old, roll_back=roll_back)

    def _delete(self, stack: Stack, on_event: OnEvent, retain: Iterable[str] = ()) -> Work:
        if stack.termination_protection:
            raise EngineError(f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
        self._claim(stack, "DELETE_IN_PROGRESS")
        runner = self._runner(stack, on_event)
        stack.deleted = self.timeline.next()
        return lambda: runner.delete(retain=retain)

    def _begin(self, stack: Stack, status: str, target: Target, settings: Settings, *, on_event: OnEvent) -> Runner:
        self._claim(stack, status)
        stack.imports = import_names(target)
        stack.disable_rollback = settings.disable_rollback
        if status != "CREATE_IN_PROGRESS":
            stack.updated = self.timeline.next()
        if settings.tags is not None:
            stack.tags = dict(settings.tags)
        if settings.capabilities is not None:
            stack.capabilities = settings.capabilities
        if settings.termination_protection is not None:
            stack.termination_protection = settings.termination_protection
        if settings.rollback is not None:
            stack.rollback = settings.rollback
        if settings.notification_arns:
            stack.notification_arns = settings.notification_arns
        stack.token = settings.token
        stack.role_arn = settings.role_arn or stack.role_arn
        return self._runner(stack, on_event)

    def _claim(self, stack: Stack, status: str) -> None:
        """One operation at a time: the status says so before the work begins."""
        with self.lock:
            refuse_busy(stack)
            stack.status = status
            stack.undo = None
            stack.is_cancelled = False

    def _runner(self, stack: Stack, on_event: OnEvent) -> Runner:
        def parent_then(event: StackEvent) -> None:
            child = self.stacks.get(event.physical_id)
            if child is not None and child is not stack:
                child.parent_id, child.root_id = stack.id, stack.root_id or stack.id
            on_event(event)

        tell = publisher(self.clients, lambda: stack.notification_arns, parent_then)
        world = World(self.clients, self.handler, self.timeline, _token, tell)
        identity = StackIdentity(stack.name, stack.id, self.region, self.account)
        others = [other for other in list(self.stacks.values()) if other is not stack and not other.is_deleted]
        in_use = {name: other.name for other in others for name in other.imports}
        return Runner(
            Worker(stack, identity, world),
            exports_in_use={
                output.export: in_use[output.export] for output in stack.outputs if output.export in in_use
            },
            taken={output.export: other.name for other in others for output in other.outputs if output.export},
        )

    def handler(self, type_name: str) -> Handler | None:
        """Who serves a type; every `Custom::X` is one kind."""
        if type_name.startswith("Custom::"):
            type_name = "AWS::CloudFormation::CustomResource"
        return self._handlers.get(type_name)

    def target(
        self,
        stack: Stack,
        template: Template,
        given: Mapping[str, Given],
        settings: Settings | None = None,
    ) -> Target:
        """Where this template and these parameters lead the stack. Raises TemplateError, ParameterError or EngineError."""
        settings = settings or Settings()
        check_references(template)
        parameters = resolve(template.parameters, given, stack.parameters, ssm_reader(self.clients))
        topics = settings.notification_arns or stack.notification_arns
        tags = stack.tags if settings.tags is None else settings.tags
        target = Target(template, self._scope(stack, template, parameters, topics), parameters, tags)
        check_rules(target)
        check_types(target, self.handler, stack.resources)
        check_references_of_active(target)
        target.order()
        check_evaluation(target)
        return target

    def _scope(
        self, stack: Stack, template: Template, parameters: Mapping[str, Parameter], topics: Iterable[str]
    ) -> Scope:
        pseudo = {
            "AWS::AccountId": self.account,
            "AWS::NotificationARNs": list(topics),
            "AWS::Partition": "aws",
            "AWS::Region": self.region,
            "AWS::StackId": stack.id,
            "AWS::StackName": stack.name,
            "AWS::URLSuffix": "amazonaws.com",
        }
        return Scope(
            region=self.region,
            parameters={**{name: parameter.value for name, parameter in parameters.items()}, **pseudo},
            mappings=template.mappings,
            conditions=template.conditions,
            imports={name: output.value for name, (_, output) in self.exports().items()},
            dynamic=dynamic_reader(self.clients),
        )

    @staticmethod
    def _keep_parameters(stack: Stack, template: Template, given: dict[str, Given]) -> None:
        for name in template.parameters:
            if name in stack.parameters and name not in given:
                given[name] = Given(use_previous=True)

    def _result(self, stack: Stack, changes: tuple[Change, ...], first_event: int) -> StackResult:
        events = stack.events[first_event:]
        failures = tuple(
            (event.logical_id, event.reason or "")
            for event in events
            if event.status.endswith("_FAILED") and event.logical_id != stack.name
        )
        reasons = [
            event.reason for event in events if event.logical_id == stack.name and event.status != "DELETE_COMPLETE"
        ]
        return StackResult(
            stack.name,
            stack.id,
            stack.status,
            outputs={output.key: output.value for output in stack.outputs},
            changes=changes,
            failures=failures,
            reason=next((reason for reason in reasons if reason and reason != "User Initiated"), None),
        )


def _token() -> str:
    return str(uuid4())

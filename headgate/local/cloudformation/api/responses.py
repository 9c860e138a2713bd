"""CloudFormation's operations, one method each, named as moto's dispatcher looks them up (`snake_case` of the operation)."""

from collections.abc import Callable, Sequence
from typing import Any

from moto.core.common_types import TYPE_RESPONSE
from moto.core.request import Request
from moto.core.responses import ActionResult, BaseResponse, EmptyResult

from ..change_sets import ChangeSet, ChangeSets, Proposal
from ..engine import Engine
from ..graph import check_references, order
from ..intrinsics import IntrinsicError
from ..parameters import ParameterError
from ..records import Stack
from ..template import Template, TemplateError
from ..validation import EngineError, check_capabilities
from . import asked, policies, views
from .errors import error_document

# The sizes of AWS's pages: 100 events, summaries and exports.
PAGE = 100


class Room:
    """An engine with its change sets: what one account and region has."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.change_sets = ChangeSets(engine)


class CloudFormationResponse(BaseResponse):
    """One request. `room` gives the account's and region's state."""

    def __init__(self, room: Callable[[str, str], Room]) -> None:
        super().__init__(service_name="cloudformation")
        self.automated_parameter_parsing = True
        self._room = room

    def dispatch_to_room(self, request: Request) -> TYPE_RESPONSE:
        """Answers a request; what the engine refuses becomes a modelled error."""
        self.setup_class(request, request.raw_url, request.headers)
        try:
            return self.call_action()
        except NotImplementedError:
            return error_document(
                "NotImplementedException",
                f"{self._get_action()} is not there in the local cloud: stacks and change sets only, without drift detection, "
                "imports, stack sets and the registry.",
            )
        except EngineError as error:
            return error_document(error.code, str(error))
        except (TemplateError, ParameterError, IntrinsicError) as error:
            return error_document("ValidationError", str(error))

    @property
    def _engine(self) -> Engine:
        return self._room(self.current_account, self.region).engine

    @property
    def _change_sets(self) -> ChangeSets:
        return self._room(self.current_account, self.region).change_sets

    # ---- change sets

    def create_change_set(self) -> ActionResult:
        """CreateChangeSet."""
        name, kind = asked.stack_name(self.params), self.params.get("ChangeSetType", "UPDATE")
        if kind not in {"CREATE", "UPDATE"}:
            raise EngineError(f"ChangeSetType {kind} is not supported by the local cloud")
        stack = self._engine.find(name)
        template = asked.required_template(self._engine, self.params, stack)
        check_capabilities(template, self.params.get("Capabilities") or (), is_reviewed=True)
        asked.check_resource_types(template, self.params.get("ResourceTypes"))
        made = self._change_sets.create(
            Proposal(
                name=self.params["ChangeSetName"],
                stack_name=name,
                type=kind,
                template=template,
                given=asked.given(self.params),
                settings=asked.settings(self.params),
                description=self.params.get("Description"),
            )
        )
        return ActionResult({"Id": made.id, "StackId": made.stack_id})

    def describe_change_set(self) -> ActionResult:
        """DescribeChangeSet."""
        change_set = self._change_set()
        view = views.change_set(
            change_set,
            self._engine.get(change_set.stack_id),
            with_values=bool(self.params.get("IncludePropertyValues")),
        )
        return self._paged(view, "Changes")

    def list_change_sets(self) -> ActionResult:
        """ListChangeSets: those that were not executed."""
        stack = asked.named_stack(self._engine, self.params, asked.IN_BRACKETS)
        waiting = [item for item in self._change_sets.of(stack) if not item.is_spent]
        return self._paged({"Summaries": [views.change_set_summary(item, stack) for item in waiting]}, "Summaries")

    def execute_change_set(self) -> ActionResult:
        """ExecuteChangeSet; returns at once."""
        self._change_sets.execute(
            self.params["ChangeSetName"],
            self.params.get("StackName"),
            disable_rollback=bool(self.params.get("DisableRollback")),
        )
        return EmptyResult()

    def delete_change_set(self) -> ActionResult:
        """DeleteChangeSet."""
        self._change_sets.delete(self.params["ChangeSetName"], self.params.get("StackName"))
        return EmptyResult()

    # ---- stacks

    def create_stack(self) -> ActionResult:
        """CreateStack; returns at once. Recorded: one under review is created, and its change sets are obsolete."""
        name, engine = asked.stack_name(self.params), self._engine
        template = self._checked_template(None)
        settings, policy = asked.settings(self.params), policies.given(self.params, engine.clients)
        reviewed = engine.find(name)
        is_reviewed = reviewed is not None and reviewed.status == "REVIEW_IN_PROGRESS"
        stack = reviewed if reviewed is not None and is_reviewed else engine.new_stack(name)
        try:
            engine.start_create(stack, engine.target(stack, template, asked.given(self.params), settings), settings)
        except Exception:
            if not is_reviewed:
                engine.forget(stack)
            raise
        stack.policy = policy
        self._change_sets.retire(stack)
        return ActionResult({"StackId": stack.id})

    def update_stack(self) -> ActionResult:
        """UpdateStack; returns at once."""
        engine = self._engine
        stack = asked.named_stack(engine, self.params, asked.IN_BRACKETS)
        template = self._checked_template(stack)
        settings, policy = asked.settings(self.params), policies.given(self.params, engine.clients)
        during = policies.given(self.params, engine.clients, "StackPolicyDuringUpdate")
        target = engine.target(stack, template, asked.given(self.params), settings)
        engine.start_update(stack, target, settings, policy=during or stack.policy)
        stack.policy = policy or stack.policy
        self._change_sets.retire(stack)
        return ActionResult({"StackId": stack.id})

    def cancel_update_stack(self) -> ActionResult:
        """CancelUpdateStack; the update turns back before its next resource."""
        self._engine.cancel_update(asked.named_stack(self._engine, self.params, asked.IN_BRACKETS))
        return EmptyResult()

    def delete_stack(self) -> ActionResult:
        """DeleteStack; a name that is not there is fine."""
        stack = self._engine.find(asked.stack_name(self.params))
        if stack is not None and not stack.is_deleted:
            self._engine.start_delete(
                stack, self.params.get("RetainResources") or (), token=self.params.get("ClientRequestToken")
            )
        return EmptyResult()

    def rollback_stack(self) -> ActionResult:
        """RollbackStack, for `cdk rollback`; returns at once."""
        stack = asked.named_stack(self._engine, self.params, asked.IN_BRACKETS)
        self._engine.start_rollback(stack)
        return ActionResult({"StackId": stack.id})

    def continue_update_rollback(self) -> ActionResult:
        """ContinueUpdateRollback; returns at once. Resources to skip are left as they are."""
        stack = asked.named_stack(self._engine, self.params, asked.IN_BRACKETS)
        self._engine.continue_rollback(stack, self.params.get("ResourcesToSkip") or ())
        return EmptyResult()

    def describe_stacks(self) -> ActionResult:
        """DescribeStacks: one by name or id, or all that live, the newest first."""
        if self.params.get("StackName"):
            return ActionResult({"Stacks": [views.stack(asked.named_stack(self._engine, self.params))]})
        living = [stack for stack in reversed(list(self._engine.stacks.values())) if not stack.is_deleted]
        return self._paged({"Stacks": [views.stack(stack) for stack in living]}, "Stacks")

    def list_stacks(self) -> ActionResult:
        """ListStacks, the newest first, deleted ones included unless filtered."""
        wanted, stacks = self.params.get("StackStatusFilter"), reversed(list(self._engine.stacks.values()))
        summaries = [views.stack_summary(stack) for stack in stacks if not wanted or stack.status in wanted]
        return self._paged({"StackSummaries": summaries}, "StackSummaries")

    def describe_stack_events(self) -> ActionResult:
        """DescribeStackEvents: newest first, paged."""
        stack = asked.named_stack(self._engine, self.params, asked.IN_BRACKETS)
        return self._paged({"StackEvents": list(reversed(stack.events))}, "StackEvents", views.event)

    describe_events = describe_stack_events

    def describe_stack_resources(self) -> ActionResult:
        """DescribeStackResources: all of a stack, one of it, or the one behind a physical id."""
        physical_id = self.params.get("PhysicalResourceId")
        if physical_id and self.params.get("StackName"):
            raise EngineError("Only one of StackName and PhysicalResourceId may be specified")
        stack = self._owner(physical_id) if physical_id else asked.named_stack(self._engine, self.params)
        logical_id = self.params.get("LogicalResourceId")
        resources = [
            views.resource(stack, live)
            for name, live in sorted(stack.resources.items())
            if logical_id in {None, name} and (physical_id is None or live.physical_id == physical_id)
        ]
        if logical_id and not resources:
            raise EngineError(f"Resource {logical_id} does not exist for stack {stack.name}")
        return ActionResult({"StackResources": resources})

    def describe_stack_resource(self) -> ActionResult:
        """DescribeStackResource."""
        stack = asked.named_stack(self._engine, self.params, asked.IN_QUOTES)
        logical_id = self.params["LogicalResourceId"]
        live = stack.resources.get(logical_id)
        if live is None:
            raise EngineError(f"Resource {logical_id} does not exist for stack {stack.name}")
        return ActionResult({"StackResourceDetail": views.resource_detail(stack, live)})

    def list_stack_resources(self) -> ActionResult:
        """ListStackResources, by logical id."""
        stack = asked.named_stack(self._engine, self.params)
        resources = [live for _, live in sorted(stack.resources.items())]
        return self._paged({"StackResourceSummaries": resources}, "StackResourceSummaries", views.resource_summary)

    # ---- templates, exports, protection

    def get_template(self) -> ActionResult:
        """GetTemplate: the text as it was given, or what its transforms made of it; of a stack or of a change set."""
        if self.params.get("ChangeSetName"):
            if not self.params.get("StackName") and not self.params["ChangeSetName"].startswith("arn:"):
                raise EngineError("StackName is a required parameter.")
            template = self._change_set().target.template
        else:
            template = asked.named_stack(self._engine, self.params).template
        is_processed = self.params.get("TemplateStage") == "Processed" and template.processed is not None
        text = template.processed if is_processed else template.text
        return ActionResult({"TemplateBody": text, "StagesAvailable": ["Original", "Processed"]})

    def get_template_summary(self) -> ActionResult:
        """GetTemplateSummary."""
        template = asked.template_of(self._engine, self.params)
        if template is None:
            stack = asked.named_stack(self._engine, self.params)
            if stack.status == "REVIEW_IN_PROGRESS":
                raise EngineError("GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks.")
            template = stack.template
        return ActionResult(views.template_summary(template))

    def validate_template(self) -> ActionResult:
        """ValidateTemplate: the shape, the references and the order of work."""
        template = asked.required_template(self._engine, self.params)
        check_references(template)
        order(template.resources)
        summary = views.template_summary(template)
        parameters = [
            {name: value for name, value in item.items() if name in views.VALIDATED} for item in summary["Parameters"]
        ]
        kept = ("Description", "Capabilities", "CapabilitiesReason", "DeclaredTransforms")
        return ActionResult({"Parameters": parameters, **{key: summary[key] for key in kept if key in summary}})

    def list_exports(self) -> ActionResult:
        """ListExports."""
        exports = [
            {"ExportingStackId": stack.id, "Name": name, "Value": output.value}
            for name, (stack, output) in sorted(self._engine.exports().items())
        ]
        return self._paged({"Exports": exports}, "Exports")

    def list_imports(self) -> ActionResult:
        """ListImports."""
        name = self.params["ExportName"]
        users = [
            stack.name for stack in list(self._engine.stacks.values()) if name in stack.imports and not stack.is_deleted
        ]
        if not users:
            raise EngineError(f"Export '{name}' is not imported by any stack.")
        return self._paged({"Imports": users}, "Imports")

    def update_termination_protection(self) -> ActionResult:
        """UpdateTerminationProtection."""
        stack = asked.named_stack(self._engine, self.params, asked.IN_BRACKETS)
        stack.termination_protection = bool(self.params["EnableTerminationProtection"])
        return ActionResult({"StackId": stack.id})

    def set_stack_policy(self) -> ActionResult:
        """SetStackPolicy; an update that it denies fails."""
        stack = asked.named_stack(self._engine, self.params, asked.IN_BRACKETS)
        stack.policy = policies.given(self.params, self._engine.clients)
        return EmptyResult()

    def get_stack_policy(self) -> ActionResult:
        """GetStackPolicy; a stack without one answers nothing."""
        stack = asked.named_stack(self._engine, self.params, asked.IN_BRACKETS)
        return ActionResult({"StackPolicyBody": stack.policy} if stack.policy is not None else {})

    # ---- the parts of a request

    def _checked_template(self, stack: Stack | None) -> Template:
        template = asked.required_template(self._engine, self.params, stack)
        check_capabilities(template, self.params.get("Capabilities") or ())
        asked.check_resource_types(template, self.params.get("ResourceTypes"))
        return template

    def _owner(self, physical_id: str) -> Stack:
        for stack in list(self._engine.stacks.values()):
            if any(live.physical_id == physical_id for live in list(stack.resources.values())):
                return stack
        raise EngineError(f"Stack for {physical_id} does not exist")

    def _change_set(self) -> ChangeSet:
        return self._change_sets.get(self.params["ChangeSetName"], self.params.get("StackName"))

    def _paged(
        self, answer: dict[str, Any], member: str, view: Callable[[Any], dict[str, Any]] | None = None
    ) -> ActionResult:
        """One page of a list in an answer; `view` shows its items."""
        items: Sequence[Any] = answer[member]
        shown, token = asked.page(items, self.params.get("NextToken"), PAGE)
        answer[member] = list(shown) if view is None else [view(item) for item in shown]
        if token is not None:
            answer["NextToken"] = token
        return ActionResult(answer)

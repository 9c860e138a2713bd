"""CloudFormation's operations, one method each, named as moto's dispatcher looks them up (`snake_case` of the operation)."""

from collections.abc import Callable, Mapping
from typing import Any

from moto.core.common_types import TYPE_RESPONSE
from moto.core.request import Request
from moto.core.responses import ActionResult, BaseResponse, EmptyResult

from ..change_sets import ChangeSet, ChangeSets, Proposal
from ..engine import Engine, Settings
from ..intrinsics import IntrinsicError
from ..parameters import Given, ParameterError
from ..records import Stack
from ..template import Template, TemplateError, parse
from ..validation import EngineError, check_capabilities
from . import views
from .errors import error_document

# DescribeStackEvents pages on AWS; the CLI reads until it meets an event that it knows.
EVENTS_PAGE = 100


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
                "InvalidAction", f"Could not find operation {self._get_action()} for version 2010-05-15"
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
        template = self._template() or self._engine.get(self._stack_name()).template
        capabilities = tuple(self.params.get("Capabilities") or ())
        check_capabilities(template, capabilities)
        made = self._change_sets.create(
            Proposal(
                name=self.params["ChangeSetName"],
                stack_name=self._stack_name(),
                type=self.params.get("ChangeSetType", "UPDATE"),
                template=template,
                given=self._given(),
                settings=self._settings(),
                description=self.params.get("Description"),
            )
        )
        return ActionResult({"Id": made.id, "StackId": made.stack_id})

    def describe_change_set(self) -> ActionResult:
        """DescribeChangeSet."""
        change_set = self._change_set()
        return ActionResult(views.change_set(change_set, self._engine.get(change_set.stack_id)))

    def list_change_sets(self) -> ActionResult:
        """ListChangeSets."""
        stack = self._engine.get(self._stack_name())
        return ActionResult(
            {"Summaries": [views.change_set_summary(item, stack) for item in self._change_sets.of(stack)]}
        )

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
        """CreateStack; returns at once."""
        template = self._required_template()
        check_capabilities(template, self.params.get("Capabilities") or ())
        engine = self._engine
        stack = engine.new_stack(self._stack_name())
        try:
            engine.start_create(stack, engine.target(stack, template, self._given()), self._settings())
        except Exception:
            engine.forget(stack)
            raise
        return ActionResult({"StackId": stack.id})

    def update_stack(self) -> ActionResult:
        """UpdateStack; returns at once."""
        engine = self._engine
        stack = engine.get(self._stack_name())
        template = self._template() or stack.template
        check_capabilities(template, self.params.get("Capabilities") or ())
        engine.start_update(stack, engine.target(stack, template, self._given()), self._settings())
        return ActionResult({"StackId": stack.id})

    def delete_stack(self) -> ActionResult:
        """DeleteStack; a name that is not there is fine."""
        stack = self._engine.find(self._stack_name())
        if stack is not None and not stack.is_deleted:
            self._engine.start_delete(stack, self.params.get("RetainResources") or ())
        return EmptyResult()

    def rollback_stack(self) -> ActionResult:
        """RollbackStack, for `cdk rollback`; returns at once."""
        stack = self._engine.get(self._stack_name())
        self._engine.start_rollback(stack)
        return ActionResult({"StackId": stack.id})

    continue_update_rollback = rollback_stack

    def describe_stacks(self) -> ActionResult:
        """DescribeStacks: one by name or id, or all that live."""
        name = self.params.get("StackName")
        if name:
            stack = self._engine.find(name)
            if stack is None:
                raise EngineError(f"Stack with id {name} does not exist")
            return ActionResult({"Stacks": [views.stack(stack)]})
        living = [stack for stack in list(self._engine.stacks.values()) if not stack.is_deleted]
        return ActionResult({"Stacks": [views.stack(stack) for stack in living]})

    def list_stacks(self) -> ActionResult:
        """ListStacks, deleted ones included unless filtered."""
        wanted = self.params.get("StackStatusFilter")
        stacks = [stack for stack in list(self._engine.stacks.values()) if not wanted or stack.status in wanted]
        return ActionResult({"StackSummaries": [views.stack_summary(stack) for stack in stacks]})

    def describe_stack_events(self) -> ActionResult:
        """DescribeStackEvents: newest first, paged."""
        stack = self._named_stack()
        events = list(reversed(stack.events))
        start = int(self.params.get("NextToken") or 0)
        page = events[start : start + EVENTS_PAGE]
        answer: dict[str, Any] = {"StackEvents": [views.event(item) for item in page]}
        if start + EVENTS_PAGE < len(events):
            answer["NextToken"] = str(start + EVENTS_PAGE)
        return ActionResult(answer)

    describe_events = describe_stack_events

    def describe_stack_resources(self) -> ActionResult:
        """DescribeStackResources: all of a stack, one of it, or the one behind a physical id."""
        physical_id = self.params.get("PhysicalResourceId")
        stack = self._owner(physical_id) if physical_id else self._named_stack()
        logical_id = self.params.get("LogicalResourceId")
        resources = [
            views.resource(stack, live)
            for name, live in list(stack.resources.items())
            if logical_id in {None, name} and (physical_id is None or live.physical_id == physical_id)
        ]
        return ActionResult({"StackResources": resources})

    def describe_stack_resource(self) -> ActionResult:
        """DescribeStackResource."""
        stack, logical_id = self._named_stack(), self.params["LogicalResourceId"]
        live = stack.resources.get(logical_id)
        if live is None:
            raise EngineError(f"Resource {logical_id} does not exist for stack {stack.name}")
        return ActionResult({"StackResourceDetail": views.resource_detail(stack, live)})

    def list_stack_resources(self) -> ActionResult:
        """ListStackResources."""
        stack = self._named_stack()
        return ActionResult(
            {"StackResourceSummaries": [views.resource_summary(live) for live in list(stack.resources.values())]}
        )

    # ---- templates, exports, protection

    def get_template(self) -> ActionResult:
        """GetTemplate: the text as it was given, of a stack or of a change set."""
        of_change_set = bool(self.params.get("ChangeSetName"))
        template = self._change_set().target.template if of_change_set else self._named_stack().template
        return ActionResult({"TemplateBody": template.text, "StagesAvailable": ["Original", "Processed"]})

    def get_template_summary(self) -> ActionResult:
        """GetTemplateSummary."""
        template = self._template() or self._named_stack().template
        return ActionResult(views.template_summary(template))

    def validate_template(self) -> ActionResult:
        """ValidateTemplate."""
        template = self._required_template()
        summary = views.template_summary(template)
        return ActionResult(
            {key: summary[key] for key in ("Parameters", "Description", "Capabilities") if key in summary}
        )

    def list_exports(self) -> ActionResult:
        """ListExports."""
        exports = self._engine.exports().items()
        return ActionResult(
            {
                "Exports": [
                    {"ExportingStackId": stack.id, "Name": name, "Value": output.value}
                    for name, (stack, output) in exports
                ]
            }
        )

    def list_imports(self) -> ActionResult:
        """ListImports."""
        name = self.params["ExportName"]
        users = [
            stack.name for stack in list(self._engine.stacks.values()) if name in stack.imports and not stack.is_deleted
        ]
        if not users:
            raise EngineError(f"Export '{name}' is not imported by any stack.")
        return ActionResult({"Imports": users})

    def update_termination_protection(self) -> ActionResult:
        """UpdateTerminationProtection."""
        stack = self._engine.get(self._stack_name())
        stack.termination_protection = bool(self.params["EnableTerminationProtection"])
        return ActionResult({"StackId": stack.id})

    # ---- the parts of a request

    def _stack_name(self) -> str:
        name: str = self.params.get("StackName") or ""
        if not name:
            raise EngineError("StackName must not be empty")
        return name

    def _named_stack(self) -> Stack:
        name = self._stack_name()
        stack = self._engine.find(name)
        if stack is None:
            raise EngineError(f"Stack [{name}] does not exist")
        return stack

    def _owner(self, physical_id: str) -> Stack:
        for stack in list(self._engine.stacks.values()):
            if any(live.physical_id == physical_id for live in list(stack.resources.values())):
                return stack
        raise EngineError(f"Stack for {physical_id} does not exist")

    def _change_set(self) -> ChangeSet:
        return self._change_sets.get(self.params["ChangeSetName"], self.params.get("StackName"))

    def _template(self) -> Template | None:
        """The template of the request; None when it keeps the stack's."""
        if self.params.get("TemplateBody"):
            return parse(self.params["TemplateBody"])
        url = self.params.get("TemplateURL")
        if url:
            return parse(views.read_template_url(url, self._engine.clients))
        return None

    def _required_template(self) -> Template:
        template = self._template()
        if template is None:
            raise EngineError("Either Template URL or Template Body must be specified.")
        return template

    def _given(self) -> Mapping[str, Given]:
        return {
            item["ParameterKey"]: Given(item.get("ParameterValue"), use_previous=bool(item.get("UsePreviousValue")))
            for item in self.params.get("Parameters") or ()
        }

    def _settings(self) -> Settings:
        tags = self.params.get("Tags")
        on_failure = self.params.get("OnFailure") or self.params.get("OnStackFailure") or "ROLLBACK"
        disable = bool(self.params.get("DisableRollback"))
        return Settings(
            tags=None if tags is None else {tag["Key"]: tag["Value"] for tag in tags},
            capabilities=tuple(self.params.get("Capabilities") or ()),
            notification_arns=tuple(self.params.get("NotificationARNs") or ()),
            role_arn=self.params.get("RoleARN"),
            on_failure="DO_NOTHING" if disable else on_failure,
            disable_rollback=disable or on_failure == "DO_NOTHING",
            termination_protection=self.params.get("EnableTerminationProtection"),
        )

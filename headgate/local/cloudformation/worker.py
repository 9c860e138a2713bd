"""Making, changing and deleting one resource of a stack, with the events that tell about it."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from .handlers.contract import Clients, Handler, HandlerError, Made, Request, StackIdentity
from .parameters import MASK
from .records import STACK_TYPE, LiveResource, Stack, StackEvent, Timeline
from .resource_types import catalogue, property_problems
from .template import Declaration

OnEvent = Callable[[StackEvent], None]
# An API's body in each of its events would be sent to every poll of the CLI.
MAX_EVENT_PROPERTIES = 16_384
RETAIN = frozenset({"Retain", "RetainExceptOnCreate", "Snapshot"})


@dataclass(frozen=True, slots=True)
class World:
    """What work on a stack needs from outside: clients, handlers, moments and unique tokens."""

    clients: Clients = field(repr=False)
    handler: Callable[[str], Handler | None]
    timeline: Timeline
    new_token: Callable[[], str]
    on_event: OnEvent


class ResourceFailedError(Exception):
    """One resource could not be brought where it should be; the event is already written."""

    def __init__(self, logical_id: str, reason: str) -> None:
        self.logical_id = logical_id
        self.reason = reason
        super().__init__(f"{logical_id}: {reason}")


@dataclass
class Worker:
    """Works on the resources of one stack, one at a time."""

    stack: Stack
    identity: StackIdentity
    world: World

    def create(
        self, declaration: Declaration, properties: Mapping[str, Any], *, replaces: LiveResource | None = None
    ) -> None:
        """Makes the resource and puts it into the stack. Raises ResourceFailedError, then with what is left of it in the stack."""
        verb = "UPDATE" if replaces else "CREATE"
        first = (
            "Requested update requires the creation of a new physical resource; hence creating one."
            if replaces
            else None
        )
        self._event(
            declaration,
            replaces.physical_id if replaces else None,
            f"{verb}_IN_PROGRESS",
            reason=first,
            properties=properties,
        )
        request = self._request(declaration, properties)
        try:
            self._check(declaration, properties, replaces)
            made = self._handler(declaration.type).create(request)
        except Exception as error:
            raise self._failed(declaration, properties, error, replaces) from error
        self._record(declaration, properties, made, "CREATE_COMPLETE" if replaces is None else "UPDATE_COMPLETE")
        self._event(
            declaration,
            made.physical_id,
            f"{verb}_IN_PROGRESS",
            reason="Resource creation Initiated",
            properties=properties,
        )
        self._event(declaration, made.physical_id, f"{verb}_COMPLETE", properties=properties)

    def update(self, declaration: Declaration, properties: Mapping[str, Any]) -> None:
        """Changes the resource in place, or lets its handler replace it. Raises ResourceFailedError."""
        live = self.stack.resources[declaration.logical_id]
        self._event(declaration, live.physical_id, "UPDATE_IN_PROGRESS", properties=properties)
        request = replace(
            self._request(declaration, properties),
            physical_id=live.physical_id or "",
            old_properties=live.properties,
            old_attributes=live.attributes,
        )
        try:
            self._check(declaration, properties, None)
            handler = self._handler(declaration.type)
            made = handler.update(request) if handler.update else _unchanged(live, properties)
        except Exception as error:
            raise self._failed(declaration, properties, error, live, in_place=True) from error
        self._record(declaration, properties, made, "UPDATE_COMPLETE")
        self._event(declaration, made.physical_id, "UPDATE_COMPLETE", properties=properties)

    def delete(self, live: LiveResource, *, is_leftover: bool = False) -> bool:
        """Deletes what is behind a resource, which may already have a successor in the stack; False when that failed.

        Events of an `is_leftover`, replaced and now cleaned up, have no properties, as recorded.
        """
        declaration = live.declaration
        shown = None if is_leftover else live.properties
        self._event(declaration, live.physical_id, "DELETE_IN_PROGRESS", properties=shown)
        request = replace(
            self._request(declaration, live.properties),
            physical_id=live.physical_id or "",
            old_properties=live.properties,
            old_attributes=live.attributes,
        )
        try:
            if not self._is_shared(live):
                self._handler(declaration.type).delete(request)
        except Exception as error:  # noqa: BLE001 - as in create
            reason = explain(error)
            self._mark(live, "DELETE_FAILED", reason)
            self._event(declaration, live.physical_id, "DELETE_FAILED", reason=reason, properties=shown)
            return False
        self._forget(live)
        self._event(declaration, live.physical_id, "DELETE_COMPLETE", properties=shown)
        return True

    def skip(self, live: LiveResource) -> None:
        """Lets go of a resource that its policy retains."""
        self._forget(live)
        self._event(live.declaration, live.physical_id, "DELETE_SKIPPED", properties=live.properties)

    def restore(self, live: LiveResource) -> None:
        """Points the stack back at a resource that was about to be replaced."""
        self._event(live.declaration, live.physical_id, "UPDATE_IN_PROGRESS")
        self.stack.resources[live.declaration.logical_id] = replace(live, status="UPDATE_COMPLETE")
        self._event(live.declaration, live.physical_id, "UPDATE_COMPLETE")

    def stack_event(self, status: str, reason: str | None = None) -> None:
        """Moves the stack to a status and says so."""
        self.stack.status = status
        self.stack.reason = reason
        self._append(self.stack.name, self.stack.id, STACK_TYPE, status, reason=reason)

    def fail(self, declaration: Declaration, reason: str) -> ResourceFailedError:
        """Marks a resource as failed before its handler could be asked."""
        live = self.stack.resources.get(declaration.logical_id)
        verb = "UPDATE" if live else "CREATE"
        physical_id = live.physical_id if live else None
        self._event(declaration, physical_id, f"{verb}_IN_PROGRESS")
        self._event(declaration, physical_id, f"{verb}_FAILED", reason=reason)
        return ResourceFailedError(declaration.logical_id, reason)

    def _check(self, declaration: Declaration, properties: Mapping[str, Any], replaces: LiveResource | None) -> None:
        problems = list(property_problems(declaration.type, properties))
        if problems:
            raise HandlerError(
                "Properties validation failed for resource " + "; ".join([declaration.logical_id, *problems])
            )
        known = catalogue().get(declaration.type)
        name = known.name_property if known else None
        if replaces and name and properties.get(name) and properties[name] == replaces.properties.get(name):
            raise HandlerError(
                "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
                f"Rename {properties[name]} and update the stack again."
            )

    def _handler(self, type_name: str) -> Handler:
        handler = self.world.handler(type_name)
        if handler is None:
            raise HandlerError(f"Unrecognized resource type: {type_name}; the local cloud has no handler for it")
        return handler

    def _request(self, declaration: Declaration, properties: Mapping[str, Any]) -> Request:
        return Request(
            clients=self.world.clients,
            stack=self.identity,
            logical_id=declaration.logical_id,
            type=declaration.type,
            properties=properties,
            token=self.world.new_token(),
        )

    def _failed(
        self,
        declaration: Declaration,
        properties: Mapping[str, Any],
        error: Exception,
        live: LiveResource | None,
        *,
        in_place: bool = False,
    ) -> ResourceFailedError:
        reason = explain(error)
        left_over = error.physical_id if isinstance(error, HandlerError) else None
        if live is not None:
            # A failed update may have got half way: remember what was tried, so that the way back sees it as the old state.
            tried = replace(live, properties=properties) if in_place else live
            self._mark(tried, "UPDATE_FAILED", reason)
        else:
            self.stack.resources[declaration.logical_id] = LiveResource(
                declaration, left_over, "CREATE_FAILED", self.world.timeline.next(), properties, reason=reason
            )
        physical_id = live.physical_id if live else left_over
        self._event(
            declaration, physical_id, "UPDATE_FAILED" if live else "CREATE_FAILED", reason=reason, properties=properties
        )
        return ResourceFailedError(declaration.logical_id, reason)

    def _record(self, declaration: Declaration, properties: Mapping[str, Any], made: Made, status: str) -> None:
        self.stack.resources[declaration.logical_id] = LiveResource(
            declaration=declaration,
            physical_id=made.physical_id,
            status=status,
            updated=self.world.timeline.next(),
            properties=properties,
            attributes=made.attributes,
            ref=made.physical_id if made.ref is None else made.ref,
            no_echo=made.no_echo,
        )

    def _mark(self, live: LiveResource, status: str, reason: str) -> None:
        if self._is_current(live):
            marked = replace(live, status=status, reason=reason, updated=self.world.timeline.next())
            self.stack.resources[live.declaration.logical_id] = marked

    def _forget(self, live: LiveResource) -> None:
        if self._is_current(live):
            del self.stack.resources[live.declaration.logical_id]

    def _is_shared(self, live: LiveResource) -> bool:
        """Another resource of the stack is the same thing: publishing unchanged code gives the version that is there."""
        return live.declaration.type == "AWS::Lambda::Version" and any(
            other.declaration.logical_id != live.declaration.logical_id
            and (other.declaration.type, other.physical_id) == (live.declaration.type, live.physical_id)
            for other in self.stack.resources.values()
        )

    def _is_current(self, live: LiveResource) -> bool:
        current = self.stack.resources.get(live.declaration.logical_id)
        return current is not None and current.physical_id == live.physical_id

    def _event(
        self,
        declaration: Declaration,
        physical_id: str | None,
        status: str,
        *,
        reason: str | None = None,
        properties: Mapping[str, Any] | None = None,
    ) -> None:
        text = None if properties is None else self._printable(properties)
        self._append(
            declaration.logical_id, physical_id or "", declaration.type, status, reason=reason, properties=text
        )

    def _append(
        self,
        logical_id: str,
        physical_id: str,
        type_name: str,
        status: str,
        *,
        reason: str | None = None,
        properties: str | None = None,
    ) -> None:
        moment = self.world.timeline.next()
        # Recorded: a resource's event is named by what happened when, a stack's and a leftover's by a random id.
        when = f"{status}-{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
        token = self.world.new_token()
        event = StackEvent(
            event_id=token if type_name == STACK_TYPE else f"{logical_id}-{token if properties is None else when}",
            timestamp=moment,
            stack_id=self.stack.id,
            stack_name=self.stack.name,
            logical_id=logical_id,
            physical_id=physical_id,
            type=type_name,
            status=status,
            reason=reason,
            properties=properties,
            token=self.stack.token,
        )
        self.stack.events.append(event)
        self.world.on_event(event)

    def _printable(self, properties: Mapping[str, Any]) -> str:
        """The properties as JSON, with the values of NoEcho parameters and answers masked wherever they occur."""
        text = json.dumps(properties, sort_keys=True, default=str)
        if len(text) > MAX_EVENT_PROPERTIES:
            return json.dumps({"Omitted": f"{len(text)} characters"})
        for secret in self._secrets():
            text = text.replace(json.dumps(secret)[1:-1], MASK)
        return text

    def _secrets(self) -> Iterator[str]:
        values = [parameter.value for parameter in self.stack.parameters.values() if parameter.no_echo]
        for live in self.stack.resources.values():
            values += live.attributes.values() if live.no_echo else ()
        return (value for value in values if isinstance(value, str) and value)


def explain(error: Exception) -> str:
    """An error as an event's reason: a service's own message with its code, or the handler's."""
    if isinstance(error, HandlerError):
        return str(error)
    if isinstance(error, ClientError):
        details = error.response.get("Error", {})
        code = details.get("Code", "Unknown")
        return f'Resource handler returned message: "{details.get("Message", error)}" ({error.operation_name}, {code})'
    if isinstance(error, BotoCoreError):
        return f'Resource handler returned message: "{error}"'
    return f"Internal failure in the handler: {type(error).__name__}: {error}"


def _unchanged(live: LiveResource, properties: Mapping[str, Any]) -> Made:
    if properties != live.properties:
        raise HandlerError(f"{live.declaration.type} cannot be updated in place")
    return Made(live.physical_id or "", live.attributes, live.ref, live.no_echo)

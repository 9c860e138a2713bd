"""Stand-ins: a cloud that is a dictionary, handlers over it, and a Lambda whose functions are Python callables."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from headgate.local.cloudformation import Engine, ResponseInbox
from headgate.local.cloudformation.handlers.contract import Handler, HandlerError, Made, Request
from headgate.local.cloudformation.handlers.custom import handler as custom_handler
from headgate.local.cloudformation.handlers.registry import CUSTOM
from headgate.local.cloudformation.records import StackEvent

NOW = 1_700_000_000.0
# Types with create-only properties in the catalogue, and one that the catalogue does not know.
FAKE_TYPES = ("Test::Thing", "AWS::DynamoDB::Table", "AWS::Lambda::Version", "AWS::IAM::Role", "AWS::Logs::LogGroup")


@dataclass
class World:
    """What exists, by physical id, and every call made, in order. A property `Fail: create` makes that verb fail."""

    things: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    counter: Any = field(default_factory=lambda: count(1))

    def handler(self) -> Handler:
        """The verbs of every fake type."""
        return Handler(create=self.create, update=self.update, delete=self.delete)

    def create(self, request: Request) -> Made:
        """A new thing, unless told to fail."""
        self._note("create", request)
        physical_id = f"{request.logical_id.lower()}-{next(self.counter)}"
        self.things[physical_id] = dict(request.properties)
        return Made(physical_id, {"Arn": f"arn:{physical_id}"})

    def update(self, request: Request) -> Made:
        """The same thing with other properties, unless told to fail."""
        self._note("update", request)
        self.things[request.physical_id] = dict(request.properties)
        return Made(request.physical_id, request.old_attributes)

    def delete(self, request: Request) -> None:
        """One thing less, unless told to fail."""
        self._note("delete", request)
        self.things.pop(request.physical_id, None)

    def _note(self, verb: str, request: Request) -> None:
        self.calls.append((verb, request.logical_id))
        if request.properties.get("Fail") == verb:
            raise HandlerError(f"told to fail at {verb}")


@dataclass
class FakeLambda:
    """Invokes a Python function with the event, at once; remembers every event."""

    function: Callable[[dict[str, Any]], None]
    events: list[dict[str, Any]] = field(default_factory=list)

    def invoke(self, *, FunctionName: str, InvocationType: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        """boto3's Invoke."""
        assert InvocationType == "Event"
        event = json.loads(Payload)
        self.events.append({**event, "FunctionName": FunctionName})
        self.function(event)
        return {"StatusCode": 202}


class FakeParameters:
    """SSM's parameters over a dictionary."""

    def __init__(self, values: dict[str, str]) -> None:
        self.values = values

    def put_parameter(self, *, Name: str, Value: str, Type: str, Overwrite: bool = False) -> None:  # noqa: N803
        """boto3's PutParameter."""
        assert Overwrite or Name not in self.values
        self.values[Name] = Value

    def get_parameter(self, *, Name: str, WithDecryption: bool = False) -> dict[str, Any]:  # noqa: N803
        """boto3's GetParameter."""
        return {"Parameter": {"Value": self.values[Name]}}


@dataclass
class Bench:
    """An engine over a fake world."""

    world: World = field(default_factory=World)
    inbox: ResponseInbox = field(default_factory=lambda: ResponseInbox("http://localhost:1"))
    services: dict[str, Any] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    events: list[StackEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        handlers = dict.fromkeys(FAKE_TYPES, self.world.handler())
        tokens = (f"token-{number}" for number in count(1))
        custom = {CUSTOM: custom_handler(self.inbox, lambda: next(tokens))}
        self.services.setdefault("ssm", FakeParameters(self.parameters))
        self.engine = Engine(lambda name: self.services[name], {**handlers, **custom}, now=lambda: NOW)

    def deploy(self, template: Mapping[str, Any], **parameters: str) -> Any:
        """Deploys to the stack `demo` and keeps the events of this deployment."""
        self.events.clear()
        self.world.calls.clear()
        return self.engine.deploy("demo", json.dumps(template), parameters, self.events.append)

    def destroy(self) -> Any:
        """Deletes the stack `demo`."""
        self.events.clear()
        self.world.calls.clear()
        return self.engine.destroy("demo", self.events.append)

    def history(self) -> list[str]:
        """The events of the last operation as `LogicalId STATUS`."""
        return [f"{event.logical_id} {event.status}" for event in self.events]

    def answering(self, respond: Callable[[dict[str, Any]], dict[str, Any] | None]) -> FakeLambda:
        """A Lambda whose function answers the response URL with what `respond` returns; None stays silent."""

        def function(event: dict[str, Any]) -> None:
            answer = respond(event)
            if answer is not None:
                self.inbox.deliver(event["ResponseURL"].rsplit("/", 1)[-1], json.dumps(answer).encode())

        self.services["lambda"] = FakeLambda(function)
        return self.services["lambda"]


def thing(depends_on: str | None = None, **properties: Any) -> dict[str, Any]:
    """A `Test::Thing` resource."""
    resource: dict[str, Any] = {"Type": "Test::Thing", "Properties": properties}
    if depends_on:
        resource["DependsOn"] = depends_on
    return resource


def template(resources: Mapping[str, Any], **sections: Any) -> dict[str, Any]:
    """A template with these resources."""
    return {"Resources": dict(resources), **sections}


def ref(name: str) -> dict[str, str]:
    """`{"Ref": name}`."""
    return {"Ref": name}


def get_att(name: str, attribute: str) -> dict[str, list[str]]:
    """`{"Fn::GetAtt": [name, attribute]}`."""
    return {"Fn::GetAtt": [name, attribute]}

"""An account's CloudFormation API over fake resources: operations run at once, in the calling thread."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from headgate.local.cloudformation.api.application import application
from headgate.local.cloudformation.engine import Engine

from .fakes import Bench
from .wire import client


class Room(Bench):
    """A bench with its API; operations run at once instead of in a thread."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.engine.spawn = lambda work: work()
        self.api = client("cloudformation", application(OneEngine(self.engine)))

    def stack(self, name: str = "demo") -> dict[str, Any]:
        """The stack as DescribeStacks shows it."""
        found: dict[str, Any] = self.api.describe_stacks(StackName=name)["Stacks"][0]
        return found

    def create(self, body: dict[str, Any], name: str = "demo", **more: Any) -> str:
        """CreateStack; the id."""
        answer = self.api.create_stack(StackName=name, TemplateBody=json.dumps(body), **more)
        return str(answer["StackId"])

    def update(self, body: dict[str, Any], name: str = "demo", **more: Any) -> None:
        """UpdateStack."""
        self.api.update_stack(StackName=name, TemplateBody=json.dumps(body), **more)

    def change_set(self, body: dict[str, Any], kind: str = "CREATE", **more: Any) -> dict[str, Any]:
        """A change set named `c` of the stack `demo`, described."""
        self.api.create_change_set(
            StackName="demo", ChangeSetName="c", ChangeSetType=kind, TemplateBody=json.dumps(body), **more
        )
        described: dict[str, Any] = self.api.describe_change_set(StackName="demo", ChangeSetName="c")
        return described

    def told(self, name: str = "demo") -> list[tuple[str, str, str]]:
        """(logical id, status, reason) of the stack's events, the oldest first."""
        events = self.api.describe_stack_events(StackName=name)["StackEvents"]
        return [
            (item["LogicalResourceId"], item["ResourceStatus"], item.get("ResourceStatusReason", ""))
            for item in reversed(events)
        ]


class OneEngine:
    """An engine source with one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def engine(self, account: str, region: str) -> Engine:
        """Always the same."""
        return self._engine


def refusal(caught: pytest.ExceptionInfo[ClientError]) -> tuple[str, str]:
    """Code and message of an error."""
    error = caught.value.response["Error"]
    return str(error["Code"]), str(error["Message"])

"""What a handler is: three functions over a request, working only through the boto3 clients it carries."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

# `clients("lambda")` -> a boto3 client. Any: clients are made at run time from AWS's models.
Clients = Callable[[str], Any]


class HandlerError(Exception):
    """The resource could not be made; `physical_id` names what exists all the same and must be deleted."""

    def __init__(self, message: str, physical_id: str | None = None) -> None:
        self.physical_id = physical_id
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class StackIdentity:
    """The stack a resource belongs to."""

    name: str
    id: str
    region: str
    account: str
    partition: str = "aws"

    def arn(self, service: str, resource: str, *, region: str | None = None, account: str | None = None) -> str:
        """An ARN in this account and region; pass "" to leave either out."""
        where = self.region if region is None else region
        who = self.account if account is None else account
        return f"arn:{self.partition}:{service}:{where}:{who}:{resource}"


@dataclass(frozen=True, slots=True)
class Request:
    """One piece of work. `physical_id`, `old_properties` and `old_attributes` are of the resource as it is now, if it is."""

    clients: Clients = field(repr=False)
    stack: StackIdentity
    logical_id: str
    type: str
    properties: Mapping[str, Any]
    token: str  # unique per physical resource, so that two of the same logical id never clash
    physical_id: str = ""
    old_properties: Mapping[str, Any] = field(default_factory=dict)
    old_attributes: Mapping[str, Any] = field(default_factory=dict)

    def name(self, given: str | None, *, limit: int = 64, lower: bool = False) -> str:
        """The name a user chose, or CloudFormation's `{stack}-{logical id}-{random}` cut to the limit."""
        if given:
            return given
        suffix = sha256(f"{self.stack.id}/{self.logical_id}/{self.token}".encode()).hexdigest()[:12].upper()
        room = limit - len(suffix) - 2
        stack = self.stack.name[: max(room - len(self.logical_id), room // 2)]
        name = f"{stack}-{self.logical_id[: room - len(stack)]}-{suffix}"
        return name.lower() if lower else name


@dataclass(frozen=True, slots=True)
class Made:
    """A resource that exists now. `ref` is what Ref answers, the physical id unless given."""

    physical_id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    ref: str | None = None
    no_echo: bool = False


@dataclass(frozen=True, slots=True)
class Handler:
    """A resource type's three verbs. A type without `update` only has create-only properties."""

    create: Callable[[Request], Made]
    delete: Callable[[Request], None]
    update: Callable[[Request], Made] | None = None

"""What an operation is, with everything around it resolved. Schemas stay cursors (`Located`).

`OperationIndex` is what compositions are compiled against: it finds an operation by id or by path and method, and knows
its parameters, bodies, responses, settings and upstream. `schema.at("properties", "id")` follows references.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..settings.aws_targets import AwsTarget
from ..settings.extension import Extension
from ..source.document import LoadedDocument, Located


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an operation. `location` is path, query, header or cookie; `schema` None means anything."""

    name: str
    location: str
    required: bool
    schema: Located | None
    style: str
    explode: bool
    media_type: str | None
    at: Located


@dataclass(frozen=True, slots=True)
class Body:
    """A request body: media type to schema."""

    required: bool
    content: dict[str, Located | None]
    at: Located


@dataclass(frozen=True, slots=True)
class Response:
    """What an operation answers; `status` as written: "200", "4XX" or "default"."""

    status: str
    content: dict[str, Located | None]
    headers: dict[str, Located]
    at: Located


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path.

    `path` is as the document writes it, `template` the path at the gateway (base path in front), `resource` the same
    with the variable names API Gateway uses, and `path_names` maps the document's variable names to those.
    `upstream` names an entry of `OperationIndex.upstreams` (None for a composition), `upstream_path` is appended to its URL.
    `is_function` is True when a Lambda function answers (a composition, or a lambda upstream) and sees variable names.
    `document` is the API's document, `at` the operation object, which may stand in a file that the document refers to.
    `exposed` is False for operations that only compositions call. `is_folded`: its resource is a greedy one, because API Gateway
    has not enough of them (`placement.folding`).
    """

    id: str
    method: str
    path: str
    template: str
    document: LoadedDocument
    at: Located
    parameters: tuple[Parameter, ...]
    body: Body | None
    responses: tuple[Response, ...]
    settings: Extension
    resource: str = ""
    path_names: dict[str, str] = field(default_factory=dict)
    upstream: str | None = None
    upstream_path: str = ""
    is_function: bool = False
    exposed: bool = True
    is_folded: bool = False

    @property
    def name(self) -> str:
        """As people say it: `GET /users/{id}`."""
        return f"{self.method} {self.template}"

    def parameter(self, location: str, name: str) -> Parameter | None:
        """The parameter of that name, header names in any case."""
        for parameter in self.parameters:
            same = parameter.name == name or (location == "header" and parameter.name.lower() == name.lower())
            if parameter.location == location and same:
                return parameter
        return None

    def response(self, status: int) -> Response | None:
        """What is declared for a status: itself, then its class (`2XX`), then `default`."""
        by_status = {response.status.upper(): response for response in self.responses}
        return by_status.get(str(status)) or by_status.get(f"{status // 100}XX") or by_status.get("DEFAULT")


@dataclass(frozen=True, slots=True)
class Upstream:
    """Where requests go. `kind` is url, lambda, load-balancer or aws; `url` has no slash at its end, a Lambda function has none."""

    name: str
    kind: str
    url: str = ""
    function_arn: str = ""
    vpc_link: str = ""
    target_arn: str = ""
    aws: AwsTarget | None = None


@dataclass(frozen=True, slots=True)
class OperationIndex:
    """Every operation that a gateway serves or a composition may call."""

    operations: tuple[Operation, ...]
    upstreams: dict[str, Upstream]

    def by_id(self, operation_id: str, document: LoadedDocument | None = None) -> list[Operation]:
        """Operations with that operationId, of one document or of all."""
        return [o for o in self.operations if o.id == operation_id and document in {None, o.document}]

    def by_path(self, document: LoadedDocument, path: str, method: str) -> Operation | None:
        """The operation at a path as that document writes it."""
        for operation in self.operations:
            if operation.document is document and operation.path == path and operation.method == method.upper():
                return operation
        return None

    def composed(self) -> list[Operation]:
        """Operations answered by a workflow, in document order."""
        return [o for o in self.operations if o.exposed and o.settings.workflow]


def place_of(operation: Operation) -> str:
    """`users.yaml:12`, as messages name another operation."""
    line, _ = operation.at.document.position(operation.at.pointer)
    return f"{operation.at.document.name}:{line}"

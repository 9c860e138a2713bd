"""Workflows compiled from text: a users service, a cafés service and a page composed of both, to be varied."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from headgate.spec.arazzo import compile_workflows
from headgate.spec.diagnostics.records import Diagnostic
from headgate.spec.operations.reading import read_operations
from headgate.spec.operations.records import OperationIndex, Upstream
from headgate.spec.source.document import DocumentSet

USERS = """
openapi: 3.0.3
info: {title: Users, version: "1"}
x-headgate: {upstream: users}
paths:
  /users/{userId}:
    get:
      operationId: getUser
      parameters: [{name: userId, in: path, required: true, schema: {type: string}}]
      responses:
        "200":
          description: The user.
          content:
            application/json:
              schema:
                type: object
                required: [id, city, address]
                properties:
                  id: {type: string}
                  age: {type: integer}
                  city: {type: string}
                  tags: {type: array, items: {type: string}}
                  address: {allOf: [{type: object, required: [zip], properties: {zip: {type: string}}}]}
                  extra: {type: object, additionalProperties: true, properties: {known: {type: string}}}
    patch:
      operationId: changeUser
      parameters: [{name: userId, in: path, required: true, schema: {type: string}}]
      requestBody:
        required: true
        content:
          application/json:
            schema: {type: object, required: [city], properties: {city: {type: string}, age: {type: integer}}}
      responses: {"200": {description: Done.}}
  /page.html:
    get: {operationId: getPage, responses: {"200": {description: A page., content: {text/html: {}}}}}
"""
CAFES = """
openapi: 3.0.3
info: {title: Cafes, version: "1"}
x-headgate: {upstream: cafes}
paths:
  /cafes:
    get:
      operationId: listCafes
      parameters:
        - {name: city, in: query, required: true, schema: {type: string}}
        - {name: limit, in: query, schema: {type: integer}}
        - {name: X-Tenant, in: header, schema: {type: string}}
      responses:
        "200":
          description: Cafes.
          content: {application/json: {schema: {type: array, items: {type: object, properties: {name: {type: string}}}}}}
    post: {operationId: addCafe, responses: {"201": {description: Added.}}}
"""
PAGES = """
openapi: 3.0.3
info: {title: Pages, version: "1"}
paths:
  /page/{userId}:
    get:
      operationId: page
      security: [{oidc: []}]
      x-headgate: {workflow: page}
      parameters:
        - {name: userId, in: path, required: true, schema: {type: string}}
        - {name: limit, in: query, schema: {type: integer, default: 5}}
        - {name: q, in: query, schema: {type: string}}
      responses:
        "200":
          description: The page.
          content: {application/json: {schema: {type: object, required: [cafes], properties: {cafes: {}, user: {}, missing: {}}}}}
        "404": {description: No such user.}
components: {securitySchemes: {oidc: {type: openIdConnect, openIdConnectUrl: "https://id.example.com/"}}}
"""
WORKFLOW = """
arazzo: 1.0.1
info: {title: Pages, version: "1"}
sourceDescriptions:
  - {name: users, url: ./users.yaml, type: openapi}
  - {name: cafes, url: ./cafes.yaml, type: openapi}
workflows:
  - workflowId: page
    steps:
      - stepId: user
        operationId: $sourceDescriptions.users.getUser
        parameters: [{name: userId, in: path, value: $inputs.userId}]
        outputs: {id: $response.body#/id, city: $response.body#/city, age: $response.body#/age}
      - stepId: cafes
        operationId: listCafes
        parameters: [{name: city, in: query, value: $steps.user.outputs.city}]
        outputs: {items: $response.body}
    outputs: {cafes: $steps.cafes.outputs.items}
"""


@dataclass(frozen=True)
class Compiled:
    """plans.json and what was said on the way."""

    document: dict[str, Any]
    problems: list[Diagnostic]

    @property
    def plan(self) -> dict[str, Any]:
        """The plan of the page."""
        return next(iter(self.document["plans"].values()))

    def step(self, name: str) -> dict[str, Any]:
        return next(step for step in self.plan["steps"] if step["id"] == name)

    @property
    def codes(self) -> list[str]:
        return [problem.code for problem in self.problems]


def workflow(**changes: Any) -> dict[str, Any]:
    """The workflow as a value, with changes by dotted path: `steps_1_parameters=[...]` has underscores for dots."""
    document = yaml.safe_load(WORKFLOW)
    for path, value in changes.items():
        *way, last = [int(key) if key.isdigit() else key for key in path.split("_")]
        here: Any = document["workflows"][0]
        for key in way:
            here = here[key]
        here[last] = value
    return document


def compile_value(document: dict[str, Any], **texts: str) -> Compiled:
    """Compile a workflow given as a value."""
    return compile_text(yaml.safe_dump(document, sort_keys=False), **texts)


def compile_text(
    text: str, *, pages: str = PAGES, users: str = USERS, cafes: str = CAFES, cafes_url: str = "http://cafes"
) -> Compiled:
    """Compile a workflow given as text, against the services."""
    documents = DocumentSet(Path("/project"))
    problems: list[Diagnostic] = []
    operations = []
    upstreams = {"users": Upstream("users", "url", "http://users"), "cafes": Upstream("cafes", "url", cafes_url)}
    for name, content in (("pages", pages), ("users", users), ("cafes", cafes)):
        document = documents.adopt(f"openapi/{name}.yaml", content)
        assert document is not None, documents.problems
        for operation in read_operations(document, problems=problems):
            is_known = operation.settings.upstream in upstreams
            operations.append(_placed(operation, operation.settings.upstream if is_known else None))
    arazzo = documents.adopt("openapi/pages.arazzo.yaml", text)
    assert arazzo is not None, documents.problems
    document, found = compile_workflows([arazzo], OperationIndex(tuple(operations), upstreams), api="portal")
    return Compiled(document, problems + found)


def _placed(operation: Any, upstream: str | None) -> Any:
    rewrite = operation.settings.rewrite
    path = rewrite.path if rewrite and rewrite.path else operation.path
    return replace(operation, upstream=upstream, upstream_path=path, resource=operation.template)

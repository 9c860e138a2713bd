"""HG170 to HG184: compositions. Each example changes one thing of a page made of an order and its customer."""

from __future__ import annotations

from .entry import GATEWAY, Explanation, Files, Grade

_GATEWAY = GATEWAY.replace("[shop.yaml]}", "[shop.yaml, page.yaml], workflows: [page.arazzo.yaml]}")

_SHOP = """\
openapi: 3.1.0
info: {title: Shop, version: "1"}
x-headgate: {upstream: shop}
paths:
  /orders/{id}:
    get:
      operationId: getOrder
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses:
        "200":
          description: The order.
          content:
            application/json:
              schema: {type: object, required: [customer], properties: {customer: {type: string}}}
  /customers/{id}:
    get:
      operationId: getCustomer
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: The customer., content: {application/json: {schema: {type: object}}}}}
"""

_PAGE = """\
openapi: 3.1.0
info: {title: Page, version: "1"}
paths:
  /page/{id}:
    get:
      operationId: page
      x-headgate: {workflow: page}
      parameters: [{name: id, in: path, required: true, schema: {type: string}}]
      responses: {"200": {description: The page.}}
"""

_WORKFLOW = """\
arazzo: 1.0.1
info: {title: Page, version: "1"}
sourceDescriptions: [{name: shop, url: shop.yaml, type: openapi}]
workflows:
  - workflowId: page
    steps:
      - stepId: order
        operationId: getOrder
        parameters: [{name: id, in: path, value: $inputs.id}]
        outputs: {customer: $response.body#/customer}
      - stepId: customer
        operationId: getCustomer
        parameters: [{name: id, in: path, value: $steps.order.outputs.customer}]
        outputs: {all: $response.body}
    outputs: {customer: $steps.customer.outputs.all}
"""

_FIX: Files = {"gateway.yaml": _GATEWAY, "shop.yaml": _SHOP, "page.yaml": _PAGE, "page.arazzo.yaml": _WORKFLOW}


def _wrong(right: str, wrong: str, *, file: str = "page.arazzo.yaml") -> Files:
    """The files with one thing changed."""
    return {**_FIX, file: _FIX[file].replace(right, wrong)}


def _entry(code: str, why: str, example: Files, *, rule: str = "", grade: Grade = "own") -> Explanation:
    return Explanation(
        code,
        why,
        rule or "Arazzo 1.0.1 and 1.1.0 ask for it; API Gateway knows nothing of compositions.",
        grade,
        example,
        _FIX,
    )


ENTRIES = [
    _entry(
        "HG170",
        "A field that Arazzo does not have would be a field that is not there.",
        _wrong(
            "        outputs: {all: $response.body}",
            "        outptus: {all: $response.body}\n        outputs: {all: $response.body}",
        ),
    ),
    _entry(
        "HG171",
        "Some of Arazzo is meant for test runners. What is not run is refused rather than skipped.",
        _wrong(
            "        outputs: {all: $response.body}",
            "        onFailure: [{name: again, type: goto, stepId: order}]\n        outputs: {all: $response.body}",
        ),
        rule="goto, nested workflows, regex criteria, for-each and batch are not run by Headgate.",
    ),
    _entry(
        "HG172",
        "The operation would have nobody who answers it.",
        {
            **_wrong("workflow: page", "workflow: pages", file="page.yaml"),
            "gateway.yaml": _GATEWAY.replace("workflows: [page.arazzo.yaml]", "workflows: []"),
        },
    ),
    _entry(
        "HG173",
        "A step is a call to an operation of the documents.",
        _wrong(
            "    outputs: {customer: $steps.customer.outputs.all}",
            "      - stepId: offers\n        operationId: listOffers\n    outputs: {customer: $steps.customer.outputs.all}",
        ),
    ),
    _entry(
        "HG174",
        "An expression that leads nowhere would be empty in every answer.",
        _wrong("value: $steps.order.outputs.customer", "value: $steps.order.outputs.customerId"),
    ),
    _entry(
        "HG175",
        "Expressions are read when the project is built, not when a client waits.",
        _wrong("value: $inputs.id", "value: $input.id"),
    ),
    _entry(
        "HG176",
        "The schema of the called operation says what can be taken from its answer.",
        _wrong("$response.body#/customer}", "$response.body#/buyer}"),
    ),
    _entry(
        "HG177",
        "The service would answer 400, or call something else.",
        _wrong("        parameters: [{name: id, in: path, value: $inputs.id}]\n", ""),
    ),
    _entry(
        "HG178",
        "Steps that wait for each other never start.",
        _wrong("      - stepId: order\n", "      - stepId: order\n        dependsOn: [customer]\n"),
    ),
    _entry(
        "HG179",
        "API Gateway ends a request after 29 seconds, so the slowest way through must be shorter.",
        _wrong("      - stepId: customer\n", "      - stepId: customer\n        x-headgate: {timeout: 28}\n"),
        rule="An integration may take 29 seconds.",
        grade="D",
    ),
    _entry(
        "HG180",
        "A setting that is misspelled would be a setting that is not there.",
        _wrong("      - stepId: customer\n", "      - stepId: customer\n        x-headgate: {requird: false}\n"),
    ),
    _entry(
        "HG181",
        "Inputs have the parameters' names, whatever place they stand in.",
        _wrong(
            "schema: {type: string}}]",
            "schema: {type: string}}, {name: id, in: query, required: true, schema: {type: string}}]",
            file="page.yaml",
        ),
    ),
    _entry(
        "HG182",
        "Clients read the operation's document. What it promises must be among the workflow's outputs.",
        _wrong(
            "{description: The page.}",
            "{description: The page., content: {application/json: {schema: {type: object, required: [total], "
            "properties: {total: {}, customer: {}}}}}}",
            file="page.yaml",
        ),
    ),
    _entry(
        "HG183",
        "A workflow that no operation names is never run.",
        {
            **_FIX,
            "gateway.yaml": _GATEWAY.replace("[shop.yaml, page.yaml]", "[shop.yaml]"),
        },
    ),
    _entry(
        "HG184",
        "A composition calls services. One that called compositions could call itself.",
        _wrong(
            "operationId: getCustomer\n        parameters: [{name: id, in: path, value: $steps.order.outputs.customer}]",
            "operationId: page\n        parameters: [{name: id, in: path, value: $steps.order.outputs.customer}]",
        ),
    ),
]

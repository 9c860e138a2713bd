"""The questions: what is asked, how it is found out, and the readings that the evidence leaves open.

The compiler emits what is right under every reading, so no answer breaks it; an answer lets it emit more.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from .account import STAGE, Account, checked, document, mock

REFUSED = "import refused"


@dataclass(frozen=True, slots=True)
class Probe:
    """`ask` gives one of the readings."""

    name: str
    question: str
    readings: tuple[str, ...]
    ask: Callable[[Account], str]


PROBES: list[Probe] = []


def probe(question: str, *readings: str) -> Callable[[Callable[[Account], str]], Callable[[Account], str]]:
    """Registers a probe under its function's name."""

    def register(ask: Callable[[Account], str]) -> Callable[[Account], str]:
        PROBES.append(Probe(ask.__name__.replace("_", "-"), question, readings, ask))
        return ask

    return register


def _bodies(account: Account, schema: Any, good: str, bad: str) -> str:
    """What a model does with a body that its schema accepts and one that it refuses."""
    if account.serve(checked(schema)).error is not None:
        return REFUSED
    accepts = account.call("POST", "/checked", body=good).status == 200
    refuses = account.call("POST", "/checked", body=bad).status == 400
    return {(True, True): "enforced", (True, False): "ignored", (False, True): "misread", (False, False): "misread"}[
        accepts, refuses
    ]


MODEL_READINGS = ("enforced", "ignored", "misread", REFUSED)


@probe("Is oneOf inside a named component enforced?", *MODEL_READINGS)
def one_of(account: Account) -> str:
    return _bodies(account, {"oneOf": [{"type": "object", "required": ["a"]}, {"type": "array"}]}, '{"a":1}', "{}")


@probe("Is anyOf inside a named component enforced?", *MODEL_READINGS)
def any_of(account: Account) -> str:
    return _bodies(account, {"anyOf": [{"type": "object", "required": ["a"]}, {"type": "array"}]}, '{"a":1}', "{}")


@probe("Is allOf inside a named component enforced?", *MODEL_READINGS)
def all_of(account: Account) -> str:
    return _bodies(account, {"allOf": [{"type": "object"}, {"required": ["a"]}]}, '{"a":1}', "{}")


@probe("Does `nullable` let null through?", *MODEL_READINGS)
def nullable(account: Account) -> str:
    schema = {"type": "object", "properties": {"a": {"type": "string", "nullable": True}}}
    return _bodies(account, schema, '{"a":null}', '{"a":1}')


@probe("Does null in an enum survive the import?", *MODEL_READINGS)
def null_in_enum(account: Account) -> str:
    return _bodies(account, {"type": "object", "properties": {"a": {"enum": [None, "x"]}}}, '{"a":null}', '{"a":"y"}')


@probe("Does a list of types survive the import?", *MODEL_READINGS)
def type_list(account: Account) -> str:
    schema = {"type": "object", "properties": {"a": {"type": ["string", "null"]}}}
    return _bodies(account, schema, '{"a":null}', '{"a":1}')


@probe("Is boolean exclusiveMinimum enforced?", *MODEL_READINGS)
def exclusive_minimum(account: Account) -> str:
    schema = {"type": "object", "properties": {"a": {"type": "number", "minimum": 1, "exclusiveMinimum": True}}}
    return _bodies(account, schema, '{"a":2}', '{"a":1}')


@probe("May a model hold an x- extension?", *MODEL_READINGS)
def extension_in_model(account: Account) -> str:
    return _bodies(account, {"type": "object", "required": ["a"], "x-own": 1}, '{"a":1}', "{}")


@probe("Is a property called $ref taken for a reference?", *MODEL_READINGS)
def property_called_reference(account: Account) -> str:
    schema = {"type": "object", "properties": {"$ref": {"type": "string"}, "a": {"type": "string"}}}
    return _bodies(account, schema, '{"$ref":"x","a":"x"}', '{"a":1}')


@probe("Does pattern match as in ECMAScript (anywhere in the text)?", *MODEL_READINGS)
def pattern(account: Account) -> str:
    schema = {"type": "object", "properties": {"a": {"type": "string", "pattern": "b"}}}
    return _bodies(account, schema, '{"a":"abc"}', '{"a":"xyz"}')


@probe("Is maxLength counted in code points?", *MODEL_READINGS)
def length_in_code_points(account: Account) -> str:
    schema = {"type": "object", "properties": {"a": {"type": "string", "maxLength": 2}}}
    return _bodies(account, schema, '{"a":"\U0001f600\U0001f600"}', '{"a":"abc"}')


@probe("May a path have a comma?", "accepted", REFUSED)
def comma_in_path(account: Account) -> str:
    return REFUSED if account.put(document({"/a,b": {"get": mock()}})).error else "accepted"


@probe("May a parameter's name have a $?", "accepted", REFUSED)
def dollar_in_parameter(account: Account) -> str:
    parameter = {"name": "$top", "in": "query", "required": True, "schema": {"type": "string"}}
    return REFUSED if account.put(document({"/a": {"get": mock(parameters=[parameter])}})).error else "accepted"


@probe("Is root security applied to operations without their own?", "applied", "ignored", REFUSED)
def root_security(account: Account) -> str:
    schemes = {"key": {"type": "apiKey", "name": "x-api-key", "in": "header"}}
    wire = document({"/a": {"get": mock()}}, components={"securitySchemes": schemes}, security=[{"key": []}])
    if account.put(wire).error:
        return REFUSED
    method = account.resource("/a")["resourceMethods"]["GET"]
    return "applied" if method.get("apiKeyRequired") else "ignored"


@probe("Is an empty body refused by the model of an optional body?", "empty refused", "empty accepted", REFUSED)
def optional_body(account: Account) -> str:
    if account.serve(checked({"type": "object", "required": ["a"]}, required=False)).error:
        return REFUSED
    return "empty accepted" if account.call("POST", "/checked").status == 200 else "empty refused"


@probe("Does /a/ reach the method of /a?", "same method", "not found", REFUSED)
def trailing_slash(account: Account) -> str:
    if account.serve(document({"/a": {"get": mock()}})).error:
        return REFUSED
    return "same method" if account.call("GET", "/a/").status == 200 else "not found"


@probe("May a document have a path /a/?", "accepted", REFUSED)
def trailing_slash_in_document(account: Account) -> str:
    return REFUSED if account.put(document({"/a/": {"get": mock()}})).error else "accepted"


@probe("What becomes of the response `default`?", "kept", "dropped", REFUSED)
def default_response(account: Account) -> str:
    return _response(account, "default")


@probe("What becomes of the response `2XX`?", "kept", "dropped", REFUSED)
def response_class(account: Account) -> str:
    return _response(account, "2XX")


def _response(account: Account, status: str) -> str:
    answers = {"200": {"description": "OK"}, status: {"description": "others"}}
    if account.put(document({"/a": {"get": mock(responses=answers)}})).error:
        return REFUSED
    kept = account.resource("/a")["resourceMethods"]["GET"].get("methodResponses", {})
    return "kept" if status in kept else "dropped"


@probe("Does the case of a required header's name matter?", "case matters", "case does not matter", REFUSED)
def header_case(account: Account) -> str:
    parameter = {"name": "X-PROBE", "in": "header", "required": True, "schema": {"type": "string"}}
    get = mock(parameters=[parameter], **{"x-amazon-apigateway-request-validator": "all"})
    if account.serve(document({"/a": {"get": get}})).error:
        return REFUSED
    return (
        "case does not matter" if account.call("GET", "/a", headers={"X-probe": "1"}).status == 200 else "case matters"
    )


@probe("Is a blank query parameter a missing one?", "missing", "present", REFUSED)
def blank_query(account: Account) -> str:
    parameter = {"name": "q", "in": "query", "required": True, "schema": {"type": "string"}}
    get = mock(parameters=[parameter], **{"x-amazon-apigateway-request-validator": "all"})
    if account.serve(document({"/a": {"get": get}})).error:
        return REFUSED
    return "present" if account.call("GET", "/a?q=").status == 200 else "missing"


@probe("Must a mapped parameter be declared?", "accepted", REFUSED)
def undeclared_mapping(account: Account) -> str:
    get = mock()
    get["x-amazon-apigateway-integration"] |= {
        "type": "http_proxy",
        "httpMethod": "GET",
        "uri": "https://example.com/",
        "requestParameters": {"integration.request.header.X-A": "method.request.header.X-B"},
    }
    return REFUSED if account.put(document({"/a": {"get": get}})).error else "accepted"


@probe("May models differ by case only?", "accepted", REFUSED)
def models_by_case(account: Account) -> str:
    wire = checked({"type": "object"}, probe={"type": "array", "items": {"type": "string"}})
    return REFUSED if account.put(wire).error else "accepted"


@probe("Does a model check JSON bodies when */* is a binary media type?", "checked", "not checked", REFUSED)
def model_of_binary(account: Account) -> str:
    wire = checked({"type": "object", "required": ["a"]}) | {"x-amazon-apigateway-binary-media-types": ["*/*"]}
    if account.serve(wire).error:
        return REFUSED
    return "checked" if account.call("POST", "/checked", body="{}").status == 400 else "not checked"


@probe("What does a mock without a request template answer?", "200", "500", REFUSED)
def mock_without_template(account: Account) -> str:
    get = mock()
    del get["x-amazon-apigateway-integration"]["requestTemplates"]
    if account.serve(document({"/a": {"get": get}})).error:
        return REFUSED
    return "200" if account.call("GET", "/a").status == 200 else "500"


@probe("May a deployment that only a canary names be deleted?", "deleted", "kept")
def deployment_of_a_canary(account: Account) -> str:
    account.serve(document({"/a": {"get": mock()}}))
    settings = {"percentTraffic": 10.0}
    made = account.client.create_deployment(restApiId=account.api_id, stageName=STAGE, canarySettings=settings)
    try:
        account.client.delete_deployment(restApiId=account.api_id, deploymentId=made["id"])
    except ClientError:
        return "kept"
    finally:
        account.client.delete_stage(restApiId=account.api_id, stageName=STAGE)
    return "deleted"


@probe("How are braces of a path written in method settings?", "/~1a~1{id}/GET", "a/{id}/GET", "refused")
def braces_in_method_settings(account: Account) -> str:
    parameter = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    account.serve(document({"/a/{id}": {"get": mock(parameters=[parameter])}}))
    patch = {"op": "replace", "path": "/~1a~1{id}/GET/throttling/rateLimit", "value": "7"}
    try:
        stage = account.client.update_stage(restApiId=account.api_id, stageName=STAGE, patchOperations=[patch])
    except ClientError:
        return "refused"
    key = next(iter(stage.get("methodSettings", {})), "")
    return "a/{id}/GET" if key.lstrip("/") == "a/{id}/GET" else "/~1a~1{id}/GET"

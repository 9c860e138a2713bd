"""What API Gateway's importer refuses or quietly drops, as rules over a wire document. Knows nothing of the compiler.

Each rule has the grade of its evidence: D AWS's own text, R a user's report, S a recorded answer, M measured, I inferred. Where two
readings disagree, a rule wants what both accept. Sources: RESTRICTIONS 2, FACTS 2.13, 2.14, 8.18, 9.2 to 9.19, 10.1, 10.2.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import jsonschema

Wire = dict[str, Any]
Check = Callable[[Wire], Iterator[str]]

METHODS = {"get", "put", "post", "delete", "options", "head", "patch"}
MODEL_KEYWORDS = {
    "$ref", "type", "properties", "required", "items", "enum", "additionalProperties", "minLength", "maxLength", "pattern",
    "minimum", "maximum", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties",
}  # fmt: skip
PARAMETER_NAME = re.compile(r"^[a-zA-Z0-9:._-]+$")
SEGMENT = re.compile(r"^(?:[a-zA-Z0-9._:-]+|\{[a-zA-Z0-9._:-]+\+?\})$")
INTEGRATION = "x-amazon-apigateway-integration"
AUTHORIZER = "x-amazon-apigateway-authorizer"
VALIDATOR = "x-amazon-apigateway-request-validator"
_GATEWAY_RESPONSES = """
ACCESS_DENIED API_CONFIGURATION_ERROR AUTHORIZER_CONFIGURATION_ERROR AUTHORIZER_FAILURE BAD_REQUEST_BODY BAD_REQUEST_PARAMETERS
DEFAULT_4XX DEFAULT_5XX EXPIRED_TOKEN INTEGRATION_FAILURE INTEGRATION_TIMEOUT INVALID_API_KEY INVALID_SIGNATURE
MISSING_AUTHENTICATION_TOKEN QUOTA_EXCEEDED REQUEST_TOO_LARGE RESOURCE_NOT_FOUND THROTTLED UNAUTHORIZED UNSUPPORTED_MEDIA_TYPE
WAF_FILTERED
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """`grade` of the evidence, several when it conflicts."""

    name: str
    grade: str
    check: Check


RULES: list[Rule] = []


def rule(grade: str) -> Callable[[Check], Check]:
    """Registers a check under its own name."""

    def register(check: Check) -> Check:
        RULES.append(Rule(check.__name__, grade, check))
        return check

    return register


def complaints(wire: Wire) -> list[str]:
    """Everything the importer would complain about, or drop without a word."""
    return [f"{rule.name} ({rule.grade}): {complaint}" for rule in RULES for complaint in rule.check(wire)]


def operations(wire: Wire) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in wire["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def segments(path: str) -> list[str]:
    return path.split("/")[1:] if path != "/" else []


def variables(text: str) -> list[str]:
    return [name.rstrip("+") for name in re.findall(r"(?<!\$)\{(.*?)\}", text)]


def parameters(operation: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = operation.get("parameters", [])
    return found


def models(wire: Wire) -> dict[str, Any]:
    found: dict[str, Any] = wire.get("components", {}).get("schemas", {})
    return found


def inside(schema: Any) -> Iterator[dict[str, Any]]:
    """A schema and all schemas in it."""
    if not isinstance(schema, dict):
        return
    yield schema
    for child in (*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else [])):
        yield from inside(child)


def of_models(wire: Wire) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, model in models(wire).items():
        yield from ((name, schema) for schema in inside(model))


def schemes(wire: Wire) -> dict[str, Any]:
    found: dict[str, Any] = wire.get("components", {}).get("securitySchemes", {})
    return found


# 2.1 Document and version


@rule("D")
def version(wire: Wire) -> Iterator[str]:
    if wire["openapi"] != "3.0.1":
        yield f"{wire['openapi']!r}"


@rule("S")
def plain_json(wire: Wire) -> Iterator[str]:
    try:
        json.dumps(wire, allow_nan=False)
    except ValueError as error:
        yield str(error)


@rule("D")
def body_size(wire: Wire) -> Iterator[str]:
    size = len(json.dumps(wire, separators=(",", ":"), ensure_ascii=False).encode())
    if size > 6_000_000:
        yield f"{size} bytes"


@rule("D")
def members(wire: Wire) -> Iterator[str]:
    """Also the root `security`, which AWS says is not used and which a recording applies; and `servers`, see `basepath`."""
    for key in wire.keys() - {"openapi", "info", "paths", "components"}:
        if not key.startswith("x-amazon-apigateway-"):
            yield f"root member {key}"
    yield from (f"components.{key}" for key in wire.get("components", {}).keys() - {"schemas", "securitySchemes"})


@rule("D")
def documentation(wire: Wire) -> Iterator[str]:
    """2,000 documentation parts per API; each description is one."""
    for path, method, operation in operations(wire):
        told = operation.keys() & {"summary", "description", "tags", "externalDocs", "deprecated"}
        yield from (f"{key} of {method} {path}" for key in told)


@rule("D")
def extensions(wire: Wire) -> Iterator[str]:
    """Only AWS's are read; in models any is an unsupported keyword."""
    for path, method, operation in operations(wire):
        foreign = [key for key in operation if key.startswith("x-") and not key.startswith("x-amazon-apigateway-")]
        yield from (f"{key} of {method} {path}" for key in foreign)


@rule("I")
def references(wire: Wire) -> Iterator[str]:
    """Models are referred to by bodies and by each other, nothing else is."""
    allowed = {f"#/components/schemas/{name}" for name in models(wire)}

    def found(value: Any, *, is_map: bool) -> Iterator[Any]:
        if isinstance(value, list):
            for item in value:
                yield from found(item, is_map=False)
        for key, member in value.items() if isinstance(value, dict) else ():
            if key == "$ref" and not is_map:
                yield member
            else:
                yield from found(member, is_map=key == "properties" and not is_map)

    for path, method, operation in operations(wire):
        rest = {key: value for key, value in operation.items() if key != "requestBody"}
        yield from (f"{reference} of {method} {path}" for reference in found(rest, is_map=False))
    bodies = [operation.get("requestBody") for _, _, operation in operations(wire)]
    known = found([bodies, list(models(wire).values())], is_map=False)
    yield from (f"{reference} leads nowhere" for reference in known if reference not in allowed)


# 2.2 Paths and resources


@rule("D")
def resources(wire: Wire) -> Iterator[str]:
    prefixes = {"/".join(path.split("/")[: n + 1]) for path in wire["paths"] for n in range(1, path.count("/") + 1)}
    if len(prefixes | {"/"}) > 300:
        yield f"{len(prefixes | {'/'})}"


@rule("R")
def segment_charset(wire: Wire) -> Iterator[str]:
    for path in wire["paths"]:
        yield from (f"{part!r} of {path}" for part in segments(path) if not SEGMENT.match(part) and "{" not in part)


@rule("D")
def whole_segment_variables(wire: Wire) -> Iterator[str]:
    for path in wire["paths"]:
        yield from (f"{part!r} of {path}" for part in segments(path) if not SEGMENT.match(part) and "{" in part)


@rule("R")
def one_variable_per_place(wire: Wire) -> Iterator[str]:
    names: dict[str, set[str]] = {}
    for path in wire["paths"]:
        parts = path.split("/")
        for number, part in enumerate(parts):
            if part.startswith("{"):
                names.setdefault("/".join(parts[:number]), set()).add(part)
    yield from (f"{sorted(found)} under {parent or '/'}" for parent, found in names.items() if len(found) > 1)


@rule("I")
def a_variable_once(wire: Wire) -> Iterator[str]:
    yield from (path for path in wire["paths"] if len(set(variables(path))) != len(variables(path)))


@rule("D")
def greedy_last(wire: Wire) -> Iterator[str]:
    yield from (path for path in wire["paths"] if any(part.endswith("+}") for part in segments(path)[:-1]))


@rule("R")
def trailing_slash(wire: Wire) -> Iterator[str]:
    yield from (path for path in wire["paths"] if path != "/" and (path.endswith("/") or not path.startswith("/")))


@rule("I")
def methods(wire: Wire) -> Iterator[str]:
    yield from (f"{method} {path}" for path, method, _ in operations(wire) if method not in METHODS)


@rule("I")
def unique_operation_ids(wire: Wire) -> Iterator[str]:
    ids = [operation["operationId"] for _, _, operation in operations(wire) if "operationId" in operation]
    yield from {f"{name} twice" for name in ids if ids.count(name) > 1}


# 2.3 Parameters


def of_parameters(wire: Wire) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, method, operation in operations(wire):
        yield from ((f"{method} {path}", parameter) for parameter in parameters(operation))


@rule("D")
def parameter_members(wire: Wire) -> Iterator[str]:
    for where, parameter in of_parameters(wire):
        if set(parameter) != {"name", "in", "required", "schema"} or parameter["schema"] != {"type": "string"}:
            yield f"{where}: {parameter}"


@rule("R")
def parameter_names(wire: Wire) -> Iterator[str]:
    for where, parameter in of_parameters(wire):
        if not PARAMETER_NAME.match(parameter["name"]):
            yield f"{where}: {parameter['name']!r}"


@rule("D")
def parameter_places(wire: Wire) -> Iterator[str]:
    for where, parameter in of_parameters(wire):
        if parameter["in"] not in {"path", "query", "header"}:
            yield f"{where}: {parameter['name']} in {parameter['in']}"


@rule("D/I")
def no_required_headers(wire: Wire) -> Iterator[str]:
    """AWS minds their case, and OpenAPI does not."""
    for where, parameter in of_parameters(wire):
        if parameter["in"] == "header" and parameter["required"]:
            yield f"{where}: {parameter['name']}"


@rule("S")
def unique_parameter_names(wire: Wire) -> Iterator[str]:
    for path, method, operation in operations(wire):
        names = [parameter["name"] for parameter in parameters(operation)]
        yield from (f"{method} {path}: {name!r} twice" for name in set(names) if names.count(name) > 1)


@rule("S")
def path_parameters(wire: Wire) -> Iterator[str]:
    for path, method, operation in operations(wire):
        declared = {parameter["name"] for parameter in parameters(operation) if parameter["in"] == "path"}
        if declared != set(variables(path)):
            yield f"{method} {path} declares {sorted(declared)}"


# 2.4 Models


@rule("R")
def model_names(wire: Wire) -> Iterator[str]:
    yield from (name for name in models(wire) if not re.match(r"^[a-zA-Z0-9]+$", name))


@rule("S")
def predefined_models(wire: Wire) -> Iterator[str]:
    yield from (name for name in models(wire) if name.lower() in {"empty", "error"})


@rule("I")
def model_names_ignoring_case(wire: Wire) -> Iterator[str]:
    names = [name.lower() for name in models(wire)]
    yield from {name for name in names if names.count(name) > 1}


@rule("S")
def models_say_something(wire: Wire) -> Iterator[str]:
    yield from (name for name, model in models(wire).items() if not model)


@rule("D")
def model_size(wire: Wire) -> Iterator[str]:
    yield from (name for name, model in models(wire).items() if len(json.dumps(model).encode()) > 400_000)


@rule("R")
def model_keywords(wire: Wire) -> Iterator[str]:
    """Includes what reports disagree about: composition, exclusive bounds, null, extensions."""
    for name, schema in of_models(wire):
        yield from (f"{key} in {name}" for key in schema.keys() - MODEL_KEYWORDS)


@rule("R")
def no_null(wire: Wire) -> Iterator[str]:
    for name, schema in of_models(wire):
        if (
            not isinstance(schema.get("type", "object"), str)
            or schema.get("type") == "null"
            or None in schema.get("enum", [])
        ):
            yield name


@rule("I")
def references_stand_alone(wire: Wire) -> Iterator[str]:
    yield from (name for name, schema in of_models(wire) if isinstance(schema.get("$ref"), str) and len(schema) > 1)


@rule("I")
def no_property_called_reference(wire: Wire) -> Iterator[str]:
    yield from (name for name, schema in of_models(wire) if "$ref" in schema.get("properties", {}))


@rule("D/I")
def patterns_for_java_and_ecmascript(wire: Wire) -> Iterator[str]:
    for name, schema in of_models(wire):
        if re.search(r"\(\?|\\[bBsSpPuxkQE]|&&|\[\[|\[\^|(?<![\\\[])\.(?![^\[]*\])", schema.get("pattern", "")):
            yield f"{schema['pattern']!r} in {name}"


@rule("D")
def draft_4(wire: Wire) -> Iterator[str]:
    for name, model in models(wire).items():
        try:
            jsonschema.Draft4Validator.check_schema(model)
        except jsonschema.SchemaError as error:
            yield f"{name}: {error.message[:200]}"


@rule("I")
def only_request_models(wire: Wire) -> Iterator[str]:
    """Models that no body leads to are dead weight."""
    waiting = [body_model(operation) for _, _, operation in operations(wire)]
    used: set[str | None] = set()
    while waiting:
        name = waiting.pop()
        if name is not None and name not in used and name in models(wire):
            used.add(name)
            found = [s["$ref"] for s in inside(models(wire)[name]) if isinstance(s.get("$ref"), str)]
            waiting += [reference.rpartition("/")[2] for reference in found]
    yield from models(wire).keys() - used


def body_model(operation: dict[str, Any]) -> str | None:
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    reference = schema.get("$ref")
    return reference.rpartition("/")[2] if isinstance(reference, str) else None


@rule("R")
def bodies_refer_to_models(wire: Wire) -> Iterator[str]:
    """Inline and composed schemas are ignored: `Unsupported model type`."""
    for path, method, operation in operations(wire):
        if "requestBody" in operation and body_model(operation) not in models(wire):
            yield f"{method} {path}"


@rule("I")
def bodies_are_required_json(wire: Wire) -> Iterator[str]:
    """An empty body is validated as `{}`, and another type might meet the JSON model."""
    for path, method, operation in operations(wire):
        body = operation.get("requestBody")
        if body and (
            body.get("required") is not True or list(body["content"]) != ["application/json"] or method == "get"
        ):
            yield f"{method} {path}"


# 2.5 Responses and security


@rule("R")
def responses_exist(wire: Wire) -> Iterator[str]:
    yield from (f"{method} {path}" for path, method, operation in operations(wire) if not operation.get("responses"))


@rule("I")
def status_codes(wire: Wire) -> Iterator[str]:
    for path, method, operation in operations(wire):
        wrong = [status for status in operation.get("responses", {}) if not re.match(r"^\d{3}$", str(status))]
        yield from (f"{status} of {method} {path}" for status in wrong)


@rule("D")
def no_response_models(wire: Wire) -> Iterator[str]:
    for path, method, operation in operations(wire):
        if any(set(response) - {"description", "headers"} for response in operation.get("responses", {}).values()):
            yield f"{method} {path}"


@rule("D")
def api_key_schemes(wire: Wire) -> Iterator[str]:
    """Others are ignored, and the operation is open."""
    yield from (f"{name} is {scheme['type']}" for name, scheme in schemes(wire).items() if scheme["type"] != "apiKey")


@rule("R")
def schemes_have_authorizers(wire: Wire) -> Iterator[str]:
    for name, scheme in schemes(wire).items():
        is_key = scheme.get("name") == "x-api-key" and scheme.get("in") == "header"
        is_signed = scheme.get("x-amazon-apigateway-authtype") == "awsSigv4"
        if AUTHORIZER not in scheme and not is_key and not is_signed:
            yield name


@rule("S")
def authorizers_are_whole(wire: Wire) -> Iterator[str]:
    for name, scheme in schemes(wire).items():
        authorizer = scheme.get(AUTHORIZER)
        if authorizer is None:
            continue
        if "x-amazon-apigateway-authtype" not in scheme or authorizer.get("type") not in {
            "token",
            "request",
            "cognito_user_pools",
        }:
            yield name
        elif (
            authorizer.get("authorizerResultTtlInSeconds", 300)
            and authorizer["type"] == "request"
            and not authorizer.get("identitySource")
        ):
            yield f"{name} caches without identity sources"


@rule("D")
def authorizers(wire: Wire) -> Iterator[str]:
    number = sum(AUTHORIZER in scheme for scheme in schemes(wire).values())
    if number > 10:
        yield str(number)


@rule("D/S")
def security_on_each_operation(wire: Wire) -> Iterator[str]:
    """What the root says is applied or is not; CORS preflights are the exception."""
    for path, method, operation in operations(wire):
        is_preflight = method == "options" and operation.get(INTEGRATION, {}).get("type") == "mock"
        if not isinstance(operation.get("security"), list) and not is_preflight:
            yield f"{method} {path}"


@rule("I")
def one_authorizer_per_operation(wire: Wire) -> Iterator[str]:
    for path, method, operation in operations(wire):
        ways = operation.get("security", [])
        used = {name for way in ways for name in way}
        if len(ways) > 1 or len({name for name in used if AUTHORIZER in schemes(wire).get(name, {})}) > 1:
            yield f"{method} {path}"


@rule("R")
def schemes_exist(wire: Wire) -> Iterator[str]:
    used = {name for _, _, operation in operations(wire) for way in operation.get("security", []) for name in way}
    yield from used - schemes(wire).keys()


@rule("R")
def integrations(wire: Wire) -> Iterator[str]:
    for path, method, operation in operations(wire):
        found = operation.get(INTEGRATION)
        where = f"{method} {path}"
        if not isinstance(found, dict) or "$ref" in found:
            yield f"{where} has none"
            continue
        kind = str(found.get("type")).lower()
        if kind not in {"aws", "aws_proxy", "http", "http_proxy", "mock"}:
            yield f"{where}: type {kind}"
        if kind != "mock" and not (found.get("uri") and found.get("httpMethod")):
            yield f"{where} has no uri or httpMethod"
        if kind == "aws_proxy" and found.get("httpMethod") != "POST":
            yield f"{where}: functions are invoked by POST"


@rule("D")
def timeouts(wire: Wire) -> Iterator[str]:
    for path, method, operation in operations(wire):
        milliseconds = operation.get(INTEGRATION, {}).get("timeoutInMillis", 29_000)
        if not 50 <= milliseconds <= 29_000:
            yield f"{method} {path}: {milliseconds}"


@rule("R")
def mapped_parameters_are_declared(wire: Wire) -> Iterator[str]:
    for path, method, operation in operations(wire):
        declared = {parameter["name"] for parameter in parameters(operation)}
        for source in operation.get(INTEGRATION, {}).get("requestParameters", {}).values():
            match = re.match(r"^method\.request\.(?:path|querystring|header)\.(.+)$", source)
            if match and match.group(1) not in declared:
                yield f"{method} {path}: {source}"


@rule("D")
def uri_variables_are_mapped(wire: Wire) -> Iterator[str]:
    for path, method, operation in operations(wire):
        found = operation.get(INTEGRATION, {})
        mapped = [key for key in found.get("requestParameters", {}) if key.startswith("integration.request.path.")]
        names = {key.removeprefix("integration.request.path.") for key in mapped}
        if not found.get("uri", "arn:").startswith("arn:") and set(variables(found["uri"])) != names:
            yield f"{method} {path}: {found['uri']} maps {sorted(names)}"


@rule("D")
def validators_exist(wire: Wire) -> Iterator[str]:
    known = wire.get("x-amazon-apigateway-request-validators", {})
    used = {operation.get(VALIDATOR) for _, _, operation in operations(wire)} - {None}
    yield from (str(name) for name in used - known.keys())


@rule("D")
def bodies_are_validated(wire: Wire) -> Iterator[str]:
    """A model without a validator checks nothing."""
    known = wire.get("x-amazon-apigateway-request-validators", {})
    for path, method, operation in operations(wire):
        checks = known.get(operation.get(VALIDATOR), {})
        if "requestBody" in operation and not checks.get("validateRequestBody"):
            yield f"{method} {path}"


@rule("S")
def gateway_responses(wire: Wire) -> Iterator[str]:
    yield from wire.get("x-amazon-apigateway-gateway-responses", {}).keys() - set(_GATEWAY_RESPONSES.split())

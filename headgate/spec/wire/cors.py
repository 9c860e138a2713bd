"""The OPTIONS method of a resource: preflight is nothing special to API Gateway, so it is a MOCK that answers it (FACTS 2.15)."""

from __future__ import annotations

from typing import Any

from ..settings.project import Cors

# All preflight answers start so (Fetch standard).
_PREFLIGHT = "Access-Control-"


def preflight(cors: Cors, methods: list[str], parameters: list[dict[str, Any]]) -> dict[str, Any]:
    """The `options` operation for a resource that has these methods and declares these path parameters."""
    headers = {
        "Allow-Headers": f"'{','.join(cors.headers)}'",
        "Allow-Methods": f"'{','.join(cors.methods or sorted({*methods, 'OPTIONS'}))}'",
        "Max-Age": f"'{cors.max_age}'",
    }
    if cors.credentials:
        headers["Allow-Credentials"] = "'true'"
    if not cors.headers:
        del headers["Allow-Headers"]
    several = len(cors.origins) > 1
    if not several:
        headers["Allow-Origin"] = f"'{cors.origins[0]}'"
    mapped = {f"method.response.header.{_PREFLIGHT}{name}": value for name, value in headers.items()}
    mapped["method.response.header.Vary"] = "'Origin'"
    response: dict[str, Any] = {"statusCode": "204", "responseParameters": mapped}
    if several:
        response["responseTemplates"] = {"application/json": _choose_origin(cors.origins)}
    declared = [*headers, "Allow-Origin"] if several else list(headers)
    return {
        "parameters": parameters,
        "responses": {
            "204": {
                "description": "Preflight",
                "headers": {
                    **{_PREFLIGHT + name: {"schema": {"type": "string"}} for name in declared},
                    "Vary": {"schema": {"type": "string"}},
                },
            }
        },
        "x-amazon-apigateway-integration": {
            "type": "mock",
            # With `*/*` among the binary media types the request template would get bytes, and the answer be a 500.
            "contentHandling": "CONVERT_TO_TEXT",
            "requestTemplates": {"application/json": '{"statusCode":204}'},
            "passthroughBehavior": "when_no_match",
            "responses": {"default": response},
        },
    }


def shared(operation: dict[str, Any], cors: Cors) -> dict[str, Any]:
    """An operation whose integration's responses API Gateway makes itself, with the headers that let pages read them."""
    headers = {"Vary": "'Origin'"}
    if cors.credentials:
        headers[f"{_PREFLIGHT}Allow-Credentials"] = "'true'"
    if len(cors.origins) == 1:
        headers[f"{_PREFLIGHT}Allow-Origin"] = f"'{cors.origins[0]}'"
    start = _choose_origin(cors.origins) if len(cors.origins) > 1 else ""
    mapped = {f"method.response.header.{name}": value for name, value in headers.items()}
    declared = {name: {"schema": {"type": "string"}} for name in [*headers, f"{_PREFLIGHT}Allow-Origin"]}
    integration = operation["x-amazon-apigateway-integration"]
    responses = {
        key: {
            **response,
            "responseParameters": {**response.get("responseParameters", {}), **mapped},
            "responseTemplates": {media: start + text for media, text in response["responseTemplates"].items()},
        }
        for key, response in integration["responses"].items()
    }
    return {
        **operation,
        "responses": {
            status: {**response, "headers": {**response.get("headers", {}), **declared}}
            for status, response in operation["responses"].items()
        },
        "x-amazon-apigateway-integration": {**integration, "responses": responses},
    }


def _choose_origin(origins: list[str]) -> str:
    """VTL that repeats the request's origin when it is one of the list; responseOverride: FACTS 8.19."""
    tests = " || ".join(f'$origin == "{origin}"' for origin in origins)
    header = f"{_PREFLIGHT}Allow-Origin"
    return (
        '#set($origin = $input.params("origin"))\n'
        '#if($origin == "")#set($origin = $input.params("Origin"))#end\n'
        f"#if({tests})\n#set($context.responseOverride.header.{header} = $origin)\n#end\n"
    )

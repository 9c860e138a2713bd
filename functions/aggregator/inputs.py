"""The request as the plan's `$inputs`: typed parameters, the JSON body, and the principal's claims. Pure.

A parameter that is missing or of the wrong type is the client's mistake: 400 with every one of them named.
"""

import math
from collections.abc import Mapping
from typing import Any

import orjson

from ..shared.problem import Problem, ProblemError
from .events import Request
from .plan import Input, Plan

BOOLEANS = {"true": True, "false": False}
# Python reads thousands of digits at quadratic cost; no number that JSON can carry on needs more than these.
MAX_NUMBER_LENGTH = 64
MAX_INTEGER = 2**63  # orjson writes 64 bits


def read_inputs(plan: Plan, request: Request) -> dict[str, Any]:
    """Values by input name. Optional parameters that were not sent are absent."""
    values: dict[str, Any] = {}
    errors: list[dict[str, str]] = []
    for each in plan.inputs:
        try:
            _read_into(values, each, request)
        except ValueError as error:
            errors.append({"in": each.location, "name": each.name, "message": str(error)})
    if errors:
        detail = "; ".join(f"{error['in']} {error['name']}: {error['message']}" for error in errors)
        raise ProblemError(Problem(400, "invalid-request", "The request is not valid", detail, {"errors": errors}))
    if request.principal is not None:
        values["principal"] = claims(request.principal)
    return values


def _read_into(values: dict[str, Any], each: Input, request: Request) -> None:
    raw = (_body if each.location == "body" else _parameter)(each, request)
    if raw is not None:
        values[each.name] = raw
    elif each.default is not None:
        values[each.name] = each.default
    elif each.required:
        raise ValueError("is required and missing")


def claims(principal: Mapping[str, Any]) -> dict[str, Any]:
    """The authorizer's context with its `claims` member (JSON text of scalar claims) unfolded beneath it."""
    try:
        unfolded = orjson.loads(principal.get("claims") or "{}")
    except orjson.JSONDecodeError:
        unfolded = {}
    return {**(unfolded if isinstance(unfolded, dict) else {}), **{k: v for k, v in principal.items() if k != "claims"}}


def _body(each: Input, request: Request) -> Any:
    if not request.body:
        return None
    try:
        value = orjson.loads(request.body)
    except orjson.JSONDecodeError as error:
        raise ValueError("is not JSON") from error
    if each.kind in ("object", "array") and not isinstance(value, dict if each.kind == "object" else list):
        raise ValueError(f"is no JSON {each.kind}")
    return value


def _parameter(each: Input, request: Request) -> Any:
    texts = _texts(each, request)
    if not texts:
        return None
    if not all(text.isprintable() or _is_unicode(text) for text in texts):
        raise ValueError("is no Unicode text")
    if each.kind == "array":
        return list(texts) if each.explode and each.location == "query" else ",".join(texts).split(",")
    if len(texts) > 1:
        raise ValueError("is given more than once")
    return _typed(texts[0], each.kind)


def _texts(each: Input, request: Request) -> tuple[str, ...]:
    if each.location == "query":
        return request.query.get(each.key, ())
    if each.location == "path":
        value = request.path.get(each.key)
    elif each.location == "cookie":
        value = _cookies(request.headers.get("cookie", "")).get(each.key)
    else:
        value = request.headers.get(each.key.lower())
    return () if value is None else (value,)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _cookies(header: str) -> dict[str, str]:
    pairs = (part.strip().partition("=") for part in header.split(";"))
    return {name: value for name, separator, value in pairs if separator}


def _typed(text: str, kind: str) -> Any:
    if kind == "boolean":
        if text not in BOOLEANS:
            raise ValueError("is neither true nor false")
        return BOOLEANS[text]
    if kind not in ("integer", "number"):
        return text
    try:
        if len(text) > MAX_NUMBER_LENGTH or not text.isascii() or "_" in text or text.strip() != text:
            raise ValueError
        value = int(text) if kind == "integer" else float(text)
        if not -MAX_INTEGER <= value < MAX_INTEGER and (kind == "integer" or not math.isfinite(value)):
            raise ValueError
    except ValueError as error:
        raise ValueError(f"is no {kind}") from error
    return value

"""Named and inline schemas as models (FACTS 8.7, 9.5, 9.6): references become model URLs, unknown keywords are refused."""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ..errors import BadRequestError
from ..state import Document, Draft, Region
from .draft4 import broken

MODEL_URL = "https://apigateway.amazonaws.com/restapis/{api}/models/{name}"
MODEL_NAME = re.compile(r"[a-zA-Z0-9]+")
# FACTS 9.5 and user reports: the importer refuses models with these.
UNSUPPORTED = ("discriminator", "example", "examples", "$id", "dependentRequired")
_COMPOSED = ("oneOf", "anyOf", "allOf")
# Keywords whose value is a map of names to schemas, a schema or a list of schemas; everything else is data.
_NAMED = ("properties", "patternProperties", "definitions", "dependencies")
_NESTED = ("items", "additionalProperties", "not", "additionalItems", *_COMPOSED)


@dataclass(slots=True)
class Findings:
    """What an import has to say: errors refuse the document, warnings only with `failonwarnings` (FACTS 9.10)."""

    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def unsupported_keywords(schema: Any) -> list[str]:
    """The keywords in a schema that API Gateway refuses, property names apart."""
    return sorted({key for one in _walk(schema) for key in one if key in UNSUPPORTED})


def _walk(schema: Any) -> Iterable[Document]:
    if not isinstance(schema, dict):
        return
    yield schema
    for key, value in schema.items():
        inner: list[Any] = []
        if key in _NAMED and isinstance(value, dict):
            inner = list(value.values())
        elif key in _NESTED:
            inner = value if isinstance(value, list) else [value]
        for one in inner:
            yield from _walk(one)


def model_schema(schema: Any, prefix: str, rest_api_id: str) -> str:
    """The schema's text with references to named schemas turned into model URLs."""
    return json.dumps(_with_urls(schema, prefix, rest_api_id), indent=2, ensure_ascii=False, default=str)


def _with_urls(value: Any, prefix: str, rest_api_id: str) -> Any:
    if isinstance(value, list):
        return [_with_urls(one, prefix, rest_api_id) for one in value]
    if not isinstance(value, dict):
        return value
    found = {str(key): _with_urls(one, prefix, rest_api_id) for key, one in value.items()}
    target = found.get("$ref")
    if isinstance(target, str) and target.startswith(prefix):
        found["$ref"] = MODEL_URL.format(api=rest_api_id, name=target.removeprefix(prefix))
    return found


def add_model(region: Region, draft: Draft, *, name: str, schema: str, content_type: str = "application/json") -> None:
    """Put a model; one of the same name keeps its identifier."""
    known = draft.models.get(name)
    identifier = known["id"] if known else region.unused_id(6, {one["id"]: 0 for one in draft.models.values()})
    draft.models[name] = {"id": identifier, "name": name, "schema": schema, "contentType": content_type}


def import_schemas(region: Region, draft: Draft, schemas: Document, prefix: str, findings: Findings) -> None:
    """Every named schema as a model."""
    for name, schema in schemas.items():
        if not MODEL_NAME.fullmatch(str(name)):
            findings.warnings.append(f"Model name must be alphanumeric: {name}")
            continue
        text = model_schema(schema, prefix, draft.rest_api["id"])
        refused = refusal(json.loads(text))
        if refused:
            findings.errors.append(f"Unable to create model for '{name}': {refused}")
            continue
        add_model(region, draft, name=str(name), schema=text)


def refusal(schema: Any) -> str | None:
    """AWS's words about a schema with keywords it does not support, or that is none of draft 4 (FACTS 9.5, 9.20)."""
    keywords = unsupported_keywords(schema)
    if keywords:
        return _REFUSED.format(f"Invalid model schema specified. Unsupported keyword(s): {json.dumps(keywords)}")
    mistakes = broken(schema)
    return _REFUSED.format(", ".join(["Invalid model schema specified"] * mistakes)) if mistakes else None


_REFUSED = "Invalid model specified: Validation Result: warnings : [], errors : [{}]"


def model_for(region: Region, draft: Draft, schema: Any, *, prefix: str, where: str, findings: Findings) -> str | None:
    """The name of the model a body's schema stands for; an inline schema makes one. None: ignored, with a warning.

    `where` completes AWS's sentence, such as `request schema for 'PUT /test'`.
    """
    if not isinstance(schema, dict):
        findings.warnings.append(f"Unsupported model type 'Content' in {where}. Ignoring.")
        return None
    reference = schema.get("$ref")
    if isinstance(reference, str):
        return _named(draft, reference, prefix, findings)
    composed = next((one for one in _COMPOSED if one in schema), None)
    if composed is not None:
        findings.warnings.append(f"Unsupported model type 'ComposedSchema' in {where}. Ignoring.")
        return None
    text = model_schema(schema, prefix, draft.rest_api["id"])
    refused = refusal(json.loads(text))
    if refused:
        raise BadRequestError(refused)
    name = _inline_name(schema, prefix, text)
    if name not in draft.models:
        add_model(region, draft, name=name, schema=text)
    return name


def _named(draft: Draft, reference: str, prefix: str, findings: Findings) -> str | None:
    name = reference.removeprefix(prefix)
    if name in draft.models:
        return name
    findings.warnings.append(f"Reference to model '{name}' not found. Ignoring.")
    return None


def _inline_name(schema: Document, prefix: str, text: str) -> str:
    items = schema.get("items")
    if schema.get("type") == "array" and isinstance(items, dict) and str(items.get("$ref", "")).startswith(prefix):
        return f"ArrayOf{items['$ref'].removeprefix(prefix)}"
    return f"MODEL{hashlib.sha256(text.encode()).hexdigest()[:6]}"

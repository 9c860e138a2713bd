"""An OpenAPI document as text or value: parse it, know its version, follow its local references. Pure."""

import json
from typing import Any

import yaml

from ..errors import BadRequestError
from ..state import Document, Region

# FACTS 9.17
MAX_BYTES = 6 * 1024 * 1024
INVALID = "Invalid OpenAPI input."


def parse(body: bytes | str, variables: dict[str, str]) -> Document:
    """JSON or YAML -> a document of version 2.0 or 3.0; anything else is AWS's one message for it (FACTS 9.3).

    `variables` are AWS's own, `AWS::Region` -> `us-east-1`, substituted in the text (FACTS 9.12).
    """
    raw = body if isinstance(body, bytes) else body.encode()
    if len(raw) > MAX_BYTES:
        raise BadRequestError("Invalid OpenAPI input. The maximum size of the API definition file is 6MB")
    try:
        text = raw.decode("utf-8-sig")
        for name, value in variables.items():
            text = text.replace(f"${{{name}}}", value)
        document = _load(text)
    except (ValueError, yaml.YAMLError, RecursionError):
        raise BadRequestError(INVALID) from None
    if not isinstance(document, dict) or version(document) is None or not isinstance(document.get("paths", {}), dict):
        raise BadRequestError(INVALID)
    return document


def variables_of(region: Region) -> dict[str, str]:
    """AWS's own variables."""
    return {"AWS::AccountId": region.account_id, "AWS::Region": region.name, "AWS::Partition": region.partition}


def _load(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 (safe loaders both)


def version(document: Document) -> int | None:
    """2 or 3 for what API Gateway imports; None for everything else, 3.1 included (FACTS 9.3)."""
    if str(document.get("swagger")) == "2.0":
        return 2
    return 3 if str(document.get("openapi", "")).startswith("3.0") else None


def resolve(document: Document, node: Any) -> Any:
    """Follow `$ref`s to a place in the same document; a reference that leads nowhere is an empty object."""
    seen: set[str] = set()
    while isinstance(node, dict) and isinstance(node.get("$ref"), str):
        pointer = node["$ref"]
        if pointer in seen or not pointer.startswith("#/"):
            return {}
        seen.add(pointer)
        node = _at(document, pointer)
    return node


def _at(document: Document, pointer: str) -> Any:
    node: Any = document
    for token in pointer.removeprefix("#/").split("/"):
        key = token.replace("~1", "/").replace("~0", "~")
        if not isinstance(node, dict) or key not in node:
            return {}
        node = node[key]
    return node

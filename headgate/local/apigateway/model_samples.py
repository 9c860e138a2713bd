"""What AWS makes of a model: its flattened schema, and the mapping template GetModelTemplate generates. Pure.

Documented is the template of the model Empty, `{ }`; the sample values are those of the console's generated templates.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

_HEAD = "#set($inputRoot = $input.path('$'))\n"
_REFERENCE = re.compile(r"https://apigateway\.amazonaws\.com/restapis/[^/]+/models/(.+)")
_VALUES = {"integer": "42", "number": "3.14", "boolean": "true", "string": '"foo"', "null": "null"}
_DEEPEST = 10  # models may be circular (FACTS 9.6)


def template(schema: str, schemas: Mapping[str, str]) -> str:
    """A mapping template that writes one sample of the schema; `schemas` are the API's models by name."""
    try:
        value = json.loads(schema)
    except ValueError:
        return f"{_HEAD}{{ }}"
    return _HEAD + _sample(value, schemas, "$inputRoot", 0)


def _sample(schema: Any, schemas: Mapping[str, str], path: str, depth: int) -> str:
    found = _resolved(schema, schemas)
    kind = found.get("type")
    if kind == "array" and depth < _DEEPEST:
        inner = _sample(found.get("items") or {}, schemas, "$elem", depth + 1)
        head = "##TODO: Update this foreach loop to reference array from input json"
        return f"[\n{head}\n#foreach($elem in {path})\n {inner}#if($foreach.hasNext),#end\n\n#end\n]"
    properties = found.get("properties")
    if isinstance(properties, dict) and properties and depth < _DEEPEST:
        pad = "  " * (depth + 1)
        lines = [
            f'{pad}"{key}" : {_sample(one, schemas, f"{path}.{key}", depth + 1)}' for key, one in properties.items()
        ]
        return "{\n" + ",\n".join(lines) + f"\n{'  ' * depth}}}"
    return _VALUES.get(str(kind), "{ }")


def _resolved(schema: Any, schemas: Mapping[str, str]) -> dict[str, Any]:
    if not isinstance(schema, dict):
        return {}
    match = _REFERENCE.fullmatch(str(schema.get("$ref", "")))
    if match is None or match[1] not in schemas:
        return schema
    found = json.loads(schemas[match[1]])
    return found if isinstance(found, dict) else {}


def flattened(schema: str, schemas: Mapping[str, str]) -> str:
    """The schema with the models it refers to as `definitions` of its own."""
    try:
        value = json.loads(schema)
    except ValueError:
        return schema
    names: dict[str, Any] = {}
    inlined = _inlined(value, schemas, names)
    if not names:
        return schema
    return json.dumps({**inlined, "definitions": {**(inlined.get("definitions") or {}), **names}}, indent=2)


def _inlined(value: Any, schemas: Mapping[str, str], names: dict[str, Any]) -> Any:
    if isinstance(value, list):
        return [_inlined(one, schemas, names) for one in value]
    if not isinstance(value, dict):
        return value
    match = _REFERENCE.fullmatch(str(value.get("$ref", "")))
    if match is None or match[1] not in schemas:
        return {key: _inlined(one, schemas, names) for key, one in value.items()}
    if match[1] not in names:
        names[match[1]] = {}
        names[match[1]] = _inlined(json.loads(schemas[match[1]]), schemas, names)
    return {"$ref": f"#/definitions/{match[1]}"}

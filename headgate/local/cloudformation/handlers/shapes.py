"""CloudFormation's properties in the shape a boto3 operation wants: names in the API's case, text as the number it stands for.

`conform("apigateway", "CreateUsagePlan", {"Throttle": {"RateLimit": "5"}})` -> `{"throttle": {"rateLimit": 5.0}}`. The shapes are
AWS's own, as botocore carries them, so a handler only spells out what differs by more than case.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

import botocore.session
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape


def conform(service: str, operation: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of an operation; a property that it does not have is left out."""
    shape = _model(service).operation_model(operation).input_shape
    return cast(dict[str, Any], _conform(dict(properties), shape))


@cache
def _session() -> botocore.session.Session:
    return botocore.session.get_session()


@cache
def _model(service: str) -> ServiceModel:
    return _session().get_service_model(service)


def _conform(value: Any, shape: Shape | None) -> Any:
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        members = {name.lower(): (name, member) for name, member in shape.members.items()}
        known = ((members[key.lower()], item) for key, item in value.items() if key.lower() in members)
        return {name: _conform(item, member) for (name, member), item in known}
    if isinstance(shape, ListShape):
        return [_conform(item, shape.member) for item in (value if isinstance(value, list) else [value])]
    if isinstance(shape, MapShape) and isinstance(value, Mapping):
        return {key: _conform(item, shape.value) for key, item in value.items()}
    return _scalar(value, shape.type_name if shape is not None else "string")


def _scalar(value: Any, kind: str) -> Any:
    if kind in {"integer", "long"} and isinstance(value, (str, float)):
        return int(value)
    if kind in {"float", "double"} and isinstance(value, (str, int)):
        return float(value)
    if kind == "boolean":
        return is_true(value)
    if kind == "string" and isinstance(value, bool):
        return str(value).lower()
    if kind == "string" and isinstance(value, (int, float)):
        return str(value)
    return value


def is_true(value: Any) -> bool:
    """A property that may be a boolean or its text, as parameters are."""
    return value is True or str(value).lower() == "true"


def tag_map(tags: Any) -> dict[str, str]:
    """`[{"Key": "a", "Value": "b"}]` -> `{"a": "b"}`; a map passes."""
    if isinstance(tags, Mapping):
        return {str(key): str(value) for key, value in tags.items()}
    return {tag["Key"]: str(tag["Value"]) for tag in tags or ()}

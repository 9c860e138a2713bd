"""What AWS's front end refuses before an operation sees the request: values of another type than the model's, and tags. Pure.

Recorded: `class java.lang.Boolean can not be converted to an String`, as a SerializationException.
"""

import json
from collections.abc import Iterable
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from .errors import BadRequestError
from .state import Document

_NUMBER = "class com.amazon.coral.value.json.numbers.TruncatingBigNumber"
# Tagging restrictions, API Gateway Developer Guide, "Tag restrictions".
MAX_TAGS, MAX_TAG_KEY, MAX_TAG_VALUE = 50, 128, 256


class SerializationError(Exception):
    """A request that does not fit the model. AWS's code for it is no error of the service's model."""


def check_types(model: OperationModel, body: bytes) -> None:
    """Refuse texts that are numbers, booleans, lists or maps, and structures that are none.

    Numbers are not looked at: AWS's operations have refusals of their own for those that are none (FACTS 10.5).
    """
    shape = model.input_shape
    if shape is None or "payload" in shape.serialization or not body.strip():
        return
    try:
        value = json.loads(body)
    except ValueError:
        raise SerializationError("Unable to parse the request body as JSON") from None
    _check(shape, value)


def check_numbers(body: bytes) -> None:
    """Say what is wrong with a request one of whose numbers is none; recorded for the compression size (FACTS 10.5)."""
    given = json.loads(body) if body.strip() else {}
    if "minimumCompressionSize" in given:
        raise BadRequestError("Invalid minimum compression size, must be between 0 and 10485760")
    raise SerializationError("class java.lang.String can not be converted to a number")


def _check(shape: Shape, value: Any) -> None:
    if value is None:
        return
    if isinstance(shape, StructureShape | MapShape) and not isinstance(value, dict):
        raise SerializationError("Unexpected token received from parser" if _is_scalar(value) else _unexpected(value))
    if isinstance(shape, ListShape) and not isinstance(value, list):
        raise SerializationError("Expected list or null" if _is_scalar(value) else _unexpected(value))
    if shape.type_name == "string":
        _check_text(value)
    for one, inner in _members(shape, value):
        _check(one, inner)


def _is_scalar(value: Any) -> bool:
    return not isinstance(value, dict | list)


def _unexpected(value: Any) -> str:
    what = "list" if isinstance(value, list) else "structure or map"
    return f"Start of {what} found where not expected."


def _check_text(value: Any) -> None:
    if isinstance(value, bool):
        raise SerializationError("class java.lang.Boolean can not be converted to an String")
    if isinstance(value, int | float):
        raise SerializationError(f"{_NUMBER} can not be converted to an String")
    if not isinstance(value, str):
        raise SerializationError(_unexpected(value))


def _members(shape: Shape, value: Any) -> Iterable[tuple[Shape, Any]]:
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            place = member.serialization
            if "location" not in place:
                yield member, value.get(place.get("name", name))
    elif isinstance(shape, MapShape):
        yield from ((shape.value, one) for one in value.values())
    elif isinstance(shape, ListShape):
        yield from ((shape.member, one) for one in value)


def check_tags(given: Document) -> None:
    """At most 50, of limited length, none in AWS's own name space."""
    tags = given.get("tags")
    if not isinstance(tags, dict):
        return
    if len(tags) > MAX_TAGS:
        raise BadRequestError(f"Tag limit exceeded: at most {MAX_TAGS} tags are allowed")
    for key, value in tags.items():
        if not 0 < len(key) <= MAX_TAG_KEY or len(str(value)) > MAX_TAG_VALUE:
            raise BadRequestError(
                f"Invalid tag: keys have 1 to {MAX_TAG_KEY} characters, values at most {MAX_TAG_VALUE}"
            )
        if key.lower().startswith("aws:"):
            raise BadRequestError("Invalid tag key: the prefix aws: is reserved")

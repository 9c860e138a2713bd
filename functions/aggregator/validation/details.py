"""A schema error as a sentence that holds the schema's words and never the request's: values may be secrets. Pure."""

import json
from typing import Any

from .violations import MAX_TEXT, shortened

_SENTENCES = {
    "UniqueItems": "must not hold an item twice",
    "Contains": "holds no item of the wanted kind, or not the wanted number of them",
    "AnyOf": "keeps none of the alternatives",
    "OneOfNotValid": "keeps none of the alternatives",
    "OneOfMultipleValid": "keeps more than one of the alternatives",
    "Not": "is of a kind that is excluded",
    "FalseSchema": "is not allowed here",
    "BacktrackLimitExceeded": "cannot be checked in a reasonable time",
    "RegexEngineFailure": "cannot be checked in a reasonable time",
    "PropertyNames": "has a property whose name is not allowed",
    "AdditionalItems": "has too many items",
    "UnevaluatedItems": "has too many items",
}
_BOUNDS = {
    "Minimum": "must be at least {}",
    "Maximum": "must be at most {}",
    "ExclusiveMinimum": "must be more than {}",
    "ExclusiveMaximum": "must be less than {}",
    "MinLength": "must have at least {} characters",
    "MaxLength": "must have at most {} characters",
    "MinItems": "must have at least {} items",
    "MaxItems": "must have at most {} items",
    "MinProperties": "must have at least {} properties",
    "MaxProperties": "must have at most {} properties",
}


def detail(error: Any) -> str:
    """What an error of the schema library says, without the value."""
    kind = error.kind
    name = type(kind).__name__
    if name in _BOUNDS:
        return _BOUNDS[name].format(kind.limit)
    if name in _SENTENCES:
        return _SENTENCES[name]
    said = _SAYING.get(name)
    return said(kind) if said is not None else "is not valid"


def _options(values: list[Any]) -> str:
    text = ", ".join(json.dumps(value, ensure_ascii=False) for value in values)
    return f"must be one of {text}" if len(text) <= MAX_TEXT else "is none of the values that are listed"


_SAYING = {
    "Type": lambda kind: f"must be of type {' or '.join(kind.types)}",
    "Required": lambda kind: f"needs the property {shortened(kind.property)}",
    "Enum": lambda kind: _options(kind.options),
    "Constant": lambda kind: _options([kind.expected_value]),
    "Format": lambda kind: f"must be in the format {kind.format}",
    "Pattern": lambda kind: f"must match {shortened(kind.pattern)}",
    "MultipleOf": lambda kind: f"must be a multiple of {kind.multiple_of}",
    "AdditionalProperties": lambda kind: _unknown(kind.unexpected),
    "UnevaluatedProperties": lambda kind: _unknown(kind.unexpected),
}


def _unknown(names: list[str]) -> str:
    return "must not have the property " + shortened(", ".join(names))

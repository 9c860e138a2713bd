"""What expressions may name while a workflow is compiled, and what they become: (tree, shape) pairs.

A `Names` knows the inputs, every step's outputs and, inside a step, that step's own request and response.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from ..diagnostics.records import Diagnostic
from ..source.document import Located
from .conditions import parse_condition
from .references import BadExpressionError, Reference, is_expression, members, parse_reference, split_text
from .shapes import UNKNOWN, NothingThereError, Shape, inside, shape_of_value

Tree = dict[str, Any]

DEGRADED_TREE: Tree = {"step": "$degraded", "output": "parts", "pointer": []}


@dataclass(frozen=True, slots=True)
class Value:
    """A compiled expression with what is known about its values."""

    tree: Tree
    shape: Shape = UNKNOWN


NULL = Value({"const": None})


@dataclass(frozen=True, slots=True)
class Response:
    """The reply a step works with. `media_type` None: the document does not say what the body is."""

    body: Shape
    media_type: str | None


@dataclass(frozen=True, slots=True)
class Names:
    """Everything an expression may refer to at one place; an empty mapping or None means it may not."""

    inputs: Mapping[str, Shape]
    steps: Mapping[str, Mapping[str, Shape]]
    problems: list[Diagnostic] = field(compare=False)
    response: Response | None = None
    request: Mapping[tuple[str, str], Value] | None = None
    method: str = ""
    outputs: Mapping[str, Value] | None = None


def compile_value(raw: Any, at: Located, names: Names) -> Value:
    """A payload, parameter or output as written, expressions inside it resolved. Problems are collected, null stands in."""
    if isinstance(raw, dict) and "context" in raw and "selector" in raw:
        return _selector(raw, at, names)
    if isinstance(raw, dict):
        parts = {key: compile_value(value, at.child(key), names) for key, value in raw.items()}
        if all("const" in part.tree for part in parts.values()):
            return Value({"const": raw}, shape_of_value(raw))
        return Value({"object": {key: part.tree for key, part in parts.items()}}, shape_of_value(raw))
    if isinstance(raw, list):
        items = [compile_value(value, at.child(number), names) for number, value in enumerate(raw)]
        if all("const" in item.tree for item in items):
            return Value({"const": raw}, shape_of_value(raw))
        return Value({"array": [item.tree for item in items]}, shape_of_value(raw))
    if not isinstance(raw, str):
        return Value({"const": raw}, shape_of_value(raw))
    return _text(raw, at, names)


def compile_condition(text: str, at: Located, names: Names) -> Tree | None:
    """A simple condition, or None with its problem collected."""
    try:
        return parse_condition(text, lambda reference: resolve(reference, at, names).tree)
    except BadExpressionError as error:
        names.problems.append(at.problem("HG175", str(error), fix="write it as $statusCode == 200"))
        return None


def steps_read(tree: Any) -> set[str]:
    """Ids of the steps whose outputs a tree reads."""
    if isinstance(tree, list):
        return set().union(*(steps_read(item) for item in tree))
    if not isinstance(tree, dict) or "const" in tree:
        return set()
    if "step" in tree and isinstance(tree["step"], str):
        return {tree["step"]} - {DEGRADED_TREE["step"]}
    return set().union(*(steps_read(value) for value in tree.values()))


def _text(raw: str, at: Located, names: Names) -> Value:
    try:
        if is_expression(raw):
            return resolve(parse_reference(raw), at, names)
        parts = split_text(raw)
    except BadExpressionError as error:
        names.problems.append(at.problem("HG175", str(error), fix="correct the expression"))
        return NULL
    if all(isinstance(part, str) for part in parts):
        return Value({"const": raw}, shape_of_value(raw))
    trees = [{"const": part} if isinstance(part, str) else resolve(part, at, names).tree for part in parts]
    return Value({"text": trees}, shape_of_value(raw))


def _selector(raw: dict[str, Any], at: Located, names: Names) -> Value:
    """A Selector Object of Arazzo 1.1; JSON pointers only."""
    context, selector = raw["context"], raw["selector"]
    if raw.get("type", "jsonpointer") != "jsonpointer" or not isinstance(selector, str) or "#" in str(context):
        problem = at.problem("HG171", "a selector of this type is not run", fix="use type: jsonpointer")
        names.problems.append(problem)
        return NULL
    return _text(f"{context}#{selector}", at, names)


def resolve(reference: Reference, at: Located, names: Names) -> Value:
    """What a reference stands for here; an unknown one is a problem and null."""
    try:
        return _RESOLVERS[reference.kind](reference, names)
    except _UnknownError as error:
        names.problems.append(at.problem("HG174", error.args[0], fix=error.args[1]))
    except NothingThereError as error:
        names.problems.append(at.problem("HG176", f"{at.value!r}: {error}", fix="correct the pointer or the schema"))
    except BadExpressionError as error:
        names.problems.append(at.problem("HG175", str(error), fix="use it where it has a value"))
    return NULL


class _UnknownError(Exception):
    def __init__(self, what: str, wanted: str, known: Any) -> None:
        close = get_close_matches(wanted, list(known), n=1)
        fix = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(sorted(known)) or 'none'}"
        super().__init__(f"{what} {wanted!r} does not exist", fix)


def _named(dotted: str, known: Any) -> tuple[str, tuple[str, ...]] | None:
    """The longest known name a dotted text starts with, and the members behind it."""
    candidates = [name for name in known if dotted == name or dotted.startswith((f"{name}.", f"{name}["))]
    if not candidates:
        return None
    name = max(candidates, key=len)
    return name, members(dotted[len(name) :])


def _input(reference: Reference, names: Names) -> Value:
    found = _named(reference.name, names.inputs)
    if found is None:
        raise _UnknownError("input", reference.name.partition(".")[0], names.inputs)
    name, path = found
    pointer = (*path, *reference.pointer)
    if name == "principal":
        if len(pointer) != 1:
            raise BadExpressionError("$inputs.principal needs the name of one claim: $inputs.principal.sub")
        return Value({"input": "principal", "pointer": list(pointer)}, Shape(is_optional=pointer != ("sub",)))
    return Value({"input": name, "pointer": list(pointer)}, inside(names.inputs[name], pointer))


def _step(reference: Reference, names: Names) -> Value:
    outputs = names.steps.get(reference.name)
    if outputs is None:
        raise _UnknownError("step", reference.name, names.steps)
    found = _named(reference.member, outputs)
    if found is None:
        raise _UnknownError(f"output of step {reference.name!r}", reference.member, outputs)
    output, path = found
    pointer = (*path, *reference.pointer)
    tree = {"step": reference.name, "output": output, "pointer": list(pointer)}
    return Value(tree, inside(outputs[output], pointer))


def _output(reference: Reference, names: Names) -> Value:
    if names.outputs is None:
        raise BadExpressionError("$outputs has a value only in x-headgate.respond")
    found = _named(reference.name, names.outputs)
    if found is None:
        raise _UnknownError("output", reference.name, names.outputs)
    name, path = found
    value, pointer = names.outputs[name], (*path, *reference.pointer)
    if not pointer:
        return value
    if "pointer" not in value.tree:
        raise BadExpressionError(f"$outputs.{name} is put together here: it cannot be pointed into")
    tree = {**value.tree, "pointer": [*value.tree["pointer"], *pointer]}
    return Value(tree, inside(value.shape, pointer))


def _response(names: Names, what: str) -> Response:
    if names.response is None:
        raise BadExpressionError(f"{what} has a value only in a step's criteria and outputs")
    return names.response


def _body(reference: Reference, names: Names) -> Value:
    response = _response(names, "$response.body")
    if response.media_type is not None and "json" not in response.media_type:
        raise NothingThereError(f"the operation answers {response.media_type}, not JSON")
    return Value({"body": list(reference.pointer)}, inside(response.body, reference.pointer))


def _header(reference: Reference, names: Names) -> Value:
    _response(names, "$response.header")
    return Value({"header": reference.name.lower()}, Shape(frozenset({"string"}), is_optional=True))


def _status(_: Reference, names: Names) -> Value:
    _response(names, "$statusCode")
    return Value({"status": True}, Shape(frozenset({"integer"})))


def _method(_: Reference, names: Names) -> Value:
    _response(names, "$method")
    return Value({"const": names.method}, shape_of_value(names.method))


def _request(reference: Reference, names: Names) -> Value:
    if names.request is None:
        raise BadExpressionError("$request has a value only in a step's criteria and outputs")
    sent = {f"{location}.{name}" if name else location: value for (location, name), value in names.request.items()}
    wanted = f"{reference.name}.{reference.member}" if reference.member else reference.name
    if wanted not in sent:
        raise _UnknownError("part of the request", wanted, sent)
    if reference.pointer:
        raise BadExpressionError("$request.body cannot be pointed into; use the expression it was made of")
    return sent[wanted]


_RESOLVERS = {
    "input": _input,
    "step": _step,
    "output": _output,
    "body": _body,
    "header": _header,
    "status": _status,
    "method": _method,
    "request": _request,
}

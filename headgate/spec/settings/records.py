"""Reads a part of a file into a pydantic model and says what is wrong with it in the file's own terms."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from ..diagnostics.records import Diagnostic
from ..source.document import Located

Model = TypeVar("Model", bound=BaseModel)


_WANTED = "wanted: "


class Record(BaseModel):
    """Frozen, strict about types and about unknown keys; keys in files are written with dashes."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        populate_by_name=True,
        defer_build=True,
        alias_generator=lambda name: name.replace("_", "-"),
    )


def read_record(model: type[Model], at: Located, code: str, problems: list[Diagnostic]) -> Model | None:
    """The model, or None with every mistake added to `problems`."""
    try:
        return model.model_validate(at.value)
    except ValidationError as error:
        found = error.errors(include_url=False)
        problems += _joined([_problem(model, at, code, dict(item)) for item in found if not _is_echo(item, found)])
        return None


def _is_echo(item: Any, found: list[Any]) -> bool:
    """For 'text or object' pydantic complains once per branch; the branch that does not fit the value's shape is noise."""
    branch_of = {"str": dict, "list[str]": dict}.get(str(item["loc"][-1])) if item["loc"] else None
    deeper = any(other["loc"][: len(item["loc"]) - 1] == item["loc"][:-1] and other is not item for other in found)
    return branch_of is not None and isinstance(item["input"], branch_of) and deeper


def _joined(problems: list[Diagnostic]) -> list[Diagnostic]:
    """One problem per place and message: what several branches want is joined by "or"."""
    joined: dict[tuple[str, str], Diagnostic] = {}
    for problem in problems:
        key = problem.pointer, problem.message
        other = joined.get(key)
        if other is not None and problem.fix not in other.fix:
            problem = replace(problem, fix=f"{other.fix} or {problem.fix.removeprefix(_WANTED)}")  # noqa: PLW2901
        joined[key] = problem if other is None or problem.fix != other.fix else other
    return list(joined.values())


def _problem(model: type[BaseModel], at: Located, code: str, error: dict[str, Any]) -> Diagnostic:
    here, missing = _place(at, error["loc"])
    where = "/".join(here.pointer.removeprefix(at.pointer).split("/")[1:]).replace("~1", "/") or at.document.name
    if error["type"] == "extra_forbidden":
        name = str(error["loc"][-1])
        return here.problem(code, f"{name!r} is not known here", fix=_suggestion(model, name, error["loc"]))
    if error["type"] == "missing":
        return here.problem(code, f"{where}: {missing!r} is missing", fix=f"add {missing}")
    got = _short(error["input"])
    context = error.get("ctx") or {}
    if isinstance(context.get("error"), ValueError):
        return here.problem(code, f"{where}: {context['error']}", fix=f"it says {got}")
    return here.problem(code, f"{where} is {got}", fix=_WANTED + _wanted(error))


def _place(at: Located, loc: tuple[Any, ...]) -> tuple[Located, str]:
    """The deepest existing value on the way, and the first name that does not exist. Names of union branches are skipped."""
    here, missing = at, ""
    for key in loc:
        inside = here.value
        if (isinstance(inside, dict) and key in inside) or (
            isinstance(inside, list) and isinstance(key, int) and key < len(inside)
        ):
            here, missing = here.child(key), ""
        else:
            missing = str(key)
    return here, missing


def _suggestion(model: type[BaseModel], name: str, loc: tuple[Any, ...]) -> str:
    known = _known_keys(model, loc[:-1])
    close = get_close_matches(name, known, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known: {', '.join(known)}" if known else "remove it"


def _known_keys(model: type[BaseModel], loc: tuple[Any, ...]) -> list[str]:
    """Keys of the record at `loc`, found through the model's own JSON schema."""
    schema: dict[str, Any] = model.model_json_schema(by_alias=True)
    definitions = schema.get("$defs", {})
    nodes = [schema]
    for key in loc:
        step = [_inner(node, key, definitions) for node in nodes]
        nodes = [node for nodes_of in step for node in nodes_of] or nodes
    return sorted({name for node in nodes for name in node.get("properties", {})})


def _inner(node: dict[str, Any], key: Any, definitions: dict[str, Any]) -> list[dict[str, Any]]:
    following = [node.get("properties", {}).get(key), node.get("additionalProperties")]
    if isinstance(key, int):
        following.append(node.get("items"))
    return [resolved for item in following if isinstance(item, dict) for resolved in _resolved(item, definitions)]


def _resolved(node: dict[str, Any], definitions: dict[str, Any]) -> list[dict[str, Any]]:
    branches = [node, *node.get("anyOf", []), *node.get("allOf", [])]
    names = [branch["$ref"].rsplit("/", 1)[-1] for branch in branches if "$ref" in branch]
    return [branch for branch in branches if "$ref" not in branch] + [definitions[name] for name in names]


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _wanted(error: dict[str, Any]) -> str:
    if error["type"] in {"model_type", "dict_type"}:
        return "an object"
    message = str(error["msg"])
    return (message[:1].lower() + message[1:]).removeprefix("input should be ")

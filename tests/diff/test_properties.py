"""What must hold for every pair of documents: nothing is nothing, removed is breaking, there is back, and safe means safe."""

import copy
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from headgate.diff import compare, read_surface
from headgate.diff.sameness import Untouched

from .documents import BASE, Document, compared, of_answer, of_body

DOCUMENTS = sorted((Path(__file__).parents[1] / "spec" / "documents").glob("*.y*ml"))
ROOT = Path(__file__).parents[2]
RELAXED = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

NAMES = ("a", "b", "c")


@cache  # a strategy is built once, not at every draw
def schemas() -> st.SearchStrategy[Any]:
    """Small schemas of the kinds that documents have, objects closed or saying nothing about other members."""
    small = st.integers(0, 3)
    leaf = st.one_of(
        st.sampled_from([{"type": name} for name in ("string", "integer", "number", "boolean", "null")]),
        st.builds(lambda low: {"type": "integer", "minimum": low}, small),
        st.builds(lambda high: {"type": "integer", "exclusiveMaximum": high}, small),
        st.builds(lambda n: {"type": "number", "multipleOf": n + 1}, small),
        st.builds(lambda n: {"type": "string", "maxLength": n}, small),
        st.builds(lambda n: {"type": "string", "minLength": n}, small),
        st.builds(
            lambda values: {"enum": values}, st.lists(st.sampled_from(["x", "y", 1, 2, None]), min_size=1, max_size=3)
        ),
        st.builds(
            lambda types: {"type": types},
            st.lists(st.sampled_from(["string", "integer", "null"]), min_size=1, unique=True),
        ),
    )
    return st.recursive(leaf, _bigger, max_leaves=6)


def _bigger(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    members = st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)
    names = st.lists(st.sampled_from(NAMES), max_size=2, unique=True)
    return st.one_of(
        st.builds(_object, members, names, st.booleans()),
        st.builds(lambda items, most: {"type": "array", "items": items, "maxItems": most}, inner, st.integers(0, 3)),
        st.builds(lambda branches: {"anyOf": branches}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda branches: {"oneOf": branches}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda branches: {"allOf": branches}, st.lists(inner, min_size=1, max_size=2)),
    )


def _object(members: dict[str, Any], required: list[str], closed: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"type": "object", "properties": members, "required": required}
    return {**found, "additionalProperties": False} if closed else found


def mutations(schema: Any) -> st.SearchStrategy[Any]:
    """A schema beside another: with a part replaced, so that many pairs are nearly the same."""
    return st.one_of(
        schemas(),
        st.builds(lambda new, seed: _replaced(copy.deepcopy(schema), new, seed), schemas(), st.integers(0, 9)),
    )


def _replaced(schema: Any, new: Any, seed: int) -> Any:
    places = [(holder, key) for holder in _holders(schema) for key in holder]
    if not places:
        return new
    holder, key = places[seed % len(places)]
    holder[key] = new
    return schema


def _holders(schema: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict):
            found.append(schema["properties"])
            for member in schema["properties"].values():
                found += _holders(member)
        for keyword in ("anyOf", "oneOf", "allOf"):
            for branch in schema.get(keyword, []):
                found += _holders(branch)
    return found


def described(value: Any, schema: Any) -> bool:
    """Whether a value has only members that its schema describes: clients send what is described and nothing else."""
    holders = _level(schema)
    if isinstance(value, dict):
        return all(any(name in h and described(member, h[name]) for h in holders) for name, member in value.items())
    if isinstance(value, list):
        return all(described(item, inner) for item in value for inner in _items(schema))
    return True


def _level(schema: Any) -> list[dict[str, Any]]:
    """The `properties` that hold at one level."""
    branches = [branch for keyword in ("anyOf", "oneOf", "allOf") for branch in schema.get(keyword, [])]
    return [schema.get("properties", {}), *(holder for branch in branches for holder in _level(branch))]


def _items(schema: Any) -> list[Any]:
    branches = [branch for keyword in ("anyOf", "oneOf", "allOf") for branch in schema.get(keyword, [])]
    own = [schema["items"]] if "items" in schema else []
    return [*own, *(items for branch in branches for items in _items(branch))]


ATOMS: list[Any] = [None, True, 0, 1, 2, 3, 4, -1, 0.5, "", "x", "y", "xx", "xxxx"]
FLAT: list[Any] = [*ATOMS, [], [1], ["x"], ["x", 1], [None, None, None], {}, {"a": 1}, {"b": "x"}, {"a": None, "b": 2}]
VALUES: list[Any] = [
    *FLAT,
    *([value] for value in FLAT),
    *({name: value} for name in NAMES for value in FLAT),
    *({"a": one, "b": other} for one in ("x", 1) for other in ATOMS),
    *({"a": "x", "b": 1, "c": other} for other in ATOMS),
]


def accepted(schema: Any) -> list[bool]:
    validator = jsonschema_rs.Draft202012Validator(schema)
    return [validator.is_valid(value) for value in VALUES]


def lost(old: Any, new: Any, reading: Any) -> list[Any]:
    """Values that the one accepts and the other refuses, of those that `reading` describes."""
    pairs = zip(VALUES, accepted(old), accepted(new), strict=True)
    return [value for value, before, after in pairs if before and not after and described(value, reading)]


@pytest.mark.parametrize("path", [*DOCUMENTS, ROOT], ids=lambda path: path.name)
@pytest.mark.parametrize("is_quick", [True, False], ids=["quick", "thorough"])
def test_a_document_beside_itself_has_no_changes(path: Path, is_quick: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not is_quick:
        monkeypatch.setattr(Untouched, "is_clean", lambda self, old, new: False)
    old, new = (read_surface(path)[0] for _ in range(2))
    assert old is not None
    assert new is not None

    assert compare(old, new) == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_removing_an_operation_is_breaking_and_back_it_is_added(path: Path) -> None:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    for route, item in document["paths"].items():
        for method in [key for key in item if key in {"get", "put", "post", "delete", "patch"}][:1]:
            less = copy.deepcopy(document)
            del less["paths"][route][method]
            gone, back = compared(_plain(document), _plain(less)), compared(_plain(less), _plain(document))
            assert [(c.severity, c.rule) for c in gone if "operation" in c.rule] in (
                [("breaking", "operation-removed")],
                [("breaking", "deprecated-operation-removed")],
            )
            assert [(c.severity, c.rule) for c in back] == [("safe", "operation-added")]


def _plain(document: Document) -> Document:
    """Dates that YAML made are texts in JSON."""
    return yaml.load(yaml.safe_dump(document), yaml.BaseLoader) if _has_dates(document) else document


def _has_dates(value: Any) -> bool:
    if isinstance(value, dict):
        return any(not isinstance(key, str) or _has_dates(member) for key, member in value.items())
    return (
        any(map(_has_dates, value))
        if isinstance(value, list)
        else not isinstance(value, str | int | float | bool | None)
    )


@RELAXED
@given(schemas())
def test_a_schema_beside_itself_has_no_changes(schema: Any) -> None:
    assert compared(of_body(schema), of_body(copy.deepcopy(schema))) == []


@RELAXED
@given(st.data())
def test_what_is_safe_for_requests_accepts_all_that_was_accepted(data: st.DataObject) -> None:
    old = data.draw(schemas(), "old")
    new = data.draw(mutations(old), "new")
    changes = compared(of_body(old), of_body(new))
    assume(all(change.severity == "safe" for change in changes))

    assert lost(old, new, old) == [], [change.rule for change in changes]


@RELAXED
@given(st.data())
def test_what_is_safe_for_answers_is_within_what_was_promised(data: st.DataObject) -> None:
    old = data.draw(schemas(), "old")
    new = data.draw(mutations(old), "new")
    changes = compared(of_answer(old), of_answer(new))
    assume(all(change.severity == "safe" for change in changes))

    assert lost(new, old, old) == [], [change.rule for change in changes]


@RELAXED
@given(st.data())
def test_there_and_back_every_narrowing_is_a_widening(data: st.DataObject) -> None:
    old = data.draw(schemas(), "old")
    new = data.draw(mutations(old), "new")
    forth, back = compared(of_body(old), of_body(new)), compared(of_body(new), of_body(old))

    assert bool(forth) == bool(back)


def test_swapping_the_sides_turns_added_into_removed() -> None:
    less = copy.deepcopy(BASE)
    del less["paths"]["/public"]
    forth, back = compared(BASE, less), compared(less, BASE)

    assert [change.rule for change in forth] == ["operation-removed"]
    assert [change.rule for change in back] == ["operation-added"]
    assert (forth[0].old is None, forth[0].new is None) == (False, True)
    assert (back[0].old is None, back[0].new is None) == (True, False)

"""Comparing what schemas say about plain values: types, listed values, bounds, formats, patterns, and keywords that only narrow."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from headgate.spec import Located

from .findings import Finding
from .sameness import same
from .shape import NUMBERS, Shape, names, text

# Keywords that only take values away, whatever they say, with the types they concern. They are compared as a whole.
_NARROWING: dict[str, frozenset[str] | None] = {
    "not": None,
    "if": None,
    "then": None,
    "else": None,
    "contains": frozenset({"array"}),
    "minContains": frozenset({"array"}),
    "maxContains": frozenset({"array"}),
    "uniqueItems": frozenset({"array"}),
    "unevaluatedItems": frozenset({"array"}),
    "propertyNames": frozenset({"object"}),
    "dependentRequired": frozenset({"object"}),
    "dependentSchemas": frozenset({"object"}),
    "dependencies": frozenset({"object"}),
    "unevaluatedProperties": frozenset({"object"}),
    "contentMediaType": frozenset({"string"}),
    "contentEncoding": frozenset({"string"}),
    "contentSchema": frozenset({"string"}),
}

# keyword: (the types it concerns, whether a smaller value is tighter)
_COUNTS = {
    "minLength": (frozenset({"string"}), False),
    "maxLength": (frozenset({"string"}), True),
    "minItems": (frozenset({"array"}), False),
    "maxItems": (frozenset({"array"}), True),
    "minProperties": (frozenset({"object"}), False),
    "maxProperties": (frozenset({"object"}), True),
}

# format: formats that hold all its values
_WIDER_FORMATS = {
    "int32": {"int64", "float", "double"},
    "float": {"double"},
    "email": {"idn-email"},
    "hostname": {"idn-hostname"},
    "uri": {"uri-reference", "iri", "iri-reference"},
    "iri": {"iri-reference"},
    "uri-reference": {"iri-reference"},
}
_NO_PATTERN = {"", ".*", "^.*$", "^", "$"}


def compare_values(old: Shape, new: Shape, *, is_text: bool) -> Iterator[Finding]:
    """All about plain values."""
    yield from compare_null(old, new)
    yield from _compare_types(old, new, is_text=is_text)
    yield from _compare_enums(old, new)
    shared = old.types & new.types
    if shared & NUMBERS:
        yield from _compare_side(old, new, ("minimum", "exclusiveMinimum"), is_upper=False)
        yield from _compare_side(old, new, ("maximum", "exclusiveMaximum"), is_upper=True)
        yield from _compare_multiples(old, new)
    for keyword, (types, is_upper) in _COUNTS.items():
        if shared & types:
            yield from _compare_side(old, new, (keyword,), is_upper=is_upper)
    if shared & (NUMBERS | {"string"}):
        yield from _compare_formats(old, new)
    if "string" in shared:
        yield from _compare_patterns(old, new)
    for keyword, concerned in _NARROWING.items():
        if concerned is None or shared & concerned:
            yield from _compare_keyword(old, new, keyword)
    yield from _compare_defaults(old, new)


def compare_null(old: Shape, new: Shape) -> Iterator[Finding]:
    """Whether null is accepted, however that is written."""
    if old.accepts_null != new.accepts_null:
        kind = "null-allowed" if new.accepts_null else "null-refused"
        says = "null is possible now" if new.accepts_null else "null is not possible any more"
        yield Finding(kind, says, *_at(old, new, "type"))


def _compare_types(old: Shape, new: Shape, *, is_text: bool) -> Iterator[Finding]:
    is_told_by_branches = old.choices and new.choices
    before, after = (side.own_types if is_told_by_branches else side.types for side in (old, new))
    before, after = before - {"null"}, after - {"null"}
    lost, gained = before - after, after - before
    if is_text and "string" in after and not new.having("enum", "const", "format", "pattern", "minLength", "maxLength"):
        lost -= NUMBERS | {"boolean"}  # on the wire they are texts anyway
    if not lost and not gained:
        return
    kind = "type-changed" if lost and gained else "type-narrowed" if lost else "type-widened"
    if kind == "type-changed" and before & after:
        yield Finding("type-narrowed", f"no longer {names(lost)}", *_at(old, new, "type"))
        yield Finding("type-widened", f"also {names(gained)}", *_at(old, new, "type"))
        return
    yield Finding(kind, f"{names(before)} became {names(after)}", *_at(old, new, "type"))


def _compare_enums(old: Shape, new: Shape) -> Iterator[Finding]:
    if not (old.types - {"null"}) & (new.types - {"null"}):
        return  # the types have said it
    before, after = _listed(old), _listed(new)
    if before is None and after is None:
        return
    if before is None or after is None:
        kind, listed = ("enum-added", after) if before is None else ("enum-removed", before)
        values = _shown(listed or {})
        message = f"only {values} now" if before is None else f"any value now, not only {values}"
        yield Finding(kind, message, *_at(old, new, "enum", "const"))
        return
    old_list, new_list = _at(old, new, "enum", "const")
    for key in sorted(before.keys() - after.keys()):
        yield Finding("enum-value-removed", f"{key} is gone", before[key], new_list)
    for key in sorted(after.keys() - before.keys()):
        yield Finding("enum-value-added", f"{key} is new", old_list, after[key])


def _listed(shape: Shape) -> dict[str, Located] | None:
    """Listed values without null, which is compared as a type."""
    return None if shape.enum is None else {key: at for key, at in shape.enum.items() if key != "null"}


def _shown(values: dict[str, Located]) -> str:
    shown = list(values)[:5]
    return ", ".join(shown) + (f" and {len(values) - 5} more" if len(values) > 5 else "")


def _bound(shape: Shape, keywords: tuple[str, ...], *, is_upper: bool) -> tuple[Fraction, bool] | None:
    """The tightest bound as (value, is exclusive); exclusive is tighter than the same value inclusive."""
    found: list[tuple[Fraction, bool]] = []
    for part in shape.objects:
        inclusive, *others = (part.value.get(keyword) for keyword in keywords)
        exclusive = others[0] if others else None
        if isinstance(inclusive, int | float) and not isinstance(inclusive, bool):
            found.append((Fraction(inclusive), exclusive is True))
        if isinstance(exclusive, int | float) and not isinstance(exclusive, bool):
            found.append((Fraction(exclusive), True))
    if not found:
        return None
    return min(found, key=lambda b: (b[0], not b[1])) if is_upper else max(found, key=lambda b: (b[0], b[1]))


def _compare_side(old: Shape, new: Shape, keywords: tuple[str, ...], *, is_upper: bool) -> Iterator[Finding]:
    before, after = _bound(old, keywords, is_upper=is_upper), _bound(new, keywords, is_upper=is_upper)
    if len(keywords) == 1 and not is_upper:  # counts are never below 0
        before, after = before or (Fraction(0), False), after or (Fraction(0), False)
    if before == after:
        return
    is_tighter = before is None or (after is not None and _is_tighter(after, before, is_upper=is_upper))
    message = f"{keywords[0]} {_bound_text(before, is_upper)} became {_bound_text(after, is_upper)}"
    yield Finding("range-narrowed" if is_tighter else "range-widened", message, *_at(old, new, *keywords))


def _is_tighter(bound: tuple[Fraction, bool], other: tuple[Fraction, bool], *, is_upper: bool) -> bool:
    if bound[0] != other[0]:
        return (bound[0] < other[0]) == is_upper
    return bound[1]


def _bound_text(bound: tuple[Fraction, bool] | None, is_upper: bool) -> str:
    if bound is None:
        return "none"
    value = bound[0].numerator if bound[0].denominator == 1 else float(bound[0])
    return f"{'<' if is_upper else '>'} {value}" if bound[1] else str(value)


def _compare_multiples(old: Shape, new: Shape) -> Iterator[Finding]:
    before, after = _multiples(old), _multiples(new)
    place = _at(old, new, "multipleOf")
    for number in after:
        if not any((other / number).denominator == 1 for other in before):
            yield Finding("range-narrowed", f"multiples of {_plain(number)} only", *place)
    for number in before:
        if not any((other / number).denominator == 1 for other in after):
            yield Finding("range-widened", f"not only multiples of {_plain(number)}", *place)


def _multiples(shape: Shape) -> list[Fraction]:
    given = [at.value for at in shape.having("multipleOf")]
    return [Fraction(str(value)) for value in given if isinstance(value, int | float) and value > 0]


def _plain(number: Fraction) -> str:
    return str(number.numerator if number.denominator == 1 else float(number))


def _compare_formats(old: Shape, new: Shape) -> Iterator[Finding]:
    before, after = _texts(old, "format"), _texts(new, "format")
    place = _at(old, new, "format")
    lost, gained = sorted(before - after), sorted(after - before)
    if len(lost) == len(gained) == 1:
        (was,), (is_now,) = lost, gained
        kind = "format-changed"
        if is_now in _WIDER_FORMATS.get(was, ()):
            kind = "format-widened"
        elif was in _WIDER_FORMATS.get(is_now, ()):
            kind = "format-narrowed"
        yield Finding(kind, f"format {was} became {is_now}", *place)
        return
    yield from (Finding("format-removed", f"format {name} is gone", *place) for name in lost)
    yield from (Finding("format-added", f"format {name} is new", *place) for name in gained)


def _compare_patterns(old: Shape, new: Shape) -> Iterator[Finding]:
    before, after = _texts(old, "pattern") - _NO_PATTERN, _texts(new, "pattern") - _NO_PATTERN
    place = _at(old, new, "pattern")
    lost, gained = sorted(before - after), sorted(after - before)
    if lost and gained:
        yield Finding("pattern-changed", f"pattern {', '.join(lost)} became {', '.join(gained)}", *place)
    elif gained:
        yield Finding("pattern-added", f"pattern {', '.join(gained)} is new", *place)
    elif lost:
        yield Finding("pattern-removed", f"pattern {', '.join(lost)} is gone", *place)


def _texts(shape: Shape, keyword: str) -> set[str]:
    return {at.value for at in shape.having(keyword) if isinstance(at.value, str)}


def _compare_keyword(old: Shape, new: Shape, keyword: str) -> Iterator[Finding]:
    before, after = _set(old, keyword), _set(new, keyword)
    lost = [at for at in before if not any(same(at, other) for other in after)]
    gained = [at for at in after if not any(same(at, other) for other in before)]
    if not lost and not gained:
        return
    kind = "keyword-changed" if lost and gained else "keyword-removed" if lost else "keyword-added"
    if keyword in {"then", "else", "minContains", "maxContains"}:
        kind = "keyword-changed"  # what they mean depends on `if` and `contains`
    says = {"keyword-changed": "changed", "keyword-removed": "is gone", "keyword-added": "is new"}[kind]
    yield Finding(kind, f"{keyword} {says}", *_at(old, new, keyword))


def _set(shape: Shape, keyword: str) -> list[Located]:
    """The members of that name that say something."""
    return [at for at in shape.having(keyword) if at.value not in (False, {}) or keyword not in {"uniqueItems", "not"}]


def _compare_defaults(old: Shape, new: Shape) -> Iterator[Finding]:
    before, after = old.first("default"), new.first("default")
    if before is None and after is None:
        return
    place = _at(old, new, "default")
    if before is None and after is not None:
        yield Finding("default-added", f"default {text(after.value)} is new", *place)
    elif before is not None and after is None:
        yield Finding("default-removed", f"default {text(before.value)} is gone", *place)
    elif before is not None and after is not None and text(before.value) != text(after.value):
        yield Finding("default-changed", f"default {text(before.value)} became {text(after.value)}", *place)


def _at(old: Shape, new: Shape, *keywords: str) -> tuple[Located, Located]:
    """Where a keyword stands on both sides; the schema itself where it has none."""
    before, after = old.having(*keywords), new.having(*keywords)
    return (before[0] if before else old.at), (after[0] if after else new.at)

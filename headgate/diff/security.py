"""Who may call: alternatives of schemes and scopes, as OpenAPI means them (any of the alternatives, all schemes of one)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from headgate.spec import Located, Operation
from headgate.spec.security.requirements import declared_security
from headgate.spec.security.schemes import credential_place

from .changes import Change
from .operations import Subject

# scheme -> scopes; an empty alternative needs nothing.
Alternative = dict[str, frozenset[str]]


def compare_security(subject: Subject) -> Iterator[Change]:
    """What credentials are needed, and how they are sent."""
    before, after = _alternatives(subject.old), _renamed(subject)
    old, new = declared_security(subject.old), declared_security(subject.new)
    was_public, is_public = {} in before, {} in after
    if is_public:
        if not was_public:
            yield subject.change("security-removed", "PUBLIC NOW: no credentials are needed", old=old, new=new)
        return
    if was_public:
        yield subject.change("security-added", f"needs {_text(after)}; before, nothing", old=old, new=new)
        return
    yield from _compare_alternatives(subject, before, after)
    yield from _compare_schemes(subject, before)


def _alternatives(operation: Operation) -> list[Alternative]:
    at = declared_security(operation)
    listed = at.value if at is not None and isinstance(at.value, list) else []
    found = [
        {
            name: frozenset(map(str, scopes)) if isinstance(scopes, list) else frozenset()
            for name, scopes in item.items()
        }
        for item in listed
        if isinstance(item, dict)
    ]
    return found or [{}]


def _renamed(subject: Subject) -> list[Alternative]:
    """The new alternatives in the names of the old document, where a scheme only has another name."""
    old, new = _schemes(subject.old), _schemes(subject.new)
    names = {
        name: next((other for other in old if other not in new and _comparable(old[other]) == _comparable(at)), name)
        for name, at in new.items()
        if name not in old
    }
    return [{names.get(name, name): scopes for name, scopes in each.items()} for each in _alternatives(subject.new)]


def _schemes(operation: Operation) -> dict[str, Located]:
    at = operation.document.root.at("components", "securitySchemes")
    found = {name: scheme.follow() for name, scheme in at.items()} if at is not None else {}
    return {name: at for name, at in found.items() if at is not None and isinstance(at.value, dict)}


def _comparable(scheme: Located) -> dict[str, Any]:
    authorizer = _authorizer(scheme)
    if authorizer is not None:
        return {"identitySource": authorizer}
    return {key: value for key, value in scheme.value.items() if key != "description" and not key.startswith("x-")}


def _authorizer(scheme: Located) -> str | None:
    """Where an API Gateway authorizer finds the credential; its name and address change with every release."""
    authorizer = scheme.value.get("x-amazon-apigateway-authorizer")
    return str(authorizer.get("identitySource", "")) if isinstance(authorizer, dict) else None


def _compare_alternatives(subject: Subject, before: list[Alternative], after: list[Alternative]) -> Iterator[Change]:
    old, new = declared_security(subject.old), declared_security(subject.new)
    for each in before:
        if any(_is_enough(each, other) for other in after):
            continue
        nearest = [other for other in after if other.keys() == each.keys()]
        if nearest:
            more = sorted({f"{name}: {scope}" for name in each for scope in nearest[0][name] - each[name]})
            yield subject.change("security-scope-added", f"needs {', '.join(more)} too", old=old, new=new)
        else:
            says = f"{_text([each])} is not enough any more; needs {_text(after)}"
            yield subject.change("security-alternative-removed", says, old=old, new=new)
    for each in after:
        if any(_is_enough(each, other) for other in before):
            continue
        nearest = [other for other in before if other.keys() == each.keys()]
        if nearest:
            fewer = sorted({f"{name}: {scope}" for name in each for scope in nearest[0][name] - each[name]})
            yield subject.change("security-scope-removed", f"no longer needs {', '.join(fewer)}", old=old, new=new)
        else:
            yield subject.change("security-alternative-added", f"{_text([each])} is enough now", old=old, new=new)


def _is_enough(held: Alternative, asked: Alternative) -> bool:
    """Whether somebody who keeps to one alternative passes another."""
    return all(name in held and scopes <= held[name] for name, scopes in asked.items())


def _compare_schemes(subject: Subject, before: list[Alternative]) -> Iterator[Change]:
    old, new = _schemes(subject.old), _schemes(subject.new)
    for name in sorted({name for each in before for name in each}):
        if name not in old or name not in new:
            continue
        left, right = old[name], new[name]
        if _authorizer(left) is not None and _authorizer(left) == _authorizer(right):
            continue
        if credential_place(left.value) != credential_place(right.value):
            says = f"{_place_text(left)} became {_place_text(right)}"
            yield subject.change("security-scheme-changed", says, where=f"scheme {name}", old=left, new=right)
        elif _urls(left.value) != _urls(right.value):
            says = "tokens come from another address"
            yield subject.change("security-scheme-url-changed", says, where=f"scheme {name}", old=left, new=right)


def _place_text(scheme: Located) -> str:
    where, name, prefix = credential_place(scheme.value)
    return f"{where} {name}{f' ({prefix})' if prefix else ''}".strip() or str(scheme.value.get("type"))


def _urls(scheme: dict[str, Any]) -> set[str]:
    flows = scheme.get("flows")
    held = (
        [scheme, *(flow for flow in flows.values() if isinstance(flow, dict))] if isinstance(flows, dict) else [scheme]
    )
    return {str(value) for each in held for key, value in each.items() if key.endswith("Url")}


def _text(alternatives: list[Alternative]) -> str:
    def one(each: Alternative) -> str:
        return " and ".join(
            f"{name} ({', '.join(sorted(scopes))})" if scopes else name for name, scopes in each.items()
        )

    return " or ".join(one(each) or "nothing" for each in alternatives)

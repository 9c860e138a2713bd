"""What is wrong with a state machine's definition, as CreateStateMachine and ValidateStateMachineDefinition tell it. Pure.

The codes are those of the ValidateStateMachineDefinition documentation. moto's interpreter finds what remains.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One problem; `location` is a path such as `/States/A/Next`."""

    code: str
    message: str
    location: str = ""

    def __str__(self) -> str:
        """`MISSING_TRANSITION_TARGET: Missing 'Next' target: B at /StartAt`."""
        return f"{self.code}: {self.message}" + (f" at {self.location}" if self.location else "")


def diagnostics(text: str) -> Iterator[Diagnostic]:
    """Every problem of a definition."""
    try:
        definition = json.loads(text)
    except ValueError as problem:
        yield Diagnostic("INVALID_JSON_DESCRIPTION", str(problem))
        return
    if not isinstance(definition, dict):
        yield Diagnostic("SCHEMA_VALIDATION_FAILED", "a definition must be a JSON object", "/")
        return
    yield from _machine(definition, "")


def _machine(definition: Mapping[str, Any], path: str) -> Iterator[Diagnostic]:
    """A machine, a branch of a Parallel state or the inside of a Map state."""
    states = definition.get("States")
    if definition.get("QueryLanguage", "JSONPath") != "JSONPath":
        yield _unsupported(path)
    for name, kind in (("StartAt", str), ("States", dict)):
        if not isinstance(definition.get(name), kind):
            yield Diagnostic("SCHEMA_VALIDATION_FAILED", f"The field '{name}' is required", path or "/")
    if not isinstance(states, dict):
        return
    if isinstance(definition.get("StartAt"), str):
        yield from _target(definition["StartAt"], states, f"{path}/StartAt")
    for name, state in states.items():
        if isinstance(state, dict):
            yield from _state(state, states, f"{path}/States/{name}")


def _unsupported(path: str) -> Diagnostic:
    message = "the local cloud runs JSONPath definitions; QueryLanguage JSONata is not supported"
    return Diagnostic("UNSUPPORTED_QUERY_LANGUAGE", message, f"{path}/QueryLanguage")


def _state(state: Mapping[str, Any], states: Mapping[str, Any], path: str) -> Iterator[Diagnostic]:
    if state.get("QueryLanguage", "JSONPath") != "JSONPath":
        yield _unsupported(path)
    yield from _transitions(state, states, path)
    for number, branch in enumerate(state.get("Branches") or ()):
        if isinstance(branch, dict):
            yield from _machine(branch, f"{path}/Branches[{number}]")
    for field in ("Iterator", "ItemProcessor"):
        if isinstance(state.get(field), dict):
            yield from _machine(state[field], f"{path}/{field}")


def _transitions(state: Mapping[str, Any], states: Mapping[str, Any], path: str) -> Iterator[Diagnostic]:
    for field in ("Next", "Default"):
        if isinstance(state.get(field), str):
            yield from _target(state[field], states, f"{path}/{field}")
    for field in ("Choices", "Catch"):
        for number, rule in enumerate(state.get(field) or ()):
            if isinstance(rule, dict) and isinstance(rule.get("Next"), str):
                yield from _target(rule["Next"], states, f"{path}/{field}[{number}]/Next")


def _target(name: str, states: Mapping[str, Any], path: str) -> Iterator[Diagnostic]:
    if name not in states:
        yield Diagnostic("MISSING_TRANSITION_TARGET", f"Missing 'Next' target: {name}", path)
